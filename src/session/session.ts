import { totalmem } from 'node:os'
import { type Duration, durationMs, parseInterval } from '../common/duration.ts'
import { option, optional, optionTable, resolveOptions } from '../common/options.ts'
import { makeError } from '../common/errors.ts'
import { nodePorts } from '../common/node/node-ports.ts'
import { type ProtocolRules, protocolRules } from '../common/protocol-rules.ts'
import type { Ports } from '../common/ports.ts'
import { outsideUserCode } from '../common/user-code.ts'
import { zoneOf } from '../columnar/text/zone.ts'
import { LevelStoreProvider } from '../checkpoint/level-store.ts'
import type { StoreProvider } from '../checkpoint/key-value-store.ts'
import { ExecutorPool } from '../exec/executor-pool.ts'
import type { Schema } from '../columnar/schema.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { checkName } from '../plan/name-plan.ts'
import { keepsDeadLetters } from '../plan/side-outputs.ts'
import { inferFileSchema } from '../sources/file/infer-schema.ts'
import { calledFromQuery } from './called-from-query.ts'
import type { Connector, SourceConnector } from './connector.ts'
import { DataFrame } from './data-frame.ts'
import { type InferredSchema, inferredSchema } from './inferred-schema.ts'
import { type LiveState, LiveTables } from './live-state.ts'
import { QueryManager } from './query-manager.ts'
import { makeSessionCore, type SessionCore } from './session-core.ts'
import { signalOption, stopOnAbort } from './stop-on-abort.ts'

export interface SessionOptions {
  /** Worker threads that run tasks; 0: the thread of the program itself. @default 0 */
  readonly executors?: number
  /** IANA zone in which timestamps are shown, truncated and parsed. @default 'UTC' */
  readonly timeZone?: string
  /** State partitions of a new checkpoint; a checkpoint keeps its number. @default 8 */
  readonly statePartitions?: number
  /** Memory that the state of all queries, with partial results on their way to it, may take, in bytes. @default half of the container's (or machine's) memory */
  readonly memoryBudgetBytes?: number
  /**
   * How long one task (a slice of the input, or a partition of the state, in one batch) may take; past it the query
   * fails with EXEC_TASK_TIMEOUT. Turns of other queries on the same executor count. @default no limit
   */
  readonly taskTimeout?: Duration
  /** Aborting it stops the session with its queries, as stop() does. */
  readonly signal?: AbortSignal
}

const table = optionTable({
  executors: option.integer(0, 'Worker threads that run tasks; 0: the thread of the program itself.', { min: 0, max: 256 }),
  timeZone: option.text('UTC', 'IANA zone in which timestamps are shown, truncated and parsed.'),
  statePartitions: option.integer(8, 'State partitions of a new checkpoint.', { min: 1, max: 1024 }),
  memoryBudgetBytes: optional(option.integer(1, 'Memory that the state of all queries, with partial results on their way to it, may take, in bytes.', { min: 1 })),
  taskTimeout: optional(option.value<Duration>('1 hour', 'How long one task may take.', 'a length of time such as "10 minutes", above zero and up to 20 days', isTaskTimeout)),
  signal: signalOption,
})

/** No timer waits for longer than 24 days. */
function isTaskTimeout(value: unknown): boolean {
  const interval = typeof value === 'string' ? parseInterval(value) : undefined
  return interval?.months === 0 && interval.micros > 0 && interval.micros <= 20 * 86400e6
}

/** Ports and sizes other than the real ones, for tests. */
export interface SessionWorld {
  readonly ports?: Ports
  readonly store?: StoreProvider
  readonly rules?: ProtocolRules
  /** What is aimed at for a page of a snapshot: small ones, so that batches fall between them. */
  readonly snapshotPageBytes?: number
}

/** The entry: owns the executors and the running queries. `await using session = await Session.start()`. */
export class Session implements AsyncDisposable {
  readonly kind = 'Session'
  /** Running queries, listeners, awaitAnyTermination. */
  readonly streams: QueryManager
  readonly #core: SessionCore
  readonly #pool: ExecutorPool
  #stopped: Promise<void> | null = null
  #forgetSignal: () => void = () => {}

  private constructor(core: SessionCore, pool: ExecutorPool, streams: QueryManager) {
    // Plain JavaScript can call it.
    if (core === undefined) throw new TypeError('A session is started with await Session.start().')
    this.#core = core
    this.#pool = pool
    this.streams = streams
  }

  static async start(options: SessionOptions = {}, world: SessionWorld = {}): Promise<Session> {
    if (typeof options !== 'object' || options === null) throw new TypeError(`Session.start() takes its options as an object, such as { executors: 2 }, but got ${JSON.stringify(options) ?? String(options)}.`)
    const resolved = resolveOptions(table, options as { readonly [name: string]: unknown }, 'Session.start()')
    checkTimeZone(resolved.timeZone)
    const ports = world.ports ?? nodePorts
    const live = new Map<string, unknown>()
    const memoryBudgetBytes = resolved.memoryBudgetBytes ?? defaultBudget()
    const pool = new ExecutorPool(resolved.executors, ports, {
      taskTimeoutMs: resolved.taskTimeout === undefined ? null : durationMs(resolved.taskTimeout, 'taskTimeout'),
      memoryBudgetBytes,
    })
    const queries = new QueryManager()
    const environment = { ports, store: world.store ?? new LevelStoreProvider(ports), pool, live, memoryBudgetBytes, rules: world.rules ?? protocolRules, snapshotPageBytes: world.snapshotPageBytes }
    const core = makeSessionCore({ timeZone: resolved.timeZone, statePartitions: resolved.statePartitions, environment, queries, liveTables: new LiveTables(), live })
    const session = new Session(core, pool, queries)
    session.#forgetSignal = stopOnAbort(resolved.signal, () => session.stop())
    return session
  }

