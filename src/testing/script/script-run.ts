import { isDeepStrictEqual } from 'node:util'
import { assert } from '../../common/assert.ts'
import { isMillraceError } from '../../common/errors.ts'
import { didYouMean } from '../../common/suggest.ts'
import type { Prepared } from '../../checkpoint/records.ts'
import type { StateOperatorProgress, StreamingQueryProgress } from '../../microbatch/progress.ts'
import type { DataFrame } from '../../session/data-frame.ts'
import { Session } from '../../session/session.ts'
import type { StreamWriterOptions } from '../../session/stream-writer.ts'
import type { StreamingQuery } from '../../session/streaming-query.ts'
import { memorySink } from '../../session/connectors/memory.ts'
import { MemorySink } from '../../sinks/memory/memory-sink.ts'
import { type CrashMode, SimulatedCrash, type Step } from '../simulation/simulated-crash.ts'
import type { SimulatedProcess } from '../simulation/simulated-process.ts'
import { SimulatedWorld } from '../simulation/simulated-world.ts'
import { type CrashPoint, ObservedStores } from './crash-points.ts'

/** Options of writeStream() that a script may set; the sink and the checkpoint are its own. */
const writerOptions = ['outputMode', 'trigger', 'noDataBatches', 'watermarkPolicy', 'snapshotInterval', 'compat', 'lateRows'] as const

/** What a script runs: the query, and how it is started. */
export interface StreamTest<R> extends Pick<StreamWriterOptions<R>, (typeof writerOptions)[number]> {
  /** Builds the query; called at every start. */
  readonly query: (session: Session) => DataFrame<R>
  /** What the simulated disk keeps of unsynced writes when power is lost. @default 'random' */
  readonly unsynced?: 'nothing' | 'everything' | 'random'
  /** Decides everything random. @default 1 */
  readonly seed?: number
  /** The clock at the beginning, milliseconds since the epoch. @default 0 */
  readonly startMs?: number
  /** @default 'UTC' */
  readonly timeZone?: string
}

const scriptOptions: readonly string[] = [...writerOptions, 'query', 'unsynced', 'seed', 'startMs', 'timeZone']

/** @throws TypeError for what plain JavaScript may give: no query, a misspelled option */
export function checkStreamTest(test: object): void {
  if (typeof (test as { readonly query?: unknown } | undefined)?.query !== 'function') throw new TypeError('testStream() takes { query: session => … }, a function that builds the query.')
  for (const name of Object.keys(test)) if (!scriptOptions.includes(name)) throw new TypeError(`There is no option "${name}" of testStream().${didYouMean(name, scriptOptions)}`)
}

export type CrashTrigger = CrashPoint | number | ((step: Step) => boolean)

/** A query over a simulated disk, clock and store, taken through the steps of a script. */
export class ScriptRun<R> {
  readonly world: SimulatedWorld
  readonly #sink = new MemorySink<R>()
  readonly #progress: StreamingQueryProgress[] = []
  #test: StreamTest<R>
  #process: SimulatedProcess | null = null
  #session: Session | null = null
  #query: StreamingQuery | null = null
  #failure: unknown
  #crash: { readonly at: CrashTrigger; readonly mode: CrashMode; steps: number } | null = null
  #crashed = false
  #prepared: Prepared | null = null
  #checked = 0

  constructor(test: StreamTest<R>) {
    this.#test = test
    this.world = new SimulatedWorld({ seed: test.seed ?? 1, startMs: test.startMs ?? 0, unsynced: test.unsynced ?? 'random' })
  }

  async start(changes: Partial<StreamTest<R>> = {}): Promise<void> {
    await this.stop()
    this.#test = { ...this.#test, ...changes }
    const { process, ports, stores } = this.world.start()
    this.#process = process
    this.#crashed = false
    this.#failure = undefined
    process.onStep = step => this.#onStep(step)
    const observed = new ObservedStores(stores, point => this.#onPoint(point, process), prepared => void (this.#prepared = prepared))
    await this.#alive(async () => {
      this.#session = await Session.start({ timeZone: this.#test.timeZone ?? 'UTC' }, { ports, store: observed })
      const started = await this.#test.query(this.#session).writeStream(this.#writerOptions()).start()
      started.progress.subscribe(p => void this.#progress.push(p))
      this.#query = started
    })
    await this.settle()
  }

