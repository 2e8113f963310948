import { readFileSync } from 'node:fs'
import type { Json } from '../../../src/common/json.ts'
import { dateType, type DataType, int32Type, stringType, timestampType } from '../../../src/columnar/data-type.ts'
import type { Vector } from '../../../src/columnar/vector.ts'
import { compile } from '../../../src/expr/evaluate.ts'
import type { Expr } from '../../../src/expr/expr.ts'
import { makeLiteral } from '../../../src/expr/literal.ts'
import { resolve } from '../../../src/expr/resolve.ts'
import { jsonAt, microsOf } from '../vectors-support-time.ts'

export const text = (value: string): Expr => makeLiteral(value, stringType)
export const int = (value: number): Expr => makeLiteral(value, int32Type)
export const at = (iso: string): Expr => makeLiteral(microsOf(iso), timestampType)
export const micros = (value: number): Expr => makeLiteral(value, timestampType)
export const date = (iso: string): Expr => makeLiteral(microsOf(`${iso}T00:00:00Z`) / 86_400e6, dateType)
export const call = (name: string, ...args: readonly Expr[]): Expr => ({ kind: 'call', name, args })
export const cast = (input: Expr, to: DataType, mode: 'ansi' | 'try' = 'ansi'): Expr => ({ kind: 'cast', input, to, mode })

/** One row of an expression without columns. */
export function vectorOf(expr: Expr, timeZone = 'UTC'): Vector {
  return compile(resolve(expr, { fields: [] }, 'select()'))({ length: 1, column: () => { throw new Error('There are no columns.') } }, {
    nowMicros: microsOf('2024-05-17T22:04:05.678901Z'), timeZone, seed: 7, firstRow: 0,
  })
}

export function valueOf(expr: Expr, timeZone = 'UTC'): Json {
  return jsonAt(vectorOf(expr, timeZone), 0)
}

/** Code and Spark's condition of the error that an expression raises. */
export function errorOf(expr: Expr, timeZone = 'UTC'): readonly [string, string | undefined] {
  try {
    valueOf(expr, timeZone)
  } catch (error) {
    const { code, sparkCondition } = error as { code: string; sparkCondition?: string }
    return [code, sparkCondition]
  }
  return ['no error', undefined]
}

export function fixtureLines(name: string): string[] {
  return readFileSync(new URL(`../../fixtures/time/${name}`, import.meta.url), 'utf8').split('\n').filter(line => line !== '')
}
