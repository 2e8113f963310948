import { makeError } from '../common/errors.ts'
import { option, optional, optionTable, required, resolveOptions } from '../common/options.ts'
import { type Duration, durationMicros } from '../common/duration.ts'
import { type OutputMode, outputModes } from '../common/output-mode.ts'
import type { Row } from '../columnar/values.ts'
import type { QueryDefinition } from '../microbatch/query-definition.ts'
import { Trigger } from '../microbatch/trigger.ts'
import { type LogicalPlan, nodesOf } from '../plan/logical-plan.ts'
import { checkName, namePlan } from '../plan/name-plan.ts'
import { pruneColumns } from '../plan/prune-columns.ts'
import { pushFilters } from '../plan/push-filters.ts'
import { checkSideOutputs } from '../plan/side-outputs.ts'
import { checkEventTimes, checkStreamingRules } from '../plan/streaming-rules.ts'
import { deadLetterSchema } from '../sinks/dead-letters.ts'
import { loadSink } from '../sinks/registry.ts'
import type { SinkConnector } from './connector.ts'
import { checkCheckpointNotRead, checkCheckpointNotShown, checkPathsApart } from '../sources/file/overlapping-paths.ts'
import { artefactsOf, type FrameModels, watchedOf, watchedWeightsOf } from './frame-models.ts'
import { resolveModels } from './resolve-models.ts'
import type { SessionCore } from './session-core.ts'
import { signalOption, stopOnAbort } from './stop-on-abort.ts'
import type { StreamingQuery } from './streaming-query.ts'

export interface StreamWriterOptions<R = Row> {
  /** Where the rows go: files(), consoleSink(), memorySink(), foreachBatch(), … */
  readonly sink: SinkConnector<R>
  /** Folder of the query's checkpoint: its positions, state and history. One query only. */
  readonly checkpointLocation: string
  /** Unique among the running queries of the session. */
  readonly name?: string
  /** @default 'append' */
  readonly outputMode?: OutputMode
  /** @default Trigger.default() */
  readonly trigger?: Trigger
  /** Where rows go that came too late for their group. Needs an aggregation whose groups a watermark ends. */
  readonly lateRows?: SinkConnector<never>
  /** Where records go that could not be decoded. Sources with onBadRecord: 'deadLetter' need it, and it needs such a source. */
  readonly deadLetters?: SinkConnector<never>
  /**
   * Where rows go at which a shadow's answer is another than the one that came out: the scored row with `shadow`,
   * `shadow_digest`, `shadow_error` and the shadow's outputs. A score() with shadow needs it, and it needs one.
   */
  readonly disagreements?: SinkConnector<never>
  /** Run a batch without data when it would close groups. @default true */
  readonly noDataBatches?: boolean
  /** Of several watermarks the slowest or the fastest counts; fixed by the checkpoint. @default 'min' */
  readonly watermarkPolicy?: 'min' | 'max'
  /** An input that had no rows for this long no longer holds the watermark back, until it has some again. Default: it always does. */
  readonly idleTimeout?: Duration
  /** Batch records kept in the checkpoint. @default 100 */
  readonly minBatchesToRetain?: number
  /** A snapshot of the state every so many batches. @default 10 */
  readonly snapshotInterval?: number
  /** Keep each batch's output in the checkpoint until it is published. @default false */
  readonly spoolOutput?: boolean
  /**
   * `spark`: what differs from Spark on purpose behaves as there: the first watermark is 1970, an input's own watermark
   * is forgotten at a restart and windows wait for new input after it, null event times count as 1970, and aggregates
   * cannot be appended to a query that has a checkpoint.
   * @default 'none'
   */
  readonly compat?: 'none' | 'spark'
  /** Aborting it stops the query, as stop() does; one that is aborted before start() lets the query open and end. */
  readonly signal?: AbortSignal
  readonly '~row'?: R
}

const settingsTable = optionTable({
  noDataBatches: option.boolean(true, 'Run a batch without data when it would close groups.'),
  watermarkPolicy: option.oneOf(['min', 'max'], 'min', 'Of several watermarks the slowest or the fastest counts.'),
  idleTimeout: optional(option.duration('1 hour', 'An input without rows for this long no longer holds the watermark back.')),
  minBatchesToRetain: option.integer(100, 'Batch records kept in the checkpoint.', { min: 1 }),
  snapshotInterval: option.integer(10, 'A snapshot of the state every so many batches.', { min: 1 }),
  compat: option.oneOf(['none', 'spark'], 'none', 'Whether what differs from Spark on purpose behaves as there.'),
  spoolOutput: option.boolean(false, 'Keep the output of each batch in the checkpoint until it is published.'),
})

const isConnector = (value: unknown): boolean => (value as { readonly kind?: unknown } | null)?.kind === 'connector'

/** Everything that writeStream() takes: what is no setting is checked here for its kind. */
const writerTable = optionTable({
  ...settingsTable,
  sink: required(option.value<unknown>(undefined, 'Where the rows go.', 'a sink such as files({ … }) or consoleSink()', isConnector)),
  checkpointLocation: optional(option.text('', 'Folder of the checkpoint.')),
  name: optional(option.text('', 'Unique among the running queries of the session.')),
  outputMode: optional(option.text('append', 'Output mode.')),
  trigger: optional(option.value<unknown>(undefined, 'When batches run.', 'a trigger such as Trigger.processingTime("5 seconds")', value => typeof (value as { readonly kind?: unknown } | null)?.kind === 'string')),
  lateRows: optional(option.value<unknown>(undefined, 'Where late rows go.', 'a sink', isConnector)),
  deadLetters: optional(option.value<unknown>(undefined, 'Where records go that could not be decoded.', 'a sink', isConnector)),
  disagreements: optional(option.value<unknown>(undefined, 'Where rows go at which a shadow disagrees.', 'a sink', isConnector)),
  signal: signalOption,
})

