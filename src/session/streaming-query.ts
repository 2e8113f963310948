import { type Observable, Subject } from 'rxjs'
import { MicroBatchExecution } from '../microbatch/micro-batch-execution.ts'
import type { ModelStatus } from '../microbatch/model-swaps.ts'
import type { RouteStatus } from '../microbatch/route-swaps.ts'
import type { NamedNotice, StreamingQueryProgress } from '../microbatch/progress.ts'
import type { QueryDefinition, QueryEnvironment } from '../microbatch/query-definition.ts'
import { explainPlan } from '../plan/explain.ts'
import { explainPhysical } from '../exec/explain.ts'
import { isMillraceError, makeError } from '../common/errors.ts'
import { waitingQuery } from '../common/user-code.ts'
import { inspectQuery, type QueryInspection, scoredRows } from './inspection/query-inspection.ts'
import { calledFromQuery } from './called-from-query.ts'

/** The models of a running query. */
export interface QueryModels {
  /** Each place in the plan that a model stands in. */
  status(): readonly ModelStatus[]
  /** How the rows of each score() with a route are shared out. */
  routes(): readonly RouteStatus[]
  /**
   * Goes back to the version before, from the next batch on; the alias's own version is left out until the alias is moved.
   * Answers the version.
   * @throws AnalysisError ML_VERSION_UNKNOWN when there is none to go back to
   */
  rollback(reference: string): string
}

/** What a query is doing, in words. */
export interface StreamingQueryStatus {
  readonly message: string
  readonly isDataAvailable: boolean
  readonly isTriggerActive: boolean
}

/** A running (or ended) streaming query. Spark's names. */
export interface StreamingQuery extends AsyncDisposable {
  /** Of the checkpoint: survives restarts. */
  readonly id: string
  /** Of this run. */
  readonly runId: string
  readonly name: string | null
  readonly isActive: boolean
  /** Whether it has come through its recovery: what an earlier run left is finished, its state and live tables are whole. */
  readonly isRecovered: boolean
  readonly status: StreamingQueryStatus
  readonly lastProgress: StreamingQueryProgress | null
  /** The last 100. */
  readonly recentProgress: readonly StreamingQueryProgress[]
  /**
   * One value per batch; completes at the end of the query, also of one that failed: its error is on `exception`, at
   * awaitTermination() and at the listeners. As an error here it would end a program whose subscriber has no handler for it.
   */
  readonly progress: Observable<StreamingQueryProgress>
  /**
   * What its sources had to say when the query was opened, such as that their rows cannot be read again; then what they said
   * while no batch ran, the last 100. Those of batches are in progress.
   */
  readonly notices: readonly NamedNotice[]
  /** Why the query failed; null while it runs and after a clean end. */
  readonly exception: Error | null
  /** Resolves at the end of the query (true), or after `timeoutMs` (false). Throws the query's error. */
  awaitTermination(timeoutMs?: number): Promise<boolean>
  /** Resolves when a trigger finds nothing more to do: all that was there is processed and committed. For tests. */
  processAllAvailable(): Promise<void>
  /**
   * Ends the query at the next commit boundary, abandoning a running batch: a restart runs it again. A function that the
   * query itself waits for (in foreachBatch, for instance) calls it without await.
   * @throws AnalysisError SESSION_CALLED_FROM_QUERY when such a function waits for it
   */
  stop(): Promise<void>
  /** The models that score its batches. */
  readonly models: QueryModels
  /** The plan: logical, or with the stages that run it and the rows of the last batch. */
  explain(extended?: boolean): string
}

const recentLimit = 100

/** The one implementation: a query over the micro-batch loop. */
export class MicroBatchQuery implements StreamingQuery {
  readonly name: string | null
  readonly definition: QueryDefinition
  readonly #execution: MicroBatchExecution
  readonly #environment: QueryEnvironment
  readonly #subject = new Subject<StreamingQueryProgress>()
  readonly #recent: StreamingQueryProgress[] = []
  /** Notices of triggers without a batch. */
  readonly #between: NamedNotice[] = []
  #status: StreamingQueryStatus = { message: 'Initializing sources', isDataAvailable: false, isTriggerActive: false }
  #exception: Error | null = null
  #active = false
  #recovered = false
  #done: Promise<void> = Promise.resolve()
  #idleCount = 0
  /** Calls of awaitTermination() that are told of the end. */
  #awaiting = 0
  readonly #startWarnings = new Set<string>()
  #told = false
  /** The report of a failure that nobody was told of, until somebody asks. */
  #unheard: Disposable | undefined
  readonly #idleWaiters = new Set<{ readonly after: number; resolve(): void; reject(error: Error): void }>()

