import type { Ports } from '../../../common/ports.ts'
import type { Json } from '../../../common/json.ts'
import type { Prepared } from '../../../checkpoint/records.ts'
import type { StreamingQueryProgress } from '../../../microbatch/progress.ts'
import type { LogicalPlan } from '../../../plan/logical-plan.ts'
import type { SinkConnector } from '../../../session/connector.ts'
import { files as filesConnector } from '../../../session/connectors/files.ts'
import type { Session } from '../../../session/session.ts'
import type { StreamingQuery } from '../../../session/streaming-query.ts'
import type { MemorySinkBatch } from '../../../sinks/memory/memory-sink.ts'
import { MemorySink } from '../../../sinks/memory/memory-sink.ts'
import type { ManualClock } from '../../simulation/manual-clock.ts'
import { knownColumns, liveSink } from '../frames.ts'
import { planOf, sourceNames } from '../queries.ts'
import { rowsToJson } from '../values.ts'
import { type StreamVector, type Tree, UnsupportedFeature, type VectorStep } from '../vector.ts'
import { editLog, logIds, removePath } from './checkpoint-edits.ts'
import type { JournalingStores } from './journal.ts'
import { changed, type QuerySettings, settingsOf, writerOptions } from './query-settings.ts'
import { type LiveSource, liveSource } from './vector-sources.ts'

/** A batch as it was reported, recorded and delivered. */
export interface RanBatch {
  readonly progress: StreamingQueryProgress
  readonly prepared: Prepared | undefined
  readonly rows: readonly Json[] | undefined
}

export interface StepOutcome {
  readonly batches: readonly RanBatch[]
  readonly error?: unknown
  /** Raised by start() itself, before any batch could run. */
  readonly atStart?: boolean
}

export interface StreamWorld {
  readonly session: Session
  readonly ports: Ports
  readonly stores: JournalingStores
  /** The clock of the session when it is a manual one. */
  readonly clock: ManualClock | null
  /** An empty folder for everything. */
  readonly directory: string
}

/** One run of a stream vector: its sources, its checkpoint, its sink, and the query that comes and goes over them. */
export class StreamRun {
  readonly #vector: StreamVector
  readonly #world: StreamWorld
  readonly #compat: 'none' | 'spark'
  #sources = new Map<string, LiveSource>()
  #settings: QuerySettings
  #query: StreamingQuery | null = null
  #progress: StreamingQueryProgress[] = []
  #deliveries: { readonly batchId: number; readonly rows: readonly Json[] }[] = []
  #memory = new MemorySink()

  constructor(vector: StreamVector, world: StreamWorld, compat: 'none' | 'spark') {
    this.#compat = compat
    this.#vector = vector
    this.#world = world
    this.#settings = settingsOf(vector)
    for (const name of Object.keys(vector.sources)) this.#sources.set(name, this.#open(name, vector.sources[name].schema))
  }

  get checkpoint(): string {
    return `${this.#world.directory}/checkpoint`
  }

  get output(): string {
    return `${this.#world.directory}/output`
  }

  /** Rows that a memory sink holds. */
  memoryRows(): Json[] {
    return this.#memory.batches.flatMap(b => b.batches.flatMap(rowsToJson))
  }

