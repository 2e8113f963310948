import { assert } from '../common/assert.ts'
import { isMillraceError } from '../common/errors.ts'
import { randomUuid } from '../common/random.ts'
import { type CheckpointContents, inspectCheckpoint } from '../checkpoint/inspect.ts'
import type { PreparedEntry } from '../checkpoint/checkpoint.ts'
import type { Prepared } from '../checkpoint/records.ts'
import type { TaskMetrics } from '../exec/tasks.ts'
import { noWatermark, WatermarkTracker } from '../watermark/watermark-tracker.ts'
import { BatchReporter } from './batch-reporter.ts'
import { Stopwatch } from './build-progress.ts'
import { constructBatch } from './construct-batch.ts'
import { executeBatch, stateBytes } from './execute-batch.ts'
import { fenced, queryFailed } from './execution-errors.ts'
import { finishPrepared } from './finish-prepared.ts'
import { forgetUpTo } from './forget.ts'
import { ModelSwaps } from './model-swaps.ts'
import { newRecord } from './new-record.ts'
import { openExecutors } from './open-executors.ts'
import { openQuery, type OpenQuery } from './open-query.ts'
import type { NamedNotice, StreamingQueryProgress } from './progress.ts'
import type { QueryDefinition, QueryEnvironment } from './query-definition.ts'
import { QueryPosition } from './query-position.ts'
import { isLikeSpark, type QueryRun } from './query-run.ts'
import { type QueryStanding, standingOf } from './query-standing.ts'
import { recover } from './recover.ts'
import { Settling } from './settling.ts'
import { RouteSwaps } from './route-swaps.ts'
import { runTriggers } from './trigger-loop.ts'
import { Upkeep } from './upkeep.ts'

/** What the loop tells the outside; none of it may throw. */
export interface ExecutionEvents {
  progress(progress: StreamingQueryProgress): void
  /** What an earlier run left unfinished is finished, the state is whole, and batches follow. */
  recovered(): void
  /** A trigger found nothing to do. */
  idle(): void
  status(message: string): void
  /** A source has something to say, and no batch runs that could tell. */
  notice(notice: NamedNotice): void
}

/** What there is once a query is open. */
interface Opened {
  readonly run: QueryRun
  readonly upkeep: Upkeep
  readonly settling: Settling
  readonly reporter: BatchReporter
}

/** The life of one run of a query: open, recover, then batch after batch, one at a time. */
export class MicroBatchExecution {
  readonly runId: string
  readonly #definition: QueryDefinition
  readonly #environment: QueryEnvironment
  readonly #events: ExecutionEvents
  readonly #stopping = new AbortController()
  /** Aborts when the run ends, whatever ended it. */
  readonly #ending = new AbortController()
  #open: Opened | null = null

  constructor(definition: QueryDefinition, environment: QueryEnvironment, events: ExecutionEvents) {
    this.#definition = definition
    this.#environment = environment
    this.#events = events
    this.runId = randomUuid(environment.ports.random)
  }

  get queryId(): string {
    return this.#opened.run.open.checkpoint.queryId
  }

  /** Tasks of the last batch, for explain(). */
  get lastTasks(): readonly TaskMetrics[] {
    return this.#opened.reporter.lastTasks
  }

  get models(): ModelSwaps {
    return this.#opened.run.models
  }

  get routes(): RouteSwaps {
    return this.#opened.run.routes
  }

  get plan(): OpenQuery['plan'] {
    return this.#opened.run.open.plan
  }

  /** Where the query stands, for those who look on: copies, and nothing that could be changed. */
  get standing(): QueryStanding {
    const { run, reporter } = this.#opened
    return standingOf(run, reporter)
  }

