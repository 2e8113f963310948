import { makeError } from '../common/errors.ts'
import type { Duration } from '../common/duration.ts'
import { durationMicros } from '../common/duration.ts'
import { type Column, type Columns, isColumn, makeColumn } from '../expr/column.ts'
import { recordingConditions } from '../expr/condition-recorder.ts'
import type { Expr } from '../expr/expr.ts'
import { describeSchema, requireField, type Schema } from '../columnar/schema.ts'
import type { RecordBatch } from '../columnar/record-batch.ts'
import { type Row, rowsOf } from '../columnar/values.ts'
import type { ModelArtefact } from '../ml/model.ts'
import { explainPlan } from '../plan/explain.ts'
import { isStreaming, type JoinKind, type LogicalPlan, type NamedExpr } from '../plan/logical-plan.ts'
import { outputSchema } from '../plan/output-schema.ts'
import { GroupedFrame, type GroupingKey, type KeyRow } from './grouped-frame.ts'
import { aggregatePlan, type AggregateRow, type AggregateRecord } from './aggregate-plan.ts'
import type { LoadedModel } from './loaded-model.ts'
import { scorePlan, type ScoreOptions, type ScoredRow } from './score-plan.ts'
import { column } from './names.ts'
import { projectionPlan } from './projection-plan.ts'
import type { StreamWriterOptions } from './stream-writer.ts'
import { StreamWriter } from './stream-writer.ts'
import type { SessionCore } from './session-core.ts'

/** Flattens a type for hovers. */
export type Simplify<T> = { [K in keyof T]: T[K] } & {}

/** What a column of a record has as value type. */
export type ColumnValue<C> = C extends { readonly kind: 'column'; readonly '~type'?: infer T } ? T : never
export type ColumnRecord = { readonly [name: string]: Column<never> | { readonly kind: 'column'; readonly expr: Expr } }
export type RecordRow<S> = { [K in keyof S]: ColumnValue<S[K]> }

export type Names<R> = keyof R & string

/** A column by name, or a callback that makes named columns. */
export type Selection<R> = Names<R> | ((columns: Columns<R>) => ColumnRecord)

type SelectedRow<R, S> = S extends Names<R> ? Pick<R, S> : S extends (columns: never) => infer C ? RecordRow<C> : never
type UnionToIntersection<U> = (U extends unknown ? (x: U) => void : never) extends (x: infer I) => void ? I : never

/** Names of columns that hold event time: timestamps and windows. */
export type TimeNames<R> = { [K in keyof R]: NonNullable<R[K]> extends Date ? K : NonNullable<R[K]> extends { start: Date; end: Date } ? K : never }[keyof R] & string

export interface JoinOptions<R, S> {
  /** Columns that both sides have; each appears once in the result. */
  readonly on: readonly (Names<R> & Names<S>)[]
  readonly how?: 'inner' | 'left'
}

/** Columns of a left join's right side can be null. */
type JoinedRow<R, S, On, H> = Simplify<R & { [K in Exclude<keyof S, On>]: H extends 'left' ? S[K] | null : S[K] }>

/**
 * A query under construction: rows of type `R`, bounded or streaming. Immutable; every verb gives a new frame. Callbacks
 * run once, when the verb is called, on recording columns: write `where(({ amount }) => amount.gt(100))`.
 */
export class DataFrame<R> {
  readonly kind = 'DataFrame'
  readonly '~row'?: R
  readonly #core: SessionCore
  readonly #plan: LogicalPlan
  readonly #models: ReadonlyMap<string, ModelArtefact>

  /** @internal Frames come from a session. */
  constructor(core: SessionCore, plan: LogicalPlan, models: ReadonlyMap<string, ModelArtefact>) {
    this.#core = core
    this.#plan = plan
    this.#models = models
    // Types are checked verb by verb, where the mistake stands.
    outputSchema(plan)
  }

