import type { Expr } from '../expr/expr.ts'

/** A column of the row, by its name. */
export function column(name: string): Expr {
  return Object.freeze({ kind: 'column', name })
}
