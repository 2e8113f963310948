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

/**
 * An aggregate call; arguments that were left out at the end are dropped.
 * @throws TypeError for text, which would be aggregated itself where the column of that name is meant
 */
export function aggregateCall<T>(name: string, args: readonly unknown[], options: { readonly ignoreNulls?: boolean } = {}): Aggregate<T> {
  let count = args.length
  while (count > 0 && args[count - 1] === undefined) count--
  args.forEach((arg, i) => requireNoText(name, arg, i))
  return makeAggregate<T>(
    Object.freeze({ kind: 'aggregate', name, args: Object.freeze(args.slice(0, count).map(toExpr)), filter: null, distinct: false, ignoreNulls: options.ignoreNulls ?? false }),
  )
}

/** Aggregates whose further arguments may be text: a delimiter. */
const withDelimiter = new Set(['listagg', 'string_agg'])

function requireNoText(name: string, arg: unknown, position: number): void {
  if (typeof arg !== 'string' || (position > 0 && withDelimiter.has(name))) return
  const example = /^[A-Za-z_$][\w$]*$/.test(arg) ? `, as in ({ ${arg} }) => ({ result: ${name}(${arg}) })` : ''
  throw new TypeError(`${name}() takes columns, but got the text ${JSON.stringify(arg)}. Take the column from the callback of agg()${example}; the text itself is lit(${JSON.stringify(arg)}).`)
}
