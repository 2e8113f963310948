import type { Clock } from '../../common/clock.ts'
import type { StreamingQueryListener } from '../../session/query-manager.ts'
import type { Session } from '../../session/session.ts'
import { type Failure, failureOf } from './error-report.ts'
import { QueryEntry } from './query-entry.ts'

const maxEnded = 20
const maxFailures = 50

/** Told that something of a query has changed. */
export type ChangeListener = (change: { readonly id: string; readonly batchId: number | null }) => void

/** The queries of a session, the last run of each: those that run, and the last that ended; and the last failures. */
export class QueryBook {
  readonly #session: Session
  readonly #clock: Clock
  readonly #entries = new Map<string, QueryEntry>()
  readonly #failures: Failure[] = []
  readonly #listeners = new Set<ChangeListener>()
  readonly #listener: StreamingQueryListener

  constructor(session: Session, clock: Clock) {
    this.#session = session
    this.#clock = clock
    this.#listener = {
      onQueryStarted: ({ id, runId }) => {
        this.#add(runId)
        this.#tell(id, null)
      },
      onQueryProgress: progress => {
        this.#entryOf(progress.id, progress.runId)?.onProgress(progress, clock.now())
        this.#tell(progress.id, progress.batchId)
      },
      onQueryTerminated: ({ id, runId, exception }) => {
        this.#end(id, runId, exception)
        this.#tell(id, null)
      },
    }
    session.streams.addListener(this.#listener)
    for (const { runId } of session.streams.running) this.#add(runId)
  }

  close(): void {
    this.#session.streams.removeListener(this.#listener)
    this.#listeners.clear()
  }

  /** Running ones first, then the ended, newest first. */
  get entries(): readonly QueryEntry[] {
    return [...this.#entries.values()].toSorted((a, b) => (b.endedAtMs ?? Infinity) - (a.endedAtMs ?? Infinity) || a.sinceMs - b.sinceMs)
  }

  /** Newest first. */
  get failures(): readonly Failure[] {
    return this.#failures.toReversed()
  }

  /** By id, or by name. */
  find(idOrName: string): QueryEntry | undefined {
    return this.#entries.get(idOrName) ?? this.entries.find(e => e.name === idOrName)
  }

  /** Calls back until the answer is called. A listener must not wait or throw. */
  onChange(listener: ChangeListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #add(runId: string): void {
    const query = this.#session.streams.running.find(q => q.runId === runId)
    if (query === undefined) return
    // Anew at the end, in the place of an earlier run.
    this.#entries.delete(query.id)
    this.#entries.set(query.id, new QueryEntry(query, this.#clock.now()))
  }

  #end(id: string, runId: string, exception: Error | null): void {
    const entry = this.#entryOf(id, runId)
    if (entry === undefined) return
    const now = this.#clock.now()
    const failure = exception === null ? null : failureOf(exception, entry, new Date(now).toISOString())
    entry.end(now, failure)
    if (failure !== null) this.#failures.push(failure)
    if (this.#failures.length > maxFailures) this.#failures.shift()
    for (const old of this.entries.filter(e => e.endedAtMs !== null).slice(maxEnded)) this.#entries.delete(old.id)
  }

  #entryOf(id: string, runId: string): QueryEntry | undefined {
    const entry = this.#entries.get(id)
    return entry?.runId === runId ? entry : undefined
  }

  #tell(id: string, batchId: number | null): void {
    for (const listener of this.#listeners) listener({ id, batchId })
  }
}
