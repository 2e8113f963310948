import { field, windowType } from '../columnar/data-type.ts'
import type { Expr } from '../expr/expr.ts'

/** A struct of start and end: what window() adds to a row. */
export interface WindowValue {
  start: Date
  end: Date
}

export const windowField = field('window', windowType, false)

export function column(name: string): Expr {
  return Object.freeze({ kind: 'column', name })
}