  get schema(): Schema {
    return outputSchema(this.#plan)
  }

  get isStreaming(): boolean {
    return isStreaming(this.#plan)
  }

  /** The logical plan, as data. */
  get plan(): LogicalPlan {
    return this.#plan
  }

  /** One line per column. */
  printSchema(): string {
    return describeSchema(this.schema)
  }

  /** Only these columns: names, or callbacks that compute named ones. */
  select<const K extends readonly Selection<R>[]>(...selections: K): DataFrame<Simplify<UnionToIntersection<SelectedRow<R, K[number]>>>> {
    const columns = selections.flatMap((s): NamedExpr[] => (typeof s === 'string' ? [this.#named(s, 'select()')] : this.#record(s, 'select()')))
    return this.#with(projectionPlan(this.#plan, columns, 'select()'))
  }

  /** All columns, with these added or replaced. */
  withColumns<const S extends ColumnRecord>(callback: (columns: Columns<R>) => S): DataFrame<Simplify<Omit<R, keyof S> & RecordRow<S>>> {
    const added = this.#record(callback, 'withColumns()')
    const names = new Map(added.map(a => [a.name, a]))
    const kept = this.schema.fields.map(f => names.get(f.name) ?? { name: f.name, expr: column(f.name) })
    const fresh = added.filter(a => !this.schema.fields.some(f => f.name === a.name))
    return this.#with(projectionPlan(this.#plan, [...kept, ...fresh], 'withColumns()'))
  }

  /** All columns, with one added or replaced. */
  withColumn<const N extends string, T>(name: N, callback: (columns: Columns<R>) => { readonly kind: 'column'; readonly expr: Expr; readonly '~type'?: T }): DataFrame<Simplify<Omit<R, N> & { [K in N]: T }>> {
    const expr = this.#expr(callback, 'withColumn()')
    const exists = this.schema.fields.some(f => f.name === name)
    const kept = this.schema.fields.map(f => (f.name === name ? { name, expr } : { name: f.name, expr: column(f.name) }))
    return this.#with(projectionPlan(this.#plan, exists ? kept : [...kept, { name, expr }], 'withColumn()'))
  }

  /** All columns but these. */
  drop<const N extends Names<R>>(...names: readonly N[]): DataFrame<Simplify<Omit<R, N>>> {
    for (const name of names) requireField(this.schema, name, 'drop()')
    const kept = this.schema.fields.filter(f => !names.includes(f.name as N))
    return this.#with(projectionPlan(this.#plan, kept.map(f => ({ name: f.name, expr: column(f.name) })), 'drop()'))
  }

  /** The same columns, some under other names: `rename({ dep_delay: 'delay' })`. */
  rename<const M extends { readonly [K in Names<R>]?: string }>(names: M): DataFrame<Simplify<{ [K in keyof R as K extends keyof M ? (M[K] extends string ? M[K] : K) : K]: R[K] }>> {
    const map = names as { readonly [name: string]: string | undefined }
    for (const name of Object.keys(map)) requireField(this.schema, name, 'rename()')
    return this.#with(projectionPlan(this.#plan, this.schema.fields.map(f => ({ name: map[f.name] ?? f.name, expr: column(f.name) })), 'rename()'))
  }

  /** Rows for which the condition is true; null counts as false. */
  where(callback: (columns: Columns<R>) => Column<boolean> | Column<boolean | null>): DataFrame<R> {
    return this.#with({ kind: 'filter', input: this.#plan, condition: this.#expr(callback, 'where()') })
  }

  /** Spark's other word for where(). */
  filter(callback: (columns: Columns<R>) => Column<boolean> | Column<boolean | null>): DataFrame<R> {
    return this.where(callback)
  }

  /**
   * Declares the event time of the stream, and how late rows may come: the watermark is the largest time seen less the
   * delay, and groups that end before it are final.
   */
  withWatermark<const N extends TimeNames<R>>(name: N, delay: Duration): DataFrame<R> {
    return this.#with({ kind: 'watermark', input: this.#plan, column: name, delayMicros: durationMicros(delay, 'watermark delay') })
  }

  /** Groups by columns, windows (`window('event_time', '1 hour')`) or computed keys; agg() follows. */
  groupBy<const K extends readonly GroupingKey<R>[]>(...keys: K): GroupedFrame<R, KeyRow<R, K>> {
    return new GroupedFrame(this.#plan, keys as readonly GroupingKey<never>[], plan => this.#with(plan))
  }

  /** Aggregates over all rows. */
  agg<const A extends AggregateRecord>(callback: (columns: Columns<R>) => A): DataFrame<Simplify<AggregateRow<A>>> {
    return this.#with(aggregatePlan(this.#plan, [], callback as (columns: Columns<never>) => AggregateRecord, null))
  }

  /** Rows of both; columns are matched by position. */
  union(other: DataFrame<R>): DataFrame<R> {
    return new DataFrame(this.#core, Object.freeze({ kind: 'union', inputs: Object.freeze([this.#plan, other.#plan]) }), new Map([...this.#models, ...other.#models]))
  }

  /** Joins a static table (readBatch) by equal columns; rows of the table are kept in memory. */
  join<S, const On extends Names<R> & Names<S>, const H extends 'inner' | 'left' = 'inner'>(
    other: DataFrame<S>,
    options: { readonly on: readonly On[]; readonly how?: H },
  ): DataFrame<JoinedRow<R, S, On, H>> {
    for (const name of options.on) {
      requireField(this.schema, name, 'join()')
      requireField(other.schema, name, 'join()')
    }
    const how: JoinKind = options.how ?? 'inner'
    const plan: LogicalPlan = Object.freeze({
      kind: 'join',
      left: this.#plan,
      right: other.#plan,
      how,
      keys: options.on.map(name => ({ left: column(name), right: column(name) })),
      condition: null,
      dropRight: options.on,
    })
    return new DataFrame(this.#core, plan, new Map([...this.#models, ...other.#models])) as unknown as DataFrame<JoinedRow<R, S, On, H>>
  }

  /** Scores every row with a model: `output` names the new columns, `input` maps the model's inputs to columns where the names differ. */
  score<const O extends { readonly [column: string]: string }, const D extends string = never>(model: LoadedModel, options: ScoreOptions<R, O, D>): DataFrame<ScoredRow<R, O, D>> {
    const plan = scorePlan(this.#plan, model, options as ScoreOptions<never, O, D>)
    return new DataFrame(this.#core, plan, new Map([...this.#models, [model.digest, model.artefact]])) as unknown as DataFrame<ScoredRow<R, O, D>>
  }

  /** Describes a streaming query; start() starts it. */
  writeStream(options: StreamWriterOptions<R>): StreamWriter {
    if (!this.isStreaming) throw makeError('PLAN_NOT_STREAMING', 'writeStream() needs a stream, and this frame is bounded. Read the source with readStream(), or use collect().', {})
    return new StreamWriter(this.#core, this.#plan, this.#models, options as StreamWriterOptions<never>)
  }

  /** Runs a bounded query and answers its rows. */
  async collect(): Promise<R[]> {
    return rowsOf(await this.collectBatch()) as Row[] as R[]
  }

  /** @internal The same as columns, with every microsecond. */
  async collectBatch(): Promise<RecordBatch> {
    if (this.isStreaming) throw makeError('PLAN_IS_STREAMING', 'collect() needs a bounded frame, and this one is a stream. Use writeStream(), or read the source with readBatch().', {})
    return this.#core.runBounded(this.#plan, this.#models)
  }

  /** The logical plan as an indented tree. */
  explain(): string {
    return explainPlan(this.#plan)
  }

  /** Trust me: rows are of this type. Checks nothing. */
  $assertRow<T>(): DataFrame<T> {
    return this as unknown as DataFrame<T>
  }

  /** Stop here: names are no longer checked by the compiler, only by the analyser. */
  $untyped(): DataFrame<{ [name: string]: never }> {
    return this as unknown as DataFrame<{ [name: string]: never }>
  }

  #with<T>(plan: LogicalPlan): DataFrame<T> {
    return new DataFrame<T>(this.#core, Object.freeze(plan), this.#models)
  }

  #named(name: string, where: string): NamedExpr {
    requireField(this.schema, name, where)
    return { name, expr: column(name) }
  }

  #record(callback: (columns: Columns<R>) => ColumnRecord, where: string): NamedExpr[] {
    const record = recordingConditions(where, () => callback(columnsOf(this.schema, where)), r => Object.values(r).map(c => (c as { expr: Expr }).expr))
    return Object.entries(record).map(([name, c]) => {
      if (!isColumn(c)) throw new TypeError(`${where} gives "${name}" something that is no column. Make it one with lit().`)
      return { name, expr: c.expr }
    })
  }

  #expr(callback: (columns: Columns<R>) => { readonly expr: Expr }, where: string): Expr {
    const result = recordingConditions(where, () => callback(columnsOf(this.schema, where)), r => [r.expr])
    if (!isColumn(result)) throw new TypeError(`The callback of ${where} gives something that is no column.`)
    return result.expr
  }
}

/** Recording columns for a callback; a name that is no column is an error at once, with candidates. */
export function columnsOf<R>(schema: Schema, where: string): Columns<R> {
  return new Proxy(Object.create(null) as object, {
    get(_, name) {
      if (typeof name === 'symbol') return undefined
      requireField(schema, name, where)
      return makeColumn(column(name))
    },
    ownKeys: () => schema.fields.map(f => f.name),
    getOwnPropertyDescriptor: (_, name) => (schema.fields.some(f => f.name === name) ? { enumerable: true, configurable: true } : undefined),
  }) as Columns<R>
}

