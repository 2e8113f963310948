import { type Columns, isColumn } from '../expr/column.ts'
import type { Expr } from '../expr/expr.ts'
import type { WindowKey, WindowValue } from '../expr/window.ts'
import { requireField } from '../columnar/schema.ts'
import type { LogicalPlan, NamedExpr } from '../plan/logical-plan.ts'
import { checkName } from '../plan/name-plan.ts'
import { outputSchema } from '../plan/output-schema.ts'
import { aggregatePlan, type AggregateRecord, type AggregateRow } from './aggregate-plan.ts'
import { type ColumnRecord, columnsOf, type DataFrame, type Names, type RecordRow, type Simplify, type TimeNames } from './data-frame.ts'
import { column } from './names.ts'

/** A key of groupBy(): a column by name, a window over a time column by name, or a callback that makes named keys. */
export type GroupingKey<R> = Names<R> | WindowKey<TimeNames<R>> | ((columns: Columns<R>) => ColumnRecord)

type OneKeyRow<R, K> = K extends Names<R> ? Pick<R, K>
  : K extends WindowKey<string> ? { window: WindowValue }
  : K extends (columns: never) => infer C ? RecordRow<C>
  : never
type UnionToIntersection<U> = (U extends unknown ? (x: U) => void : never) extends (x: infer I) => void ? I : never

/** The row of the keys of groupBy(). */
export type KeyRow<R, K extends readonly unknown[]> = [K[number]] extends [never] ? {} : UnionToIntersection<OneKeyRow<R, K[number]>>

/** Groups without aggregates yet. */
export class GroupedFrame<R, K> {
  readonly kind = 'GroupedFrame'
  readonly #input: LogicalPlan
  readonly #keys: readonly NamedExpr[]
  readonly #frame: <T>(plan: LogicalPlan) => DataFrame<T>

  /** @internal */
  constructor(input: LogicalPlan, keys: readonly GroupingKey<never>[], frame: <T>(plan: LogicalPlan) => DataFrame<T>) {
    this.#input = input
    this.#frame = frame
    this.#keys = keys.flatMap(key => namedKeys(input, key))
  }

  /**
   * One row per group: its keys and these aggregates. `name` is the operator's name in the checkpoint; default:
   * `aggregate-` and its position.
   */
  agg<const A extends AggregateRecord>(callback: (columns: Columns<R>) => A, options: { readonly name?: string } = {}): DataFrame<Simplify<K & AggregateRow<A>>> {
    if (options.name !== undefined) checkName(options.name, 'operator name')
    return this.#frame(aggregatePlan(this.#input, this.#keys, callback as (columns: Columns<never>) => AggregateRecord, options.name ?? null))
  }
}

function namedKeys(input: LogicalPlan, key: GroupingKey<never>): NamedExpr[] {
  const schema = outputSchema(input)
  if (typeof key === 'string') {
    requireField(schema, key, 'groupBy()')
    return [{ name: key, expr: column(key) }]
  }
  if (typeof key === 'function') {
    const record = (key as (columns: Columns<never>) => ColumnRecord)(columnsOf<never>(schema, 'groupBy()'))
    return Object.entries(record).map(([name, c]) => {
      if (!isColumn(c)) throw new TypeError(`groupBy() gives "${name}" something that is no column.`)
      return { name, expr: c.expr }
    })
  }
  const { column: time, expr } = key as WindowKey<string>
  requireField(schema, time, 'window()')
  return [{ name: 'window', expr }]
}
