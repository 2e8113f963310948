/** Constants, and the hatch to functions by name. */
import { type Aggregate, aggregateCall } from '../aggregate.ts'
import { call, makeColumn, toExpr } from '../column.ts'
import type { Column, ValueIn } from '../column-types.ts'
import type { Value } from './arguments.ts'

/**
 * A constant. Whole numbers are int32, or integer beyond 32 bits; bigint is int64; other numbers are float64.
 * @throws AnalysisError PLAN_UNSUPPORTED_TYPE for anything without a column type
 */
export function lit<T extends number | bigint | string | boolean | Date | Uint8Array | null>(value: T): Column<ValueIn<T>> {
  return makeColumn(toExpr(value))
}

/**
 * Any function of the function table by Spark's name, without checks by the compiler: `fn<string>('nvl', note, '')`. The
 * analyser still checks name, number and types of the arguments.
 */
export function fn<T = never>(name: string, ...args: readonly Value[]): Column<T> {
  return call(name, ...args)
}

/** Any aggregate of the table by Spark's name, without checks by the compiler: `aggregateFn<number>('stddev_samp', delay)`. */
export function aggregateFn<T = never>(name: string, ...args: readonly Value[]): Aggregate<T> {
  return aggregateCall(name, args)
}
