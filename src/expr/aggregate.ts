import type { AggregateExpr, Expr } from './expr.ts'
import { type Column, toExpr } from './column.ts'

/** An aggregate call, for agg(): `sum(amount)`, `count()`. `T` is the type of its result. */
export interface Aggregate<T> {
  readonly kind: 'aggregate'
  readonly expr: Expr
  readonly '~type'?: T
  /** Only rows for which the condition is true. */
  filter(condition: Column<boolean> | Column<boolean | null>): Aggregate<T>
}

export function isAggregate(value: unknown): value is Aggregate<unknown> {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'aggregate' && 'filter' in value
}

export function makeAggregate<T>(expr: AggregateExpr): Aggregate<T> {
  return Object.freeze({
    kind: 'aggregate' as const,
    expr,
    filter: (condition: Column<boolean> | Column<boolean | null>) => makeAggregate<T>(Object.freeze({ ...expr, filter: condition.expr })),
  })
}

export function aggregateCall<T>(name: string, args: readonly unknown[], options: { readonly ignoreNulls?: boolean } = {}): Aggregate<T> {
  return makeAggregate<T>(
    Object.freeze({ kind: 'aggregate', name, args: Object.freeze(args.map(toExpr)), filter: null, distinct: false, ignoreNulls: options.ignoreNulls ?? false }),
  )
}