/** A described streaming query; start() checks it against the rules of streaming and runs it. */
export class StreamWriter {
  readonly kind = 'StreamWriter'
  readonly #core: SessionCore
  readonly #plan: LogicalPlan
  readonly #models: FrameModels
  readonly #options: StreamWriterOptions<never>

  /** @internal */
  constructor(core: SessionCore, plan: LogicalPlan, models: FrameModels, options: StreamWriterOptions<never>) {
    this.#core = core
    this.#plan = plan
    this.#models = models
    this.#options = options
  }

  /**
   * Starts the query: opens its sources, sinks and checkpoint, recovers, and runs batches until it is stopped.
   * Resolves when it is open.
   * @throws AnalysisError when it cannot run as written, SESSION_CLOSED, SESSION_NAME_IN_USE; CheckpointError when its checkpoint is in use or does not fit
   */
  async start(): Promise<StreamingQuery> {
    this.#core.queries.requireOpen()
    const query = await this.#core.start(await this.#define())
    const forget = stopOnAbort(this.#options.signal, () => query.stop())
    query.progress.subscribe({ complete: forget })
    return query
  }

  /** The name of the query, if it has one. */
  get name(): string | undefined {
    return this.#options.name
  }

  /** The same query under another trigger. */
  withTrigger(trigger: Trigger): StreamWriter {
    return new StreamWriter(this.#core, this.#plan, this.#models, { ...this.#options, trigger })
  }

  async #define(): Promise<QueryDefinition> {
    const options = this.#options
    resolveOptions(writerTable, options as unknown as { readonly [name: string]: unknown }, 'writeStream()')
    const { idleTimeout, ...settings } = resolveOptions(settingsTable, Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(settingsTable, name))), 'writeStream()')
    if (options.name !== undefined) checkName(options.name, 'query name')
    const outputMode = options.outputMode ?? 'append'
    if (!outputModes.includes(outputMode)) throw unknownMode(outputMode)
    if (typeof options.checkpointLocation !== 'string' || options.checkpointLocation === '') {
      throw makeError('PLAN_INVALID_OPTION', 'writeStream() needs a checkpointLocation: the folder where the query keeps its positions and state, such as "./checkpoints/my-query".', { context: { option: 'checkpointLocation' } })
    }
    const { plan, models } = await resolveModels(this.#plan, this.#models)
    const named = namePlan(plan)
    checkStreamingRules(named, outputMode)
    checkEventTimes(named)
    checkSideOutputs(named, { lateRows: options.lateRows !== undefined, deadLetters: options.deadLetters !== undefined, disagreements: options.disagreements !== undefined })
    const sinks: QueryDefinition['sinks'][number][] = []
    for (const [name, connector] of [['output', options.sink], ['lateRows', options.lateRows], ['deadLetters', options.deadLetters], ['disagreements', options.disagreements]] as const) {
      if (connector === undefined) continue
      connector.checkSink?.()
      const provider = await loadSink(connector.provider)
      const mode = name === 'output' ? outputMode : 'append'
      if (!provider.modes.includes(mode)) throw sinkMode(connector.provider, mode, provider.modes)
      this.#core.register(connector.live)
      sinks.push({ name, provider: { provider: connector.provider, options: connector.options }, schema: name === 'deadLetters' ? deadLetterSchema : null })
    }
    for (const { provider } of sinks) if (provider.provider === 'files') checkCheckpointNotShown(options.checkpointLocation, provider.options)
    for (const scan of nodesOf(named)) {
      if (scan.kind !== 'scan' || scan.source.provider !== 'files') continue
      checkCheckpointNotRead(options.checkpointLocation, scan.source.options)
      // A table may be the output: it is read once.
      if (!scan.streaming) continue
      for (const { provider } of sinks) if (provider.provider === 'files') checkPathsApart(scan.source.options, provider.options)
    }
    return {
      name: options.name ?? null,
      plan: pruneColumns(pushFilters(named), { lateRows: options.lateRows !== undefined }),
      outputMode,
      trigger: options.trigger ?? Trigger.default(),
      checkpointLocation: options.checkpointLocation,
      sinks,
      models: artefactsOf(models),
      watched: watchedOf(models),
      watchedWeights: watchedWeightsOf(models),
      settings: { ...settings, idleTimeoutMs: idleTimeout === undefined ? null : durationMicros(idleTimeout, 'idleTimeout') / 1000, partitions: this.#core.statePartitions, timeZone: this.#core.timeZone },
    }
  }
}

function unknownMode(mode: string): Error {
  return makeError('PLAN_INVALID_OPTION', `There is no output mode "${mode}", only "append", "update" and "complete".`, { context: { mode }, spark: 'STREAMING_OUTPUT_MODE.INVALID' })
}

function sinkMode(sink: string, mode: OutputMode, modes: readonly OutputMode[]): Error {
  return makeError('PLAN_SINK_MODE_UNSUPPORTED', `The sink "${sink}" cannot take output mode "${mode}", only ${modes.map(m => `"${m}"`).join(', ')}.`, { context: { sink, mode, modes } })
}