  constructor(definition: QueryDefinition, environment: QueryEnvironment) {
    this.definition = definition
    this.name = definition.name
    this.#environment = environment
    this.#execution = new MicroBatchExecution(definition, environment, {
      progress: p => this.#onProgress(p),
      idle: () => this.#onIdle(),
      recovered: () => {
        this.#recovered = true
      },
      notice: notice => this.#onNotice(notice),
      status: message => {
        const busy = message === 'Processing new data'
        this.#status = { message, isDataAvailable: busy, isTriggerActive: busy || message === 'Getting offsets from sources' }
      },
    })
  }

  get id(): string {
    return this.#execution.queryId
  }
  get runId(): string {
    return this.#execution.runId
  }
  get isActive(): boolean {
    return this.#active
  }
  get isRecovered(): boolean {
    return this.#recovered
  }
  get status(): StreamingQueryStatus {
    return this.#status
  }
  get lastProgress(): StreamingQueryProgress | null {
    return this.#recent.at(-1) ?? null
  }
  get recentProgress(): readonly StreamingQueryProgress[] {
    return [...this.#recent]
  }
  get models(): QueryModels {
    const swaps = this.#execution.models
    return {
      status: () => swaps.status,
      routes: () => this.#execution.routes.status,
      rollback: reference => {
        const version = swaps.rollback(reference)
        if (version === undefined) throw makeError('ML_VERSION_UNKNOWN', `The query has no version of "${reference}" to go back to: it scored with one since it was started.`, { context: { reference } })
        return version
      },
    }
  }
  get progress(): Observable<StreamingQueryProgress> {
    return this.#subject.asObservable()
  }
  get notices(): readonly NamedNotice[] {
    return [...this.#execution.notices, ...this.#between]
  }
  get exception(): Error | null {
    this.#tell()
    return this.#exception
  }
  /** @internal The exception, for those who hand it on: does not count as told. */
  get failure(): Error | null {
    return this.#exception
  }

  /** Opens the query; the loop goes on by itself. `onEnd` is told once, and answers whether it told somebody. */
  async open(onEnd: (error: Error | null) => boolean): Promise<void> {
    // A query that waits for data may have no timer and no socket of its own: what it waits for comes from the program.
    const alive = this.#environment.ports.clock.keepAlive()
    try {
      await this.#execution.open()
    } catch (error) {
      alive[Symbol.dispose]()
      throw error
    }
    for (const { source, message } of this.notices) this.#warn(source, message)
    this.#active = true
    this.#done = this.#execution
      .run()
      .then(
        () => this.#end(null, onEnd),
        (error: unknown) => this.#end(error instanceof Error ? error : new Error(String(error)), onEnd),
      )
      .finally(() => alive[Symbol.dispose]())
  }

  awaitTermination(timeoutMs?: number): Promise<boolean> {
    if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs >= 0)) {
      throw new TypeError(`awaitTermination() takes a number of milliseconds from 0, or nothing, but got ${typeof timeoutMs === 'string' ? JSON.stringify(timeoutMs) : String(timeoutMs)}.`)
    }
    return this.#isWaiting ? calledFromQuery('awaitTermination()', this.id) : this.#awaitTermination(timeoutMs)
  }

  async #awaitTermination(timeoutMs?: number): Promise<boolean> {
    this.#awaiting++
    try {
      if (timeoutMs !== undefined) {
        const cancel = new AbortController()
        const slept = this.#environment.ports.clock.sleep(timeoutMs, cancel.signal).then(() => false)
        const ended = await Promise.race([this.#done.then(() => true), slept])
        cancel.abort()
        if (!ended) return false
      } else await this.#done
    } finally {
      this.#awaiting--
    }
    this.#throwException()
    return true
  }

  processAllAvailable(): Promise<void> {
    return this.#isWaiting ? calledFromQuery('processAllAvailable()', this.id) : this.#processAllAvailable()
  }

  async #processAllAvailable(): Promise<void> {
    this.#throwException()
    if (!this.#active) return
    // A trigger that had begun before this call may have missed the newest data: two idle ones in a row are sure.
    await new Promise<void>((resolve, reject) => {
      this.#idleWaiters.add({ after: this.#idleCount + 1, resolve, reject })
      this.#wake()
    })
  }

  stop(): Promise<void> {
    this.#execution.stop()
    return this.#isWaiting ? calledFromQuery('stop()', this.id) : this.#done
  }

  /** Whether the caller is a function of the program that this query waits for. */
  get #isWaiting(): boolean {
    return this.#active && waitingQuery() === this.id
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  explain(extended = false): string {
    const logical = `== Logical plan ==\n${explainPlan(this.definition.plan)}`
    return extended ? `${logical}\n\n== Physical plan ==\n${explainPhysical(this.#execution.plan.physical, this.#execution.lastTasks)}` : logical
  }

  /** @internal What the admin server shows of it. */
  inspect(): QueryInspection {
    return inspectQuery(this.definition, this.#execution)
  }

  /** @internal Rows of the last batch that each of its models scored, in the order of `progress.models`. */
  scoredRows(): readonly number[] {
    return scoredRows(this.#execution)
  }

  /** @internal What its checkpoint holds. Rejects when the query ends meanwhile. */
  checkpointContents(): ReturnType<MicroBatchExecution['checkpointContents']> {
    return this.#execution.checkpointContents()
  }

  #throwException(): void {
    this.#tell()
    if (this.#exception !== null) throw this.#exception
  }

  /** Somebody asks how the query ended. */
  #tell(): void {
    if (this.#active) return
    this.#told = true
    this.#unheard?.[Symbol.dispose]()
    this.#unheard = undefined
  }

  #wake(): void {
    this.#execution.wake()
  }

  #onProgress(p: StreamingQueryProgress): void {
    this.#recent.push(p)
    if (this.#recent.length > recentLimit) this.#recent.shift()
    for (const { name, notices } of p.sources) for (const { message } of notices) this.#warn(name, message)
    this.#subject.next(p)
  }

  #onNotice(notice: NamedNotice): void {
    this.#between.push(notice)
    if (this.#between.length > recentLimit) this.#between.shift()
    this.#warn(notice.source, notice.message)
  }

  /** A notice of the start comes again with the first progress, and is a warning once. */
  #warn(source: string, message: string): void {
    const text = `Query "${this.name ?? this.id}", source "${source}": ${message}`
    if (this.#startWarnings.delete(text)) return
    if (!this.#active) this.#startWarnings.add(text)
    this.#environment.ports.console.warn?.(text)
  }

  #onIdle(): void {
    this.#idleCount++
    let waiting = false
    for (const waiter of this.#idleWaiters) {
      if (this.#idleCount > waiter.after) {
        this.#idleWaiters.delete(waiter)
        waiter.resolve()
      } else waiting = true
    }
    if (waiting) this.#wake()
  }

  #end(error: Error | null, onEnd: (error: Error | null) => boolean): void {
    this.#active = false
    this.#exception = error
    this.#status = { message: error === null ? 'Stopped' : `Terminated with exception: ${error.message}`, isDataAvailable: false, isTriggerActive: false }
    if (this.#awaiting > 0 || this.#idleWaiters.size > 0) this.#told = true
    for (const waiter of this.#idleWaiters) {
      if (error === null) waiter.resolve()
      else waiter.reject(error)
    }
    this.#idleWaiters.clear()
    if (onEnd(error)) this.#told = true
    // A subscriber that is told of the end may look at the exception.
    this.#subject.complete()
    if (error !== null && !this.#told) this.#unheard = this.#environment.ports.console.unheardFailure?.(unheardText(this.name ?? this.id, error))
  }
}

function unheardText(name: string, error: Error): string {
  const code = isMillraceError(error) ? `${error.code}: ` : ''
  return `${code}${error.message} Nothing in the program was told that query "${name}" failed: wait for awaitTermination(), or add a listener with session.streams.addListener().`
}
