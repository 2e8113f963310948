import { assert } from '../common/assert.ts'
import { isMillraceError } from '../common/errors.ts'
import { sha256 } from '../common/digest.ts'
import { canonicalJson } from '../common/json.ts'
import { randomHex, randomUuid } from '../common/random.ts'
import type { PreparedEntry } from '../checkpoint/checkpoint.ts'
import { type BatchRecord, firstToken, type Prepared } from '../checkpoint/records.ts'
import type { RememberChanges } from '../checkpoint/remembered.ts'
import type { StoredState } from '../checkpoint/snapshots.ts'
import type { QuerySetup } from '../exec/executor.ts'
import type { TaskMetrics } from '../exec/tasks.ts'
import type { ModelArtefact } from '../ml/model.ts'
import { watermarkRedefined } from '../plan/streaming-rules.ts'
import type { Attempt } from '../sinks/sink.ts'
import type { SourceOffset } from '../sources/source.ts'
import { noWatermark, WatermarkTracker } from '../watermark/watermark-tracker.ts'
import { constructBatch } from './construct-batch.ts'
import { checkBudget, checkTables, fenced, queryFailed } from './execution-errors.ts'
import { openQuery, type OpenQuery } from './open-query.ts'
import { adoptedResult } from './batch-metrics.ts'
import { buildProgress, Stopwatch } from './build-progress.ts'
import { changedStates, prepareBatch, stateName } from './prepare-batch.ts'
import type { NamedNotice, StreamingQueryProgress } from './progress.ts'
import type { QueryDefinition, QueryEnvironment } from './query-definition.ts'
import { nondeterministic, recover, type Recovery } from './recover.ts'
import { type BatchResult, runBatch } from './run-batch.ts'
import type { PartsBySink } from './sink-set.ts'
import { runTriggers } from './trigger-loop.ts'
import { Upkeep } from './upkeep.ts'

/** A query without new data for this long makes its last commit mark durable and lets the sources forget. */
const idleFlushMs = 1000

/** What the loop tells the outside; none of it may throw. */
export interface ExecutionEvents {
  progress(progress: StreamingQueryProgress): void
  /** A trigger found nothing to do. */
  idle(): void
  status(message: string): void
}

/**
 * The life of one run of a query: open, recover, then batch after batch. One batch at a time; the order of durable
 * steps is the protocol's: execute → stage → prepare → publish → commit.
 */
export class MicroBatchExecution {
  readonly runId: string
  readonly #definition: QueryDefinition
  readonly #environment: QueryEnvironment
  readonly #events: ExecutionEvents
  readonly #stopping = new AbortController()
  #waking = new AbortController()
  #open: OpenQuery | null = null
  #keeper: Upkeep | null = null
  #tracker: WatermarkTracker
  /** The last committed batch. */
  #committed: PreparedEntry | null = null
  /** The batch up to which commit marks are durable and sources have forgotten. */
  #settled: PreparedEntry | null = null
  /** End offset per source after the last committed batch. */
  readonly #ends = new Map<string, SourceOffset | null>()
  /** Set-hash per operator and partition after the last committed batch. */
  #stateHashes = new Map<string, string>()
  #lastTriggerMs: number | null = null
  /** A batch ran since the start. */
  #hasRun = false
  #lastTasks: readonly TaskMetrics[] = []

  constructor(definition: QueryDefinition, environment: QueryEnvironment, events: ExecutionEvents) {
    this.#definition = definition
    this.#environment = environment
    this.#events = events
    this.runId = randomUuid(environment.ports.random)
    this.#tracker = new WatermarkTracker([], 'min')
  }

  get queryId(): string {
    return this.#opened.checkpoint.queryId
  }

  /** Tasks of the last batch, for explain(). */
  get lastTasks(): readonly TaskMetrics[] {
    return this.#lastTasks
  }

  get plan(): OpenQuery['plan'] {
    return this.#opened.plan
  }