  #writerOptions(): StreamWriterOptions<R> {
    const given = writerOptions.flatMap(name => (this.#test[name] === undefined ? [] : [[name, this.#test[name]] as const]))
    return { ...(Object.fromEntries(given) as Partial<StreamWriterOptions<R>>), sink: memorySink(this.#sink), checkpointLocation: '/checkpoint' }
  }

  /** Starts the query if it was never started. */
  async ensureStarted(): Promise<void> {
    if (this.#process === null) await this.start()
    if (this.#crashed) throw new Error('The query has crashed. Let restart() follow.')
    // One that could not even be built or opened has a failure, which says more.
    if (this.#query === null && this.#failure === undefined) throw new Error('The query was stopped. Let restart() follow.')
  }

  /** Waits until the query has nothing more to do (or waits for its next trigger), or has crashed or failed. */
  async settle(): Promise<void> {
    const query = this.#query
    if (query === null || this.#crashed) return
    await this.#alive(async () => {
      const { trigger } = this.#test
      if (trigger?.kind === 'once' || trigger?.kind === 'availableNow') await query.awaitTermination()
      else if (trigger?.kind === 'processingTime') {
        while (query.isActive && !this.#crashed && this.world.clock.sleepers === 0) await this.world.clock.yield()
        if (query.exception !== null) throw query.exception
      } else await query.processAllAvailable()
    })
  }

  /** Moves the clock trigger by trigger. */
  async advance(ms: number): Promise<void> {
    const { clock } = this.world
    const target = clock.now() + ms
    for (let wake = clock.nextWakeMs; wake !== undefined && clock.now() + wake <= target && !this.#crashed; wake = clock.nextWakeMs) {
      clock.jumpTo(clock.now() + wake)
      await this.settle()
    }
    clock.jumpTo(target)
    await this.settle()
  }

  crashAt(at: CrashTrigger, mode: CrashMode): void {
    this.#crash = { at, mode, steps: 0 }
  }

  async stop(): Promise<void> {
    const session = this.#session
    if (session !== null && !this.#crashed) await this.#alive(() => session.stop())
    this.#session = null
    this.#query = null
  }

  /** Rows of all batches; one that was delivered again counts once. */
  rows(): R[] {
    return this.#sink.rows()
  }

  /** Rows of the batches that were reported since this was last asked. */
  newRows(): R[] {
    const ids = [...new Set(this.#progress.slice(this.#checked).map(p => p.batchId))]
    this.#checked = this.#progress.length
    return ids.flatMap(id => this.#sink.rowsOfBatch(id))
  }

  /** After the last batch, milliseconds; null before the first time was seen. */
  get watermarkMs(): number | null {
    return this.#prepared?.next.global ?? null
  }

  get state(): readonly StateOperatorProgress[] {
    return this.#progress.at(-1)?.stateOperators ?? []
  }

  get batches(): number {
    return this.#progress.length
  }

  /** What the query failed with since the last start, once: whoever asks has seen it. */
  takeFailure(): unknown {
    const failure = this.#failure
    this.#failure = undefined
    return failure
  }

  /** Whether a crash was asked for and the process has not come to its point. */
  get awaitsCrash(): boolean {
    return this.#crash !== null
  }

  get crashed(): boolean {
    return this.#crashed
  }

  /** Does something of the running process: ends when it does, or when the process dies. */
  async #alive(work: () => Promise<void>): Promise<void> {
    const process = this.#process
    assert(process !== null, 'A process was started.')
    const failed = work().catch((error: unknown) => {
      if (!isMillraceError(error)) throw error
      this.#failure = error
    })
    const died = process.died.then(() => void (this.#crashed = true))
    await Promise.race([failed, died])
  }

  #onStep(step: Step): void {
    const crash = this.#crash
    if (crash === null || typeof crash.at === 'string') return
    const now = typeof crash.at === 'number' ? crash.steps++ === crash.at : crash.at(step)
    if (!now) return
    this.#crash = null
    throw new SimulatedCrash(crash.mode)
  }

  async #onPoint(point: CrashPoint, process: SimulatedProcess): Promise<void> {
    const crash = this.#crash
    if (crash?.at !== point) return
    this.#crash = null
    this.world.crash(crash.mode, process)
    // A dead process never gets beyond this.
    await process.gate()
  }
}

/** Rows are objects without a prototype; what a test writes has one. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== null) return value
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]))
}

/** The same rows in any order. */
export function sameRowSet(got: readonly unknown[], expected: readonly unknown[]): boolean {
  const left = expected.map(plain)
  for (const row of got.map(plain)) {
    const at = left.findIndex(e => isDeepStrictEqual(row, e))
    if (at < 0) return false
    left.splice(at, 1)
  }
  return left.length === 0
}
