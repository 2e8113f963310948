import type { Columns } from '../expr/column-types.ts'
import type { WindowKey, WindowValue } from '../expr/window.ts'
import { requireField } from '../columnar/schema.ts'
import type { LogicalPlan, NamedExpr } from '../plan/logical-plan.ts'
import { checkName } from '../plan/name-plan.ts'
import { outputSchema } from '../plan/output-schema.ts'
import { aggregatePlan } from './aggregate-plan.ts'
import { type Callback, recordFrom } from './callbacks.ts'
import type { DataFrame } from './data-frame.ts'
import type { FrameModels } from './frame-models.ts'
import type { ModelCalls } from './model-calls.ts'
import { column } from './names.ts'
import type { AggregateRecord, KeyRecord, Names, RecordRow, Simplify, TimeNames, UnionToIntersection } from './row-types.ts'

/** A key of groupBy(): a column by name, a window over a time column by name, or a callback that makes named keys. */
export type GroupingKey<R> = Names<R> | WindowKey<TimeNames<R>> | ((columns: Columns<R>) => KeyRecord)

type OneKeyRow<R, K> = K extends Names<R> ? Pick<R, K>
  : K extends WindowKey<string> ? { window: WindowValue }
  : K extends (columns: never) => infer C ? RecordRow<C>
  : never

/** The row of the keys of groupBy(). */
export type KeyRow<R, K extends readonly unknown[]> = [K[number]] extends [never] ? {} : Simplify<UnionToIntersection<OneKeyRow<R, K[number]>>>

/** What groups need of the frame that they are made of. */
interface GroupedFrom {
  calls(): ModelCalls
  frame<T>(plan: LogicalPlan, models: FrameModels): DataFrame<T>
}

/** Groups without aggregates yet. */
export class GroupedFrame<R, K> {
  readonly kind = 'GroupedFrame'
  readonly #keys: readonly NamedExpr[]
  readonly #from: GroupedFrom

  /** @internal */
  constructor(input: LogicalPlan, keys: readonly GroupingKey<never>[], from: GroupedFrom) {
    this.#from = from
    this.#keys = keys.flatMap(key => namedKeys(input, key))
  }

  /**
   * One row per group: its keys and these aggregates. `name` is the operator's name in the checkpoint; default:
   * `aggregate-` and its position.
   *
   *     .groupBy('origin').agg(({ delay }) => ({ flights: count(), delay: avg(delay) }))
   *
   * @throws AnalysisError PLAN_AGGREGATE_MISPLACED, PLAN_UNKNOWN_COLUMN, PLAN_TYPE_MISMATCH, PLAN_INVALID_NAME
   */
  agg<const A extends AggregateRecord>(callback: (columns: Columns<R>) => A, options: { readonly name?: string } = {}): DataFrame<Simplify<K & RecordRow<A>>> {
    if (options.name !== undefined) checkName(options.name, 'operator name')
    const calls = this.#from.calls()
    return this.#from.frame(aggregatePlan(calls, this.#keys, callback as Callback, options.name ?? null), calls.models)
  }
}

function namedKeys(input: LogicalPlan, key: GroupingKey<never>): NamedExpr[] {
  const schema = outputSchema(input)
  if (typeof key === 'string') {
    requireField(schema, key, 'groupBy()')
    return [{ name: key, expr: column(key) }]
  }
  if (typeof key === 'function') {
    return recordFrom(key, schema, 'groupBy()', ['column', 'window']).map(({ name, value }) => ({ name, expr: value.expr }))
  }
  const window = key as WindowKey<string> | undefined
  if (window?.kind !== 'window' || typeof window.column !== 'string') {
    throw new TypeError('groupBy() takes names of columns, window("time", "1 hour"), and callbacks such as ({ at }) => ({ day: toDate(at) }).')
  }
  requireField(schema, window.column, 'window()')
  return [{ name: 'window', expr: window.expr }]
}