  /** What sources had to say when they were opened. */
  get notices(): readonly NamedNotice[] {
    return [...this.#opened.notices].flatMap(([source, notices]) => notices.map(n => ({ source, ...n })))
  }

  /** Opens everything and fences others off. After a failure nothing is left open. */
  async open(): Promise<void> {
    this.#events.status('Initializing sources')
    this.#open = await openQuery(this.#definition, this.#environment)
    try {
      const { policy, snapshot } = await this.#trackerStart()
      this.#tracker = new WatermarkTracker(this.#open.plan.watermarks, policy, snapshot, this.#likeSpark)
    } catch (error) {
      await this.#close().catch(() => undefined)
      throw error
    }
  }

  /** Runs until the trigger has no more to do, stop() is called, or something fails. Closes everything at the end. */
  async run(): Promise<void> {
    try {
      await this.#recover()
      await this.#loop()
      await this.#settle()
    } catch (error) {
      const stopped = this.#stopping.signal.aborted && isMillraceError(error) && error.code === 'EXEC_QUERY_STOPPED'
      const explained = stopped ? null : await this.#explain(error)
      // What ended the query is what counts, not what fails after it.
      await this.#close().catch(() => undefined)
      if (explained !== null) throw explained
      return
    }
    await this.#close()
  }

  /** Abandons the running batch (a restart runs it again) and ends run(). */
  stop(): void {
    this.#stopping.abort()
  }

  /** Ends the wait for new data: look again. */
  wake(): void {
    this.#waking.abort()
  }

  get #likeSpark(): boolean {
    return this.#definition.settings.compat === 'spark'
  }

  get #opened(): OpenQuery {
    assert(this.#open !== null, 'The query is open.')
    return this.#open
  }

