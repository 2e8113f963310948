/** Aggregates, for agg(). Rows where the argument is null do not count; `.filter()` leaves out others. */
import { type Aggregate, aggregateCall } from '../aggregate.ts'
import type { ColumnLike, Condition, Nullable, ValueIn } from '../column-types.ts'
import type { NumberIn, Text } from './arguments.ts'

type Any = ColumnLike<unknown>
type Numbers = ColumnLike<number | bigint | null>

/** How first() and last() treat nulls. */
export interface NullOptions {
  /** Pass over rows where the value is null. @default false */
  readonly ignoreNulls?: boolean
}

/** Number of rows in which no argument is null; of all rows without arguments. */
export function count(...values: readonly Any[]): Aggregate<number> {
  return aggregateCall('count', values)
}

/** Number of rows in which the condition is true. */
export function countIf(condition: Condition): Aggregate<number> {
  return aggregateCall('count_if', [condition])
}

/** Sum of the values that are not null; whole numbers are summed exactly. */
export function sum<C extends Numbers>(value: C): Aggregate<Nullable<NumberIn<C>>> {
  return aggregateCall('sum', [value])
}

/** Like sum(), but null where the sum is beyond its type. */
export function trySum<C extends Numbers>(value: C): Aggregate<Nullable<NumberIn<C>>> {
  return aggregateCall('try_sum', [value])
}

/** Mean of the values that are not null, computed as a double. */
export function avg(value: Numbers): Aggregate<number | null> {
  return aggregateCall('avg', [value])
}

/** The same as avg(): the mean of numbers that are no decimals cannot overflow. */
export function tryAvg(value: Numbers): Aggregate<number | null> {
  return aggregateCall('try_avg', [value])
}

/** Product of the values that are not null, computed as a double. */
export function product(value: Numbers): Aggregate<number | null> {
  return aggregateCall('product', [value])
}

/** Smallest value that is not null; NaN is larger than every number. */
export function min<C extends Any>(value: C): Aggregate<Nullable<ValueIn<C>>> {
  return aggregateCall('min', [value])
}

/** Largest value that is not null; NaN is larger than every number. */
export function max<C extends Any>(value: C): Aggregate<Nullable<ValueIn<C>>> {
  return aggregateCall('max', [value])
}

/** Value of the row with the largest key; of equal keys the last. */
export function maxBy<C extends Any>(value: C, key: Any): Aggregate<Nullable<ValueIn<C>>> {
  return aggregateCall('max_by', [value, key])
}

/** Value of the row with the smallest key; of equal keys the last. */
export function minBy<C extends Any>(value: C, key: Any): Aggregate<Nullable<ValueIn<C>>> {
  return aggregateCall('min_by', [value, key])
}

/** Value of the first row, in the order of the input; with ignoreNulls the first that is not null. */
export function first<C extends Any>(value: C, options: NullOptions = {}): Aggregate<Nullable<ValueIn<C>>> {
  return aggregateCall('first', [value], options)
}

/** Value of the last row, in the order of the input; with ignoreNulls the last that is not null. */
export function last<C extends Any>(value: C, options: NullOptions = {}): Aggregate<Nullable<ValueIn<C>>> {
  return aggregateCall('last', [value], options)
}

/** Whether the condition holds in every row where it is not null. */
export function boolAnd(condition: Condition): Aggregate<boolean | null> {
  return aggregateCall('bool_and', [condition])
}

/** Whether the condition holds in some row where it is not null. */
export function boolOr(condition: Condition): Aggregate<boolean | null> {
  return aggregateCall('bool_or', [condition])
}

/** Bitwise and of the values that are not null. */
export function bitAnd<C extends Numbers>(value: C): Aggregate<Nullable<NumberIn<C>>> {
  return aggregateCall('bit_and', [value])
}

/** Bitwise or of the values that are not null. */
export function bitOr<C extends Numbers>(value: C): Aggregate<Nullable<NumberIn<C>>> {
  return aggregateCall('bit_or', [value])
}

/** Bitwise exclusive or of the values that are not null. */
export function bitXor<C extends Numbers>(value: C): Aggregate<Nullable<NumberIn<C>>> {
  return aggregateCall('bit_xor', [value])
}

/** The values that are not null, in the order of the input. */
export function collectList<C extends Any>(value: C): Aggregate<NonNullable<ValueIn<C>>[]> {
  return aggregateCall('collect_list', [value])
}

/** The different values that are not null, in the order in which they came first. */
export function collectSet<C extends Any>(value: C): Aggregate<NonNullable<ValueIn<C>>[]> {
  return aggregateCall('collect_set', [value])
}

/** The most frequent value that is not null; of equally frequent ones the smallest, with or without the option. */
export function mode<C extends Any>(value: C): Aggregate<Nullable<ValueIn<C>>> {
  return aggregateCall('mode', [value])
}

/** The texts that are not null joined in the order of the input; null where there is none. */
export function listagg(text: ColumnLike<string | null>, delimiter?: Text): Aggregate<string | null> {
  return aggregateCall('listagg', [text, delimiter])
}

/** About how many different values there are, null not counted; relativeError (0.05) is the standard error, at most 0.39. */
export function approxCountDistinct(value: Any, relativeError?: number): Aggregate<number> {
  return aggregateCall('approx_count_distinct', [value, relativeError])
}

export type { Numbers }
