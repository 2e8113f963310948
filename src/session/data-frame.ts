import type { Observable } from 'rxjs'
import { makeError } from '../common/errors.ts'
import { type Duration, durationMicros } from '../common/duration.ts'
import { describeSchema, requireField, type Schema } from '../columnar/schema.ts'
import type { RecordBatch } from '../columnar/record-batch.ts'
import { type Row, rowsOf } from '../columnar/values.ts'
import type { Columns, ColumnLike, Condition } from '../expr/column-types.ts'
import { explainPlan } from '../plan/explain.ts'
import { isStreaming, type LogicalPlan } from '../plan/logical-plan.ts'
import { outputSchema } from '../plan/output-schema.ts'
import type { ObservedBatch } from '../sinks/observable/observable-sink.ts'
import { aggregatePlan } from './aggregate-plan.ts'
import { type Callback, columnFrom, recordFrom } from './callbacks.ts'
import { filterPlan } from './filter-plan.ts'
import { GroupedFrame, type GroupingKey, type KeyRow } from './grouped-frame.ts'
import { joinPlan, type PlainJoinOptions } from './join-plan.ts'
import type { ModelOutputs } from './loaded-model.ts'
import { ModelCalls } from './model-calls.ts'
import { column } from './names.ts'
import { queryObservable } from './query-observable.ts'
import { type Projected, projected, projectionPlan } from './projection-plan.ts'
import type { AggregateRecord, JoinedRow, JoinHow, JoinKeys, Names, RecordRow, RenamedRow, SelectedRow, Selection, SelectRecord, Simplify, TimeNames, WithColumns } from './row-types.ts'
import { artefactsOf, type FrameModels, withModels } from './frame-models.ts'
import { replayFrame, type ReplayOptions, type ReplayReport } from './replay.ts'
import { resolveModels } from './resolve-models.ts'
import type { Fallback, ProvenanceColumns, ScoredRow, ScoreOptions, ScoringModel } from './score-options.ts'
import { fallbackModel, type PlainScoreOptions, scoringModel, scorePlan } from './score-plan.ts'
import { withVariants } from './score-variants.ts'
import type { SessionCore } from './session-core.ts'
import { StreamWriter, type StreamWriterOptions } from './stream-writer.ts'

/**
 * A query under construction: rows of type `R`, bounded or streaming. Immutable; every verb gives a new frame and checks
 * names and types at once. Callbacks run once, when the verb is called, on recording columns and not on rows: write
 * `where(({ amount }) => amount.gt(100))`.
 */
export class DataFrame<R> {
  readonly kind = 'DataFrame'
  readonly '~row'?: R
  readonly #core: SessionCore
  readonly #plan: LogicalPlan
  readonly #models: FrameModels

