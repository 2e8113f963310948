import { batchOfRows } from '../../../src/columnar/batch-builder.ts'
import {
  arrayType, type DataType, field, float64Type, int32Type, int64Type, integerType, stringType, structType, binaryType, booleanType, timestampType,
} from '../../../src/columnar/data-type.ts'
import { makeSchema } from '../../../src/columnar/schema.ts'
import { valueAt } from '../../../src/columnar/values.ts'
import { isMillraceError } from '../../../src/common/errors.ts'
import { compile, rowsOfBatch } from '../../../src/expr/evaluate.ts'
import type { Expr } from '../../../src/expr/expr.ts'
import type { EvalContext } from '../../../src/expr/function-table.ts'
import { literalOf, makeLiteral } from '../../../src/expr/literal.ts'
import { resolve } from '../../../src/expr/resolve.ts'

export { arrayType, binaryType, booleanType, field, float64Type, int32Type, int64Type, integerType, stringType, structType, timestampType }

export const context: EvalContext = { nowMicros: 0, timeZone: 'UTC', seed: 7, firstRow: 0 }

/** A call on JavaScript values: each becomes a literal by its kind. */
export function call(name: string, ...args: unknown[]): Expr {
  return { kind: 'call', name, args: args.map(a => (isExpr(a) ? a : literalOf(a))) }
}

function isExpr(value: unknown): value is Expr {
  return typeof value === 'object' && value !== null && 'kind' in value
}

export function double(value: number): Expr {
  return makeLiteral(Number.isFinite(value) && !Object.is(value, -0) ? value : Object.is(value, -0) ? '-0.0' : String(value), float64Type)
}

export function column(name: string): Expr {
  return { kind: 'column', name }
}

export function cast(input: Expr, to: DataType, mode: 'ansi' | 'try' = 'ansi'): Expr {
  return { kind: 'cast', input, to, mode }
}

/** The value of an expression without columns. */
export function value(expr: Expr): unknown {
  return over([{}], {}, expr)[0]
}

/** An expression's values over rows with columns of the given types. */
export function over(rows: readonly { readonly [name: string]: unknown }[], types: { readonly [name: string]: DataType }, expr: Expr, ctx = context): unknown[] {
  const schema = makeSchema(Object.entries(types).map(([name, type]) => field(name, type)))
  const batch = batchOfRows(schema, rows as never)
  const result = compile(resolve(expr, schema, 'select()'))({ ...rowsOfBatch(batch), length: rows.length }, ctx)
  return rows.map((_, i) => valueAt(result, i))
}

/** The code and the condition of the error that an expression raises, or its value where it raises none. */
export function failure(expr: Expr): unknown {
  try {
    return value(expr)
  } catch (error) {
    if (!isMillraceError(error)) throw error
    return [error.code, error.sparkCondition]
  }
}