  /** What its checkpoint holds. Rejects when the query ends meanwhile. */
  checkpointContents(): Promise<CheckpointContents> {
    return inspectCheckpoint(this.#opened.run.open.checkpoint)
  }

  /** What sources had to say when they were opened. */
  get notices(): readonly NamedNotice[] {
    return [...this.#opened.run.open.notices].flatMap(([source, notices]) => notices.map(n => ({ source, ...n })))
  }

  /** Opens everything and fences others off. After a failure nothing is left open. */
  async open(): Promise<void> {
    this.#events.status('Initializing sources')
    const open = await openQuery(this.#definition, this.#environment)
    try {
      const run: QueryRun = {
        runId: this.runId,
        definition: this.#definition,
        environment: this.#environment,
        open,
        lease: this.#environment.pool.lease(),
        position: new QueryPosition(await trackerAtStart(this.#definition, open)),
        models: new ModelSwaps(open.plan.slots, this.#definition.watched, {
          runId: this.runId,
          checkpoint: open.checkpoint,
          executors: this.#environment.pool.executors,
          models: open.models,
          signal: this.#ending.signal,
        }),
        routes: new RouteSwaps(open.plan.routes, this.#definition.watchedWeights ?? new Map(), this.#ending.signal),
        stopping: this.#stopping.signal,
      }
      this.#open = { run, upkeep: new Upkeep(run), settling: new Settling(run), reporter: new BatchReporter(run, progress => this.#events.progress(progress)) }
    } catch (error) {
      await open.close().catch(() => undefined)
      throw error
    }
  }

  /** Runs until the trigger has no more to do, stop() is called, or something fails. Closes everything at the end. */
  async run(): Promise<void> {
    try {
      await this.#recover()
      this.#events.recovered()
      this.#opened.run.models.watch()
      this.#opened.run.routes.watch()
      await this.#loop()
      const { upkeep, settling } = this.#opened
      await upkeep.finish()
      await settling.settle()
    } catch (error) {
      const stopped = this.#stopping.signal.aborted && isMillraceError(error) && error.code === 'EXEC_QUERY_STOPPED'
      await this.#opened.upkeep.abandon()
      const cause = stopped ? this.#opened.upkeep.failure : { error }
      const explained = cause === null ? null : await this.#explain(cause.error)
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
    this.#open?.settling.wake()
  }

  get #opened(): Opened {
    assert(this.#open !== null, 'The query is open.')
    return this.#open
  }

  async #recover(): Promise<void> {
    const { run, upkeep, reporter } = this.#opened
    const { open, position } = run
    const recovery = await recover(open)
    await openExecutors(run, recovery.state)
    const stands = recovery.kind === 'finish' ? recovery.entry : recovery.committed
    open.sinks.tables.restore(open.checkpoint.queryId, recovery.state, stands === null ? null : { batchId: stands.prepared.record.batchId, watermarkMs: stands.prepared.next.global })
    await upkeep.begin()
    const before = recovery.kind === 'finish' ? open.view.committed : recovery.committed
    position.takeOver(before)
    if (before !== null) position.tracker.resume(this.#environment.rules.nextWatermarkRecorded ? before.prepared.next : withoutNext(before))
    // Everything up to C is durable now: the epoch write was synced.
    if (before !== null) await forgetUpTo(run, before)
    if (recovery.kind !== 'none') {
      const watch = new Stopwatch(this.#environment.ports.clock)
      const { entry, result } = await finishPrepared(run, upkeep, recovery, watch)
      reporter.report(entry, result, true, watch)
    }
    await upkeep.recovered()
    await open.sinks.sweep(open.checkpoint.epoch)
  }

  #loop(): Promise<void> {
    const { run, settling, upkeep } = this.#opened
    const signal = AbortSignal.any([this.#stopping.signal, upkeep.failed])
    return runTriggers(this.#definition.trigger, {
      clock: this.#environment.ports.clock,
      signal,
      noDataBatches: this.#definition.settings.noDataBatches,
      fire: (limit, noDataBatches) => this.#trigger(limit, noDataBatches),
      pinAvailable: async () => {
        for (const source of run.open.sources.values()) await source.pinAvailable()
      },
      idle: () => this.#events.idle(),
      status: message => this.#events.status(message),
      waitForData: () => settling.waitForData(signal),
    })
  }

  /** One trigger: a batch if there is a reason for one. */
  async #trigger(limit: 'limited' | 'all', noData: boolean): Promise<boolean> {
    const { run, upkeep, reporter } = this.#opened
    const watch = new Stopwatch(this.#environment.ports.clock)
    this.#events.status('Getting offsets from sources')
    const input = await watch.time('latestOffset', () => constructBatch(run.open.sources, run.position.ends, limit, this.#stopping.signal))
    if (!input.hasData && !(noData && this.#wantedNoData)) {
      for (const [name, source] of run.open.sources) for (const notice of source.notices?.() ?? []) this.#events.notice({ source: name, ...notice })
      return false
    }
    const record = newRecord(run, input.sources, !input.hasData)
    this.#events.status('Processing new data')
    const { entry, result } = await executeBatch(run, upkeep, { record, remember: input.remember, isReplay: false }, watch)
    reporter.report(entry, result, false, watch)
    await run.models.committed(record.batchId)
    run.routes.committed(record.batchId)
    await upkeep.maintain(entry, stateBytes(result))
    return true
  }

  /** Whether the last batch asked for one without data; Spark only listens to a batch that ran since the start. */
  get #wantedNoData(): boolean {
    const { run, reporter } = this.#opened
    return run.position.committed?.prepared.noDataWanted === true && (!isLikeSpark(this.#definition) || reporter.hasReported)
  }

  async #close(): Promise<void> {
    this.#ending.abort()
    await this.#open?.run.models.end()
    await this.#open?.run.routes.end()
    await this.#open?.upkeep.abandon()
    for (const executor of this.#environment.pool.executors) await executor.close(this.runId).catch(() => undefined)
    if (this.#open !== null) this.#environment.pool.giveBack(this.#open.run.lease)
    await this.#open?.run.open.close()
  }

  /** Adds where it happened. A sink that was fenced by another process explains everything else (rule 16). */
  async #explain(error: unknown): Promise<Error> {
    const { open: { sinks, checkpoint }, position } = this.#opened.run
    const batchId = position.nextBatchId
    const context = { queryId: checkpoint.queryId, runId: this.runId, batchId, sources: Object.fromEntries(position.ends) }
    if (await sinks.overtaken(checkpoint.epoch).catch(() => false)) return fenced(context, error)
    return queryFailed(error, this.#definition.name ?? checkpoint.queryId, batchId, context)
  }
}

/** The checkpoint keeps its watermark policy, whatever the settings say now. */
async function trackerAtStart(definition: QueryDefinition, { checkpoint, plan, view }: OpenQuery): Promise<WatermarkTracker> {
  const description = await checkpoint.description()
  const policy = description?.watermarkPolicy ?? definition.settings.watermarkPolicy
  return new WatermarkTracker(plan.watermarks, policy, view.committed?.prepared.next ?? noWatermark, isLikeSpark(definition))
}

/** As if a record did not hold the next watermark: only the one that its batch ran with. */
function withoutNext(entry: PreparedEntry): Prepared['next'] {
  return { ...noWatermark, global: entry.prepared.record.watermarks.evict }
}