  /** Names of the streaming sources, in the order in which the query reads them. */
  get streamingSources(): string[] {
    return sourceNames(this.#settings.query).filter(n => this.#sources.get(n)?.streaming === true)
  }

  /** Input folders are there before the first query. */
  async open(): Promise<void> {
    for (const [name, source] of Object.entries(this.#vector.sources)) {
      if (source.kind === 'file') await this.#world.ports.files.makeDirectory(`${this.#world.directory}/in-${name}`)
    }
  }

  async step(step: VectorStep): Promise<StepOutcome> {
    this.#progress = []
    this.#deliveries = []
    try {
      await this.#do(step)
      return { batches: this.#batches() }
    } catch (error) {
      if (error instanceof StartFailure) return { batches: this.#batches(), error: error.cause, atStart: true }
      return { batches: this.#batches(), error }
    }
  }

  async logs(): Promise<{ readonly offsets: number[]; readonly commits: number[] }> {
    return this.#withStore(async store => ({ offsets: await logIds(store, 'offsets'), commits: await logIds(store, 'commits') }))
  }

  async close(): Promise<void> {
    await this.#query?.stop().catch(() => undefined)
    this.#world.stores.forget(`${this.checkpoint}/state`)
  }

  async #do(step: VectorStep): Promise<void> {
    switch (step.do) {
      case 'process':
        if (this.#runsToItsEnd) {
          await this.#stop()
          await this.#add(step)
          await this.#start()
        } else {
          await this.#ensureStarted()
          await this.#add(step)
        }
        return this.#finish()
      case 'clock':
        if (this.#query === null) this.#clock.jumpTo(step.startAtMs ?? 0)
        await this.#ensureStarted()
        await this.#add(step)
        this.#clock.jumpTo(step.toMs as number)
        return this.#finish()
      case 'add':
        return this.#add(step)
      case 'start': {
        await this.#stop()
        this.#change(step)
        if (step.clockMs !== undefined) this.#clock.jumpTo(step.clockMs)
        await this.#start()
        return this.#finish()
      }
      case 'stop':
        return this.#stop()
      case 'edit':
        return this.#withStore(store => editLog(store, step))
      case 'mkdir':
        return this.#world.ports.files.makeDirectory(`${this.checkpoint}/${step.path}`)
      case 'rm': {
        const path = await this.#withStore(store => removePath(store, step.path as string))
        if (path !== null) await this.#world.ports.files.removeDirectory(`${this.checkpoint}/${path}`)
        return
      }
      case 'logs':
      case 'lsSource':
        return
    }
  }

  get #runsToItsEnd(): boolean {
    return this.#settings.trigger.kind === 'once' || this.#settings.trigger.kind === 'availableNow'
  }

  get #clock(): ManualClock {
    if (this.#world.clock === null) throw new Error('This vector moves the clock, but its session has the real one.')
    return this.#world.clock
  }

  async #ensureStarted(): Promise<void> {
    if (this.#query?.isActive === true) return
    await this.#start()
    await this.#finish()
  }

  async #start(): Promise<void> {
    this.#query = null
    try {
      this.#query = await this.#frame().writeStream(writerOptions(this.#settings, { sink: this.#sink(), checkpointLocation: this.checkpoint, compat: this.#compat })).start()
    } catch (error) {
      throw error instanceof UnsupportedFeature ? error : new StartFailure('start() refused', { cause: error })
    }
    const query = this.#query
    query.progress.subscribe(p => void this.#progress.push(p))
    // Batches between the end of start() and the subscription, if there are any.
    this.#progress.push(...query.recentProgress)
  }

  #frame(): ReturnType<Session['frame']> {
    const { session } = this.#world
    const scans = new Map<string, LogicalPlan>()
    const scan = (name: string): LogicalPlan => {
      let plan = scans.get(name)
      if (plan === undefined) scans.set(name, (plan = (this.#sources.get(name) as LiveSource).scan(session)))
      return plan
    }
    return session.frame(planOf(this.#settings.query, scan))
  }

  #sink(): SinkConnector {
    switch (this.#vector.sink ?? 'collect') {
      case 'collect':
        return liveSink({
          kind: 'MemorySink',
          holds: () => true,
          put: (batch: MemorySinkBatch) => void this.#deliveries.push({ batchId: batch.batchId, rows: batch.batches.flatMap(rowsToJson) }),
        })
      case 'memory':
        // As in Spark, every start makes its own.
        this.#memory = new MemorySink()
        return liveSink(this.#memory)
      case 'file':
        return filesConnector({ path: this.output, format: 'jsonl' })
      case 'noop':
      case 'console':
        return { kind: 'connector', provider: this.#vector.sink as string, options: {} }
    }
  }

  /** Waits until the query has nothing more to do, and throws what it failed with. */
  async #finish(): Promise<void> {
    const query = this.#query
    if (query === null) return
    if (this.#runsToItsEnd) {
      await query.awaitTermination()
      return
    }
    if (this.#settings.trigger.kind === 'processingTime') {
      const clock = this.#clock
      while (query.isActive && clock.sleepers === 0) await clock.yield()
      if (query.exception !== null) throw query.exception
      return
    }
    await query.processAllAvailable()
  }

  async #stop(): Promise<void> {
    await this.#query?.stop()
    this.#query = null
  }

  async #add(step: VectorStep): Promise<void> {
    for (const [name, entries] of Object.entries(step.in ?? {})) await (this.#sources.get(name) as LiveSource).add(entries)
  }

  #change(step: VectorStep): void {
    this.#settings = changed(this.#settings, step)
    for (const [name, schema] of Object.entries(step.schemas ?? {})) this.#sources.set(name, this.#open(name, schema))
  }

  #open(name: string, schema: StreamVector['sources'][string]['schema']): LiveSource {
    const known = knownColumns(schema, this.#settings.query as Tree, this.#vector.outputSchema)
    return liveSource(this.#vector.sources[name], known, { name, directory: `${this.#world.directory}/in-${name}`, files: this.#world.ports.files })
  }

  async #withStore<T>(use: (store: NonNullable<ReturnType<JournalingStores['journal']>['store']>) => Promise<T>): Promise<T> {
    const directory = `${this.checkpoint}/state`
    const open = this.#world.stores.journal(directory).store
    if (open !== null) return use(open)
    const store = await this.#world.stores.open(directory)
    try {
      return await use(store)
    } finally {
      await store.close()
    }
  }

  #batches(): RanBatch[] {
    const { prepared } = this.#world.stores.journal(`${this.checkpoint}/state`)
    return this.#progress.map(progress => ({
      progress,
      prepared: prepared.get(progress.batchId),
      rows: this.#deliveries.findLast(d => d.batchId === progress.batchId)?.rows,
    }))
  }
}

class StartFailure extends Error {}
