import { makeError } from '../common/errors.ts'
import { outsideUserCode, waitingQuery } from '../common/user-code.ts'
import type { NamedNotice, StreamingQueryProgress } from '../microbatch/progress.ts'
import { calledFromQuery } from './called-from-query.ts'
import type { MicroBatchQuery, StreamingQuery } from './streaming-query.ts'

/** Told of the lives of all queries of a session. A listener that throws does not disturb them. */
export interface StreamingQueryListener {
  /** `notices`: what sources had to say when the query was opened, such as that their rows cannot be read again. */
  onQueryStarted?(event: { readonly id: string; readonly runId: string; readonly name: string | null; readonly notices: readonly NamedNotice[] }): void
  onQueryProgress?(progress: StreamingQueryProgress): void
  onQueryTerminated?(event: { readonly id: string; readonly runId: string; readonly exception: Error | null }): void
}

/** The queries of one session. Spark's StreamingQueryManager. */
export class QueryManager {
  readonly #active = new Map<string, MicroBatchQuery>()
  /** Of queries that run or are being opened. */
  readonly #names = new Set<string>()
  readonly #opening = new Set<Promise<void>>()
  #closed = false
  readonly #listeners = new Set<StreamingQueryListener>()
  readonly #waiting = new Set<{ resolve(): void; reject(error: Error): void }>()
  #terminated: { readonly error: Error | null } | null = null

  /** Running queries. */
  get active(): readonly StreamingQuery[] {
    return [...this.#active.values()]
  }

  /** @internal The same, as the admin server sees them. */
  get running(): readonly MicroBatchQuery[] {
    return [...this.#active.values()]
  }

  /** A running query by its id. */
  get(id: string): StreamingQuery | undefined {
    return [...this.#active.values()].find(q => q.id === id)
  }

  addListener(listener: StreamingQueryListener): void {
    this.#listeners.add(listener)
  }

  removeListener(listener: StreamingQueryListener): void {
    this.#listeners.delete(listener)
  }

  /** Resolves when some query has ended since the last resetTerminated(); throws its error if it failed. */
  awaitAnyTermination(): Promise<void> {
    const waiting = this.waitingQuery
    // The end of another one can be waited for.
    return waiting !== undefined && this.#active.size === 1 ? calledFromQuery('awaitAnyTermination()', waiting) : this.#awaitAnyTermination()
  }

  async #awaitAnyTermination(): Promise<void> {
    if (this.#terminated !== null) {
      if (this.#terminated.error !== null) throw this.#terminated.error
      return
    }
    await new Promise<void>((resolve, reject) => this.#waiting.add({ resolve, reject }))
  }

  /** Forgets past terminations. */
  resetTerminated(): void {
    this.#terminated = null
  }

  /**
   * @internal
   * @throws AnalysisError SESSION_NAME_IN_USE, SESSION_CLOSED
   */
  async start(query: MicroBatchQuery): Promise<StreamingQuery> {
    this.requireOpen()
    const { name } = query
    if (name !== null && this.#names.has(name)) {
      throw makeError('SESSION_NAME_IN_USE', `A query named "${name}" is already running in this session. Stop it first, or give this one another name.`, { context: { name } })
    }
    // Reserved before anything is waited for: two that start at once cannot both have the name.
    if (name !== null) this.#names.add(name)
    const opening = this.#open(query)
    this.#opening.add(opening)
    try {
      await opening
    } catch (error) {
      if (name !== null) this.#names.delete(name)
      throw error
    } finally {
      this.#opening.delete(opening)
    }
    return query
  }

  /** @throws AnalysisError SESSION_CLOSED */
  requireOpen(): void {
    if (this.#closed) throw makeError('SESSION_CLOSED', 'The session was stopped. Start a new one.', {})
  }

  /** Stops all running queries; new ones may follow. */
  stopAll(): Promise<void> {
    const stopped = outsideUserCode(() => this.#stopAll())
    const waiting = this.waitingQuery
    return waiting === undefined ? stopped : calledFromQuery('stopAll()', waiting)
  }

  /** @internal The query that waits for the function from which this is called, if it is one of these. */
  get waitingQuery(): string | undefined {
    const id = waitingQuery()
    return id === undefined || this.get(id) === undefined ? undefined : id
  }

  async #stopAll(): Promise<void> {
    await Promise.all([...this.#active.values()].map(q => q.stop()))
  }

  /** @internal Stops all queries for good; those that are being opened end as soon as they are. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#stopAll()
    await Promise.allSettled(this.#opening)
  }

  async #open(query: MicroBatchQuery): Promise<void> {
    await query.open(error => this.#ended(query, error))
    if (this.#closed) {
      await query.stop()
      this.requireOpen()
    }
    this.#active.set(query.runId, query)
    query.progress.subscribe(p => this.#tell(l => l.onQueryProgress?.(p)))
    this.#tell(l => l.onQueryStarted?.({ id: query.id, runId: query.runId, name: query.name, notices: query.notices }))
    // It may have had nothing to do.
    if (!query.isActive) this.#ended(query, query.failure)
  }

  /** Answers whether somebody was told. */
  #ended(query: MicroBatchQuery, error: Error | null): boolean {
    // One that nobody was given has neither started nor ended.
    if (!this.#active.delete(query.runId)) return false
    if (query.name !== null) this.#names.delete(query.name)
    this.#terminated = { error }
    const told = this.#waiting.size > 0 || [...this.#listeners].some(l => l.onQueryTerminated !== undefined)
    for (const waiter of this.#waiting) {
      if (error === null) waiter.resolve()
      else waiter.reject(error)
    }
    this.#waiting.clear()
    this.#tell(l => l.onQueryTerminated?.({ id: query.id, runId: query.runId, exception: error }))
    return told
  }

  #tell(f: (listener: StreamingQueryListener) => void): void {
    for (const listener of this.#listeners) {
      try {
        f(listener)
      } catch {
        // A listener looks on: its mistakes are its own.
      }
    }
  }
}