  /** A streaming frame over a source: new rows as they come. */
  readStream<R>(source: SourceConnector<R>): DataFrame<R> {
    return this.#read(source, true)
  }

  /** A bounded frame over what the source has now. */
  readBatch<R>(source: SourceConnector<R>): DataFrame<R> {
    return this.#read(source, false)
  }

  /**
   * Reads a sample of a source and answers the schema that it suggests: `code` is what to put into the program, `schema`
   * can be used at once.
   * @throws QueryError SOURCE_PATH_MISSING; AnalysisError FORMAT_SCHEMA_UNKNOWN, FORMAT_UNKNOWN
   */
  async inferSchema(source: Connector): Promise<InferredSchema> {
    if (source.provider !== 'files') throw new TypeError(`inferSchema() reads files; ${source.provider} has a schema already.`)
    return inferredSchema(await inferFileSchema(this.#core.environment.ports.files, source.options))
  }

  /**
   * Reads a live table: the newest rows of a query whose sink is live({ name }).
   * @throws AnalysisError LIVE_UNKNOWN
   */
  state(name: string): LiveState {
    return this.#core.liveTables.state(name)
  }

  /** @internal What the admin server reads. */
  get core(): SessionCore {
    return this.#core
  }

  /** @internal A frame over a plan that was written elsewhere (recorded test vectors); checked like any other. */
  frame<R>(plan: LogicalPlan): DataFrame<R> {
    return new DataFrame<R>(this.#core, plan, new Map())
  }

  /**
   * Stops all queries and the executors. A function that one of the queries waits for calls it without await.
   * @throws AnalysisError SESSION_CALLED_FROM_QUERY when such a function waits for it
   */
  stop(): Promise<void> {
    this.#stopped ??= outsideUserCode(() => this.#stop())
    const waiting = this.streams.waitingQuery
    if (waiting === undefined) return this.#stopped
    // Who waits for the end from outside is told of a failure.
    this.#stopped.catch(() => undefined)
    return calledFromQuery('Session.stop()', waiting)
  }

  async #stop(): Promise<void> {
    this.#forgetSignal()
    await this.streams.close()
    await this.#pool.stop()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #read<R>(source: SourceConnector<R>, streaming: boolean): DataFrame<R> {
    this.streams.requireOpen()
    if ((source as { readonly kind?: unknown } | undefined)?.kind !== 'connector') throw new TypeError(`${streaming ? 'readStream' : 'readBatch'}() takes a source such as files({ … }) or memory(source).`)
    source.checkSource?.()
    if (source.schema === undefined) {
      throw makeError('PLAN_INVALID_OPTION', `The source "${source.provider}" needs a schema: declare one with schema({ … }), or let inferSchema() read a sample and print one.`, { context: { option: 'schema' } })
    }
    if (!Array.isArray((source.schema as Partial<Schema> | null)?.fields)) throw new TypeError(`The schema of source "${source.provider}" must be made with schema({ … }), such as schema({ id: t.string() }).`)
    if (!streaming && keepsDeadLetters({ source })) throw boundedDeadLetters()
    if (source.name !== undefined) checkName(source.name, 'source name')
    this.#core.register(source.live)
    const plan: LogicalPlan = Object.freeze({
      kind: 'scan',
      name: source.name ?? '',
      source: Object.freeze({ provider: source.provider, options: source.options }),
      declared: source.schema,
      schema: source.schema,
      streaming,
    })
    return new DataFrame<R>(this.#core, plan, new Map())
  }
}

/** Half of what the container allows, or of the machine's memory where there is no limit. */
function defaultBudget(): number {
  const machine = totalmem()
  const limit = process.constrainedMemory()
  return Math.floor((limit > 0 && limit < machine ? limit : machine) / 2)
}

function boundedDeadLetters(): Error {
  return makeError('PLAN_INVALID_OPTION', 'readBatch() cannot take onBadRecord "deadLetter": a bounded query has no sink for dead letters, so that bad records would be lost. Set it to "fail" or "skip", or read the source with readStream() and give writeStream() deadLetters.', {
    context: { option: 'onBadRecord' },
  })
}

function checkTimeZone(zone: string): void {
  if (zoneOf(zone) !== undefined) return
  throw makeError('PLAN_INVALID_OPTION', `There is no time zone "${zone}". Use an IANA name such as "UTC" or "Europe/Berlin", or an offset such as "+02:00".`, { context: { option: 'timeZone', value: zone } })
}
