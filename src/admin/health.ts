import type { Clock } from '../common/clock.ts'
import type { Session } from '../session/session.ts'
import type { StreamingQueryListener } from '../session/query-manager.ts'

/** Why a query does not count as ready, one sentence each. */
export interface Readiness {
  readonly ready: boolean
  readonly reasons: readonly string[]
}

/**
 * Whether the queries of a session do their work. Ready means that there are queries, that each has come through its
 * recovery, that none failed, and that none has been at one batch for longer than `stallTimeoutMs`.
 */
export class Health {
  readonly #session: Session
  readonly #clock: Clock
  readonly #stallTimeoutMs: number
  readonly #listener: StreamingQueryListener
  readonly #failed = new Map<string, string>()
  /** Since when a query has been at the batch that it is at, by run. */
  readonly #since = new Map<string, { readonly batchId: number; readonly at: number }>()

  constructor(session: Session, clock: Clock, stallTimeoutMs: number) {
    this.#session = session
    this.#clock = clock
    this.#stallTimeoutMs = stallTimeoutMs
    this.#listener = {
      onQueryStarted: ({ id }) => this.#failed.delete(id),
      onQueryTerminated: ({ id, runId, exception }) => {
        this.#since.delete(runId)
        if (exception !== null) this.#failed.set(id, exception.message)
      },
    }
    session.streams.addListener(this.#listener)
  }

  close(): void {
    this.#session.streams.removeListener(this.#listener)
  }

  check(): Readiness {
    const reasons: string[] = []
    const { active } = this.#session.streams
    if (active.length === 0 && this.#failed.size === 0) reasons.push('No query is running.')
    for (const [id, message] of this.#failed) reasons.push(`Query ${id} failed: ${message}`)
    for (const { runId } of active) {
      const reason = this.reasonOf(runId)
      if (reason !== undefined) reasons.push(reason)
    }
    return { ready: reasons.length === 0, reasons }
  }

  /** Why a run of a query does not count as ready; undefined when it does, or does not run. */
  reasonOf(runId: string): string | undefined {
    const query = this.#session.streams.active.find(q => q.runId === runId)
    if (query === undefined) return undefined
    const name = query.name ?? query.id
    if (!query.isRecovered) return `Query "${name}" is recovering.`
    const batchId = query.lastProgress?.batchId ?? -1
    const known = this.#since.get(runId)
    if (!query.status.isDataAvailable || known?.batchId !== batchId) {
      this.#since.set(runId, { batchId, at: this.#clock.monotonic() })
      return undefined
    }
    const ms = this.#clock.monotonic() - known.at
    return ms > this.#stallTimeoutMs ? `Query "${name}" has been at batch ${batchId + 1} for ${Math.round(ms / 1000)} seconds.` : undefined
  }
}
