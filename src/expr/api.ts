import { aggregateCall, type Aggregate } from './aggregate.ts'
import { call, type Column, makeColumn, type NullOf, toExpr } from './column.ts'
import type { Expr } from './expr.ts'

/**
 * Functions of the public surface that stand alone; the typed face of the function table. (Methods such as `gt` are on
 * columns.)
 */

type ValueOfColumn<C> = C extends Column<infer T> ? T : C extends { readonly '~type'?: infer T } ? T : never
type AnyColumn = { readonly kind: 'column'; readonly expr: Expr }
type NumericColumn = Column<number> | Column<number | null>
type BigColumn = Column<bigint> | Column<bigint | null>

/** A constant: number, bigint, string, boolean, Date or Uint8Array. */
export function lit<const T extends number | bigint | string | boolean | Date | Uint8Array>(value: T): Column<T extends number ? number : T extends string ? string : T extends boolean ? boolean : T extends bigint ? bigint : T> {
  return makeColumn(toExpr(value))
}

/** The first value that is not null. */
export function coalesce<C extends AnyColumn>(first: C, ...rest: readonly (C | AnyColumn | number | string | boolean | bigint | Date)[]): Column<NonNullable<ValueOfColumn<C>>> {
  return call('coalesce', first, ...rest)
}

/** Number of rows, or of rows in which the column is not null. */
export function count(column?: AnyColumn): Aggregate<number> {
  return aggregateCall('count', column === undefined ? [] : [column])
}

/** Sum; null over no values. Whole numbers give a whole number, overflow raises. */
export function sum(column: NumericColumn): Aggregate<number | null>
export function sum(column: BigColumn): Aggregate<bigint | null>
export function sum(column: AnyColumn): Aggregate<never> {
  return aggregateCall('sum', [column])
}

/** Mean as a double; null over no values. */
export function avg(column: NumericColumn | BigColumn): Aggregate<number | null> {
  return aggregateCall('avg', [column])
}

/** Smallest value; null over no values. */
export function min<C extends AnyColumn>(column: C): Aggregate<ValueOfColumn<C> | null> {
  return aggregateCall('min', [column])
}

/** Largest value (NaN is above every number); null over no values. */
export function max<C extends AnyColumn>(column: C): Aggregate<ValueOfColumn<C> | null> {
  return aggregateCall('max', [column])
}

/** Value of the first row, in the order of input; of the first that is not null with `ignoreNulls`. */
export function first<C extends AnyColumn>(column: C, options: { readonly ignoreNulls?: boolean } = {}): Aggregate<ValueOfColumn<C> | null> {
  return aggregateCall('first', [column], options)
}

/** Value of the last row, in the order of input; of the last that is not null with `ignoreNulls`. */
export function last<C extends AnyColumn>(column: C, options: { readonly ignoreNulls?: boolean } = {}): Aggregate<ValueOfColumn<C> | null> {
  return aggregateCall('last', [column], options)
}

export type { NullOf }