  get #upkeep(): Upkeep {
    this.#keeper ??= new Upkeep(this.runId, this.#opened, this.#definition.settings, this.#environment, this.#stateHashes)
    return this.#keeper
  }

  async #trackerStart(): Promise<{ policy: 'min' | 'max'; snapshot: Prepared['next'] }> {
    const { checkpoint, view } = this.#opened
    const description = await checkpoint.description()
    const policy = description?.watermarkPolicy ?? this.#definition.settings.watermarkPolicy
    return { policy, snapshot: view.committed?.prepared.next ?? noWatermark }
  }

  // ---- recovery -------------------------------------------------------------------------------------------------

  async #recover(): Promise<void> {
    const open = this.#opened
    const recovery = await recover(open)
    const { pool } = this.#environment
    const setup = this.#setup()
    for (const executor of pool.executors) await executor.open(this.runId, setup)
    await this.#restoreState(recovery.state)
    const before = recovery.kind === 'finish' ? open.view.committed : recovery.committed
    this.#takeOver(before)
    if (before !== null) this.#tracker.resume(this.#environment.rules.nextWatermarkRecorded ? before.prepared.next : withoutNext(before))
    // Everything up to C is durable now: the epoch write was synced.
    if (before !== null) await this.#forgetUpTo(before)
    await this.#finishPrepared(recovery)
    await open.sinks.sweep(open.checkpoint.epoch)
  }

  #setup(): QuerySetup {
    const { plan, tables, models, checkpoint } = this.#opened
    return {
      plan: plan.physical,
      queryId: checkpoint.queryId,
      tables: [...tables].map(([name, batch]) => ({ name, batch })),
      models: [...models].map(([digest, artefact]: [string, ModelArtefact]) => ({ digest, artefact })),
    }
  }

  async #restoreState(states: readonly StoredState[]): Promise<void> {
    const { plan } = this.#opened
    for (const state of states) {
      const aggregation = plan.physical.aggregations.findIndex(a => a.name === state.operator)
      assert(aggregation >= 0, 'Operators of the checkpoint were compared with the query.', { operator: state.operator })
      await this.#environment.pool.owner(state.partition).restore(this.runId, {
        aggregation,
        partition: state.partition,
        stored: { pages: state.pages, deltas: state.deltas, setHash: state.setHash },
      })
      this.#stateHashes.set(stateName(state.operator, state.partition), state.setHash)
    }
  }

  /** Rules 18 to 21. */
  async #finishPrepared(recovery: Recovery): Promise<void> {
    if (recovery.kind === 'none') return
    const { record } = recovery.entry.prepared
    const watch = new Stopwatch(this.#environment.ports.clock)
    if (recovery.kind === 'finish') {
      await this.#publishAndCommit(recovery.entry, recovery.parts, true)
      await this.#environment.pool.executors.reduce((p, e) => p.then(() => e.accept(this.runId)), Promise.resolve())
      this.#takeOver(recovery.entry)
      this.#report(recovery.entry, adoptedResult(recovery.entry.prepared), true, watch)
      return
    }
    checkTables(record, this.#opened.tableDigests)
    if (recovery.kind === 'rerun') {
      const { rules } = this.#environment
      if (rules.preparedKeepsInput) await this.#execute(record, [], true, watch)
      else await this.#planAnew(record, watch)
      return
    }
    const { prepared } = recovery.entry
    const result = await this.#runTasks(record, prepared.attempt)
    const { recomputedCompared } = this.#environment.rules
    if (recomputedCompared && this.#opened.sinks.outputDigest(result.parts) !== prepared.outputDigest) throw nondeterministic(record.batchId, 'output')
    const digests = changedStates(result).map(s => s.digest).sort()
    if (recomputedCompared && canonicalJson(digests) !== canonicalJson(prepared.deltas.map(d => d.digest).sort())) throw nondeterministic(record.batchId, 'state')
    await this.#publishAndCommit(recovery.entry, result.parts, true)
    await this.#accept(result)
    this.#takeOver(recovery.entry)
    this.#report(recovery.entry, result, true, watch)
  }

  /** What rule 21 forbids: the batch again, with whatever input there is by now. */
  async #planAnew(record: BatchRecord, watch: Stopwatch): Promise<void> {
    const { sources, remember, hasData } = await constructBatch(this.#opened.sources, this.#ends, 'limited')
    await this.#execute({ ...record, sources, noData: !hasData }, remember, true, watch)
  }

  /** Makes a batch the last committed one as far as the driver's memory goes. */
  #takeOver(entry: PreparedEntry | null): void {
    this.#committed = entry
    if (entry === null) return
    for (const [name, range] of Object.entries(entry.prepared.record.sources)) this.#ends.set(name, range.end)
    this.#tracker.advance(entry.prepared.next)
  }

  // ---- the loop -------------------------------------------------------------------------------------------------

  #loop(): Promise<void> {
    const signal = this.#stopping.signal
    return runTriggers(this.#definition.trigger, {
      clock: this.#environment.ports.clock,
      signal,
      noDataBatches: this.#definition.settings.noDataBatches,
      fire: (limit, noDataBatches) => this.#trigger(limit, noDataBatches),
      pinAvailable: async () => {
        for (const source of this.#opened.sources.values()) await source.pinAvailable()
      },
      idle: () => this.#events.idle(),
      status: message => this.#events.status(message),
      waitForData: () => this.#waitForData(signal),
    })
  }

  /** Waits for the sources; when that takes a while, what is committed so far is settled meanwhile (protocol rule 7). */
  async #waitForData(signal: AbortSignal): Promise<void> {
    const controller = new AbortController()
    const either = AbortSignal.any([signal, controller.signal, this.#waking.signal])
    try {
      const changed = Promise.race([...this.#opened.sources.values()].map(s => s.changed(either)))
      if (this.#settled !== this.#committed) {
        const idle = this.#environment.ports.clock.sleep(idleFlushMs, either)
        await Promise.race([changed, idle])
        if (!either.aborted) await this.#settle()
      }
      await changed
    } finally {
      controller.abort()
      this.#waking = new AbortController()
    }
  }

  /** One trigger: a batch if there is a reason for one. */
  async #trigger(limit: 'limited' | 'all', noData: boolean): Promise<boolean> {
    const watch = new Stopwatch(this.#environment.ports.clock)
    this.#events.status('Getting offsets from sources')
    const input = await watch.time('latestOffset', () => constructBatch(this.#opened.sources, this.#ends, limit, this.#stopping.signal))
    if (!input.hasData && !(noData && this.#wantedNoData)) return false
    const record = this.#newRecord(input.sources, !input.hasData)
    this.#refuseSecondWatermark(record)
    this.#events.status('Processing new data')
    await this.#execute(record, input.remember, false, watch)
    return true
  }

  /** Whether the last batch asked for one without data; Spark only listens to a batch that ran since the start. */
  get #wantedNoData(): boolean {
    return this.#committed?.prepared.noDataWanted === true && (!this.#likeSpark || this.#hasRun)
  }

  #refuseSecondWatermark(record: BatchRecord): void {
    if ((record.watermarks.evict ?? 0) <= 0) return
    const redefined = watermarkRedefined(this.#definition.plan)
    if (redefined !== null) throw redefined
  }

  #newRecord(sources: BatchRecord['sources'], noData: boolean): BatchRecord {
    const previous = this.#committed?.prepared
    const batchId = (previous?.record.batchId ?? -1) + 1
    const { plan, tableDigests, checkpoint } = this.#opened
    const clockMs = this.#environment.ports.clock.now()
    return {
      batchId,
      sources,
      watermarks: { late: previous?.record.watermarks.evict ?? (this.#likeSpark ? 0 : null), evict: this.#tracker.watermark },
      idle: this.#tracker.idleAt(clockMs, this.#definition.settings.idleTimeoutMs),
      clockMs,
      timeZone: this.#definition.settings.timeZone,
      seed: Number.parseInt(sha256(`${checkpoint.queryId}/${batchId}`).slice(0, 8), 16) | 0,
      models: plan.models,
      tables: tableDigests,
      partitions: plan.physical.partitions,
      sinks: this.#definition.sinks.map(s => s.name),
      noData,
      previousToken: previous?.token ?? firstToken,
    }
  }

  /** Execute → stage → prepare → publish → commit. */
  async #execute(record: BatchRecord, remember: RememberChanges, isReplay: boolean, watch: Stopwatch): Promise<void> {
    const { checkpoint, sinks } = this.#opened
    const attempt: Attempt = { epoch: checkpoint.epoch, random: randomHex(this.#environment.ports.random, 8) }
    const result = await watch.time('addBatch', async () => {
      const r = await this.#runTasks(record, attempt)
      checkBudget(r.states.reduce((n, state) => n + state.memoryBytes, 0), this.#environment.memoryBudgetBytes)
      await sinks.stage(record.batchId, attempt, r.parts)
      return r
    })
    const context = { open: this.#opened, outputMode: this.#definition.outputMode, stateHashes: this.#stateHashes, incarnations: this.#committed?.prepared.incarnations ?? {}, next: this.#tracker.after(result.times, record) }
    const batch = prepareBatch(context, record, attempt, result, remember, this.#mustSpool())
    const prepare = (): Promise<PreparedEntry> => watch.time('walCommit', () => checkpoint.prepare({ ...batch, remember }))
    const { rules } = this.#environment
    const entry = rules.prepareBeforePublish ? await prepare() : checkpoint.entryOf(batch.prepared)
    // Prepare was synced, so everything up to the batch before is durable: its input may go.
    const durable = rules.forgetAfterNextPrepare ? this.#committed : entry
    if (durable !== null) await this.#forgetUpTo(durable)
    if (!rules.snapshotOfCommitted) await this.#upkeep.maintain(entry)
    await watch.time('commitOffsets', () => this.#publishAndCommit(entry, result.parts, isReplay, rules.prepareBeforePublish ? undefined : prepare))
    await this.#accept(result)
    this.#takeOver(entry)
    this.#report(entry, result, isReplay, watch)
    await this.#upkeep.maintain(entry)
  }

  #runTasks(record: BatchRecord, attempt: Attempt): Promise<BatchResult> {
    const { plan, sources } = this.#opened
    return runBatch({
      run: this.runId,
      plan: plan.physical,
      pool: this.#environment.pool,
      record,
      attempt,
      dataOf: (name, partition) => sources.get(name)?.data?.(partition) ?? [],
      signal: this.#stopping.signal,
    })
  }

  /** Rule 23: when the input cannot be read again, or several sinks could not be served again. */
  #mustSpool(): boolean {
    const { sinks, sources } = this.#opened
    return this.#definition.settings.spoolOutput || sinks.needsSpool || [...sources.values()].some(s => !s.replayable)
  }

  async #publishAndCommit(entry: PreparedEntry, parts: PartsBySink, isReplay: boolean, between?: () => Promise<unknown>): Promise<void> {
    const { rules } = this.#environment
    const { checkpoint, sinks } = this.#opened
    const { record, attempt, token } = entry.prepared
    const output = { batchId: record.batchId, attempt, token, epoch: checkpoint.epoch, isReplay }
    const commit = (): Promise<void> => checkpoint.commit(entry, { sync: !sinks.hasLookup })
    if (!rules.commitAfterPublish) await commit()
    await sinks.publish(output, parts, rules.commitAfterAllSinks ? undefined : commit)
    await between?.()
    if (rules.commitAfterPublish) await commit()
    if (sinks.hasObservers) await sinks.observe(output, parts)
  }

  async #accept(result: BatchResult): Promise<void> {
    for (const executor of this.#environment.pool.executors) await executor.accept(this.runId)
    for (const s of result.states) this.#stateHashes.set(stateName(this.#opened.plan.physical.aggregations[s.aggregation].name, s.partition), s.setHash)
  }

  async #forgetUpTo(entry: PreparedEntry): Promise<void> {
    for (const [name, range] of Object.entries(entry.prepared.record.sources)) {
      if (range.end !== null) await this.#opened.sources.get(name)?.commit(range.end)
    }
  }

  #report(entry: PreparedEntry, result: BatchResult, isReplay: boolean, watch: Stopwatch): void {
    const progress = buildProgress({
      open: this.#opened,
      name: this.#definition.name,
      runId: this.runId,
      entry,
      result,
      isReplay,
      watch,
      sinceLastTriggerMs: this.#lastTriggerMs === null ? null : watch.startedWall - this.#lastTriggerMs,
    })
    this.#hasRun = true
    this.#lastTriggerMs = watch.startedWall
    this.#lastTasks = result.tasks
    this.#events.progress(progress)
  }

  /** At an idle moment and at the end: the last commit mark becomes durable, and the sources may forget what it covers. */
  async #settle(): Promise<void> {
    if (this.#committed === null || this.#settled === this.#committed) return
    await this.#opened.checkpoint.flush()
    await this.#forgetUpTo(this.#committed)
    this.#settled = this.#committed
  }

  async #close(): Promise<void> {
    for (const executor of this.#environment.pool.executors) await executor.close(this.runId).catch(() => undefined)
    await this.#open?.close()
  }

  /** Adds where it happened. A sink that was fenced by another process explains everything else (rule 16). */
  async #explain(error: unknown): Promise<Error> {
    const { sinks, checkpoint } = this.#opened
    const batchId = (this.#committed?.prepared.record.batchId ?? -1) + 1
    const context = { queryId: checkpoint.queryId, runId: this.runId, batchId, sources: Object.fromEntries(this.#ends) }
    if (await sinks.overtaken(checkpoint.epoch).catch(() => false)) return fenced(context, error)
    return queryFailed(error, this.#definition.name ?? checkpoint.queryId, batchId, context)
  }
}

/** As if a record did not hold the next watermark: only the one that its batch ran with. */
function withoutNext(entry: PreparedEntry): Prepared['next'] {
  return { ...noWatermark, global: entry.prepared.record.watermarks.evict }
}