  /** @internal Frames come from a session. */
  constructor(core: SessionCore, plan: LogicalPlan, models: FrameModels) {
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

  /**
   * Only these columns: names, or callbacks that compute named ones.
   *
   *     .select('origin', ({ delay }) => ({ late: delay.gt(15) }))
   *
   * @throws AnalysisError PLAN_UNKNOWN_COLUMN, PLAN_TYPE_MISMATCH, PLAN_DUPLICATE_COLUMN, PLAN_GENERATOR_MISPLACED
   */
  select<const S extends readonly Selection<R>[]>(...selections: S): DataFrame<SelectedRow<R, S>> {
    const columns = selections.flatMap((s): Projected[] => (typeof s === 'string' ? [this.#named(s, 'select()')] : this.#record(s as Callback, 'select()')))
    if (columns.length === 0) throw new TypeError('select() takes at least one column.')
    return this.#project(columns, 'select()')
  }

  /** All columns, with these added or replaced. */
  withColumns<const S extends SelectRecord>(callback: (columns: Columns<R>) => S): DataFrame<WithColumns<R, RecordRow<S>>> {
    return this.#extend(this.#record(callback as Callback, 'withColumns()'), 'withColumns()')
  }

  /** All columns, with one added or replaced. */
  withColumn<const N extends string, T>(name: N, callback: (columns: Columns<R>) => ColumnLike<T>): DataFrame<WithColumns<R, { [K in N]: T }>> {
    return this.#extend([{ name, expr: columnFrom(callback as Callback, this.schema, 'withColumn()') }], 'withColumn()')
  }

  /** All columns but these. */
  drop<const N extends Names<R>>(...names: readonly N[]): DataFrame<Simplify<Omit<R, N>>> {
    for (const name of names) requireField(this.schema, name, 'drop()')
    const kept = this.schema.fields.filter(f => !names.includes(f.name as N))
    return this.#with(projectionPlan(this.#plan, kept.map(f => ({ name: f.name, expr: column(f.name) })), 'drop()'))
  }

  /** The same columns, some under other names: `rename({ dep_delay: 'delay' })`. */
  rename<const M extends { readonly [K in Names<R>]?: string }>(names: M): DataFrame<RenamedRow<R, M>> {
    if (typeof names !== 'object' || names === null || Array.isArray(names)) throw new TypeError('rename() takes an object from old names to new ones, such as rename({ dep_delay: "delay" }).')
    const map = new Map(Object.entries(names as { readonly [name: string]: string | undefined }))
    for (const name of map.keys()) requireField(this.schema, name, 'rename()')
    return this.#with(projectionPlan(this.#plan, this.schema.fields.map(f => ({ name: map.get(f.name) ?? f.name, expr: column(f.name) })), 'rename()'))
  }

  /** Rows for which the condition is true; null counts as false. */
  where(callback: (columns: Columns<R>) => Condition): DataFrame<R> {
    const calls = this.#calls()
    return this.#with(filterPlan(calls, columnFrom(callback as Callback, this.schema, 'where()')), calls.models)
  }

  /** Spark's other word for where(). */
  filter(callback: (columns: Columns<R>) => Condition): DataFrame<R> {
    return this.where(callback)
  }

  /**
   * Declares the event time of the stream, and how late rows may come: the watermark is the largest time seen less the
   * delay, and groups that end before it are final.
   * @throws AnalysisError PLAN_UNKNOWN_COLUMN, PLAN_WATERMARK_NOT_TIMESTAMP, PLAN_INVALID_DURATION
   */
  withWatermark<const N extends TimeNames<R>>(name: N, delay: Duration): DataFrame<R> {
    return this.#with({ kind: 'watermark', input: this.#plan, column: name, delayMicros: durationMicros(delay, 'watermark delay') })
  }

  /** Groups by columns, windows (`window('event_time', '1 hour')`) or computed keys; agg() follows. */
  groupBy<const K extends readonly GroupingKey<R>[]>(...keys: K): GroupedFrame<R, KeyRow<R, K>> {
    return new GroupedFrame(this.#plan, keys as readonly GroupingKey<never>[], { calls: () => this.#calls(), frame: (plan, models) => this.#with(plan, models) })
  }

  /** Aggregates over all rows. */
  agg<const A extends AggregateRecord>(callback: (columns: Columns<R>) => A): DataFrame<Simplify<RecordRow<A>>> {
    const calls = this.#calls()
    return this.#with(aggregatePlan(calls, [], callback as Callback, null), calls.models)
  }

  /**
   * Rows of both, twice what is in both; columns are matched by position and named as in the first.
   * @throws AnalysisError PLAN_UNION_MISMATCH, PLAN_UNION_TYPE_MISMATCH
   */
  union(other: DataFrame<R>): DataFrame<R> {
    requireFrame(other, 'union()')
    return new DataFrame(this.#core, Object.freeze({ kind: 'union', inputs: Object.freeze([this.#plan, other.#plan]) }), new Map([...this.#models, ...other.#models]))
  }

  /**
   * Joins a static table (readBatch) by equal columns; rows of the table are kept in memory. `on` has names that both
   * sides have, or pairs where they differ, `{ dest: 'airport' }`; the result has each key once, under the left name.
   * `leftSemi` keeps the rows with a partner and `leftAnti` those without, both without columns of the table.
   * @throws AnalysisError PLAN_UNKNOWN_COLUMN, PLAN_TYPE_MISMATCH, PLAN_AMBIGUOUS_COLUMN, PLAN_INVALID_OPTION
   */
  join<S, const On extends JoinKeys<R, S>, const H extends JoinHow = 'inner'>(other: DataFrame<S>, options: { readonly on: On; readonly how?: H }): DataFrame<JoinedRow<R, S, On, NoInfer<H>>> {
    requireFrame(other, 'join()')
    const plan = joinPlan(this.#plan, other.#plan, options as PlainJoinOptions)
    return new DataFrame<JoinedRow<R, S, On, H>>(this.#core, plan, new Map([...this.#models, ...other.#models]))
  }

  /**
   * Scores every row with a model: `output` names the new columns, `input` maps the model's inputs to columns where the
   * names differ. Further options say what becomes of rows that the model was not trained for (`onInvalid`) or fails at
   * (`onError`), add columns: who scored the row (`digest`, `provenance`) and why so (`explain`), share rows out among models
   * (`route`), and compare others (`shadow`).
   *
   *     .score(lateness, { output: { p_late: 'probability' } })
   *     .score('late-arrival@champion', { registry, output: { p_late: 'probability' } })
   *
   * A name is typed by the version that it stood for when the registry was opened; the query begins with what it stands for
   * at start(), and follows an alias while it runs. A model with outputs of other names or types is called by
   * `registry.reference<{ dense_2: Float64Array }>('net@champion')`.
   * @throws AnalysisError ML_SCHEMA_MISMATCH, ML_VERSION_UNKNOWN, PLAN_UNKNOWN_COLUMN, PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION
   */
  score<
    M = ModelOutputs,
    const O extends { readonly [column: string]: keyof M & string } = { readonly [column: string]: keyof M & string },
    const D extends string = never,
    const P extends ProvenanceColumns = {},
    const E extends string = never,
    const F extends Fallback<M, O> = never,
  >(
    model: ScoringModel<M>,
    options: ScoreOptions<R, M, O, D, P, E, F>,
  ): DataFrame<ScoredRow<R, M, O, NoInfer<D>, NoInfer<P>, NoInfer<E>, NoInfer<F>>> {
    const plain = options as unknown as PlainScoreOptions
    const found = scoringModel(model, plain?.registry)
    const { plan, models } = withVariants(scorePlan(this.#plan, found, plain), found, plain)
    const second = fallbackModel(plain)
    return new DataFrame<ScoredRow<R, M, O, D, P, E, F>>(this.#core, plan, withModels(this.#models, [found, ...models, ...(second === undefined ? [] : [second])]))
  }

  /**
   * Describes a streaming query; start() starts it.
   * @throws AnalysisError PLAN_NOT_STREAMING
   */
  writeStream(options: StreamWriterOptions<R>): StreamWriter {
    if (!this.isStreaming) throw notStreaming('writeStream()')
    return new StreamWriter(this.#core, this.#plan, this.#models, options as unknown as StreamWriterOptions<never>)
  }

  /**
   * Runs recorded batches of a query once more, over the very ranges, clock and seed of their records, scored by another
   * version, into another sink; the checkpoint stays as it is. The frame is that of the query, without aggregation, over
   * sources that can be read again.
   *
   *     await scored.replay({ checkpointLocation: 'checkpoints/late', batches: { from: 0, to: 9 }, model: await registry.load('late-arrival@8'), sink: files({ path: 'again/', format: 'jsonl' }) })
   *
   * @throws AnalysisError PLAN_NOT_STREAMING, PLAN_INVALID_OPTION, PLAN_UNSUPPORTED_OPERATOR, ML_SCHEMA_MISMATCH; CheckpointError CHECKPOINT_IN_USE, CHECKPOINT_NOT_FOUND, SINK_TOKEN_MISMATCH
   */
  async replay(options: ReplayOptions<R>): Promise<ReplayReport> {
    if (!this.isStreaming) throw notStreaming('replay()')
    return replayFrame(this.#core, this.#plan, this.#models, options)
  }

  /**
   * The batches of the stream as an RxJS Observable, each once it is committed: subscribing starts the query,
   * unsubscribing stops it.
   * @throws AnalysisError PLAN_NOT_STREAMING
   */
  toObservable(options: Omit<StreamWriterOptions<R>, 'sink'>): Observable<ObservedBatch<R>> {
    if (!this.isStreaming) throw notStreaming('toObservable()')
    return queryObservable<R>(sink => this.writeStream({ ...options, sink }))
  }

  /**
   * Runs a bounded query and answers its rows.
   * @throws AnalysisError PLAN_IS_STREAMING; QueryError when a row cannot be read or computed
   */
  async collect(): Promise<R[]> {
    return rowsOf(await this.collectBatch()) as Row[] as R[]
  }

  /** @internal The same as columns, with every microsecond. */
  async collectBatch(): Promise<RecordBatch> {
    if (this.isStreaming) throw makeError('PLAN_IS_STREAMING', 'collect() needs a bounded frame, and this one is a stream. Use writeStream(), or read the source with readBatch().', {})
    const { plan, models } = await resolveModels(this.#plan, this.#models)
    return this.#core.runBounded(plan, artefactsOf(models))
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

  #with<T>(plan: LogicalPlan, models = this.#models): DataFrame<T> {
    return new DataFrame<T>(this.#core, Object.freeze(plan), models)
  }

  /** For the expressions of one verb. */
  #calls(): ModelCalls {
    return new ModelCalls(this.#plan, this.#models, this.#core.modelFunctions)
  }

  #project<T>(columns: readonly Projected[], where: string): DataFrame<T> {
    const calls = this.#calls()
    const lifted = columns.map(c => ({ ...c, expr: calls.lift(c.expr) }))
    return this.#with(projectionPlan(calls.plan, lifted, where), calls.models)
  }

  #named(name: string, where: string): Projected {
    requireField(this.schema, name, where)
    return { name, expr: column(name) }
  }

  #record(callback: Callback, where: string): Projected[] {
    return recordFrom(callback, this.schema, where, ['column', 'generated']).map(projected)
  }

  /** The columns of the row in their order, replaced where there is a new one of the name, then the others. */
  #extend<T>(added: readonly Projected[], where: string): DataFrame<T> {
    const { fields } = this.schema
    const byName = new Map(added.map(a => [a.name, a]))
    const kept = fields.map(f => byName.get(f.name) ?? { name: f.name, expr: column(f.name) })
    const fresh = added.filter(a => !fields.some(f => f.name === a.name))
    return this.#project([...kept, ...fresh], where)
  }
}

function requireFrame(value: unknown, where: string): void {
  if ((value as { readonly kind?: unknown } | undefined)?.kind !== 'DataFrame') throw new TypeError(`${where} takes another frame: a result of readStream() or readBatch().`)
}

function notStreaming(where: string): Error {
  return makeError('PLAN_NOT_STREAMING', `${where} needs a stream, and this frame is bounded. Read the source with readStream(), or use collect().`, { context: { where } })
}
