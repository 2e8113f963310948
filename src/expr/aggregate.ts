import type { AggregateExpr } from './expr.ts'
import { isColumn, toExpr } from './column.ts'
import type { Condition } from './column-types.ts'

/** An aggregate call, for agg(): `sum(amount)`, `count()`. `T` is the type of its result. */
export interface Aggregate<T> {
  readonly kind: 'aggregate'
  readonly expr: AggregateExpr
  readonly '~type'?: T
  /** Only rows for which the condition is true. */
  filter(condition: Condition): Aggregate<T>
}

export function isAggregate(value: unknown): value is Aggregate<unknown> {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'aggregate' && 'filter' in value
}

function makeAggregate<T>(expr: AggregateExpr): Aggregate<T> {
  return Object.freeze({
    kind: 'aggregate' as const,
    expr,
    filter: (condition: Condition) => {
      if (!isColumn(condition)) throw new TypeError(`${expr.name}().filter() takes a condition made of columns, such as amount.gt(100).`)
      return makeAggregate<T>(Object.freeze({ ...expr, filter: condition.expr }))
    },
  })
}

/** An aggregate call; arguments that were left out at the end are dropped. */
export function aggregateCall<T>(name: string, args: readonly unknown[], options: { readonly ignoreNulls?: boolean } = {}): Aggregate<T> {
  let count = args.length
  while (count > 0 && args[count - 1] === undefined) count--
  return makeAggregate<T>(
    Object.freeze({ kind: 'aggregate', name, args: Object.freeze(args.slice(0, count).map(toExpr)), filter: null, distinct: false, ignoreNulls: options.ignoreNulls ?? false }),
  )
}
