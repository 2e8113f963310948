import type { Failure } from './failure.ts'

/** What to do after a failure: try again, or stay down for a reason that is said in words. */
export type Verdict = { readonly kind: 'retry'; readonly inARow: number } | { readonly kind: 'down'; readonly reason: string }

/**
 * Counts the failures of one query. It stays down when a failure is not retryable, when the same class of failure has come
 * `sameLimit` times at the same place, and when a batch has lost its worker `lostLimit` times. A committed batch begins the count anew.
 */
export class FailureCount {
  readonly #sameLimit: number
  readonly #lostLimit: number
  #inARow = 0
  readonly #same = new Map<string, number>()

  constructor(sameLimit: number, lostLimit: number) {
    this.#sameLimit = sameLimit
    this.#lostLimit = lostLimit
  }

  /** A batch was committed: whatever failed before is behind. */
  progressed(): void {
    this.#inARow = 0
    this.#same.clear()
  }

  failed(failure: Failure): Verdict {
    const times = (this.#same.get(failure.key) ?? 0) + 1
    this.#same.set(failure.key, times)
    this.#inARow++
    const batch = failure.batchId === undefined ? 'the start' : `batch ${failure.batchId}`
    if (failure.fenced) return { kind: 'down', reason: 'Another process runs it now, and only one may.' }
    if (!failure.retryable) return { kind: 'down', reason: `Starting it again would fail in the same way in ${batch}.` }
    if (failure.killedWorker && times >= this.#lostLimit) return { kind: 'down', reason: `Running ${batch} has killed its worker ${times} times: a record of it may be poison.` }
    if (times >= this.#sameLimit) return { kind: 'down', reason: `It has failed ${times} times in the same way in ${batch}.` }
    return { kind: 'retry', inARow: this.#inARow }
  }
}
