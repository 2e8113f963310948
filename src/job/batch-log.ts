import type { Clock } from '../common/clock.ts'
import type { Logger } from '../common/log.ts'
import type { StreamingQueryProgress } from '../microbatch/progress.ts'

const intervalMs = 1000

/**
 * Writes what a query does to the log: a line for its batches, at most one a second, so that a query of a thousand batches
 * a second does not drown what matters; each batch alone is on level `debug`. Counts add up over the lines.
 */
export class BatchLog {
  readonly #logger: Logger
  readonly #clock: Clock
  readonly #query: string
  #writtenAt = -Infinity
  #batches = 0
  #rowsIn = 0
  #rowsOut = 0
  #durationMs = 0
  #last: StreamingQueryProgress | null = null
  /** Ends the wait for the time of the next line. */
  #waiting: AbortController | null = null

  constructor(query: string, logger: Logger, clock: Clock) {
    this.#query = query
    this.#logger = logger
    this.#clock = clock
  }

  onProgress(p: StreamingQueryProgress): void {
    const rowsOut = Math.max(0, p.sink.numOutputRows)
    this.#logger.debug({ query: this.#query, batch: p.batchId, rowsIn: p.numInputRows, rowsOut, durationMs: p.batchDuration, phases: p.durationMs }, 'A batch was committed.')
    this.#batches++
    this.#rowsIn += p.numInputRows
    this.#rowsOut += rowsOut
    this.#durationMs += p.batchDuration
    this.#last = p
    const waitMs = this.#writtenAt + intervalMs - this.#clock.monotonic()
    if (waitMs <= 0) this.flush()
    else if (this.#waiting === null) void this.#flushLater(waitMs)
  }

  /** Writes what is not written yet. */
  flush(): void {
    this.#waiting?.abort()
    this.#waiting = null
    if (this.#last === null) return
    const { batchId, eventTime } = this.#last
    const text = this.#batches === 1 ? 'Committed a batch.' : `Committed ${this.#batches} batches.`
    this.#logger.info({ query: this.#query, batch: batchId, batches: this.#batches, rowsIn: this.#rowsIn, rowsOut: this.#rowsOut, durationMs: this.#durationMs, watermark: eventTime.watermark }, text)
    this.#writtenAt = this.#clock.monotonic()
    this.#batches = this.#rowsIn = this.#rowsOut = this.#durationMs = 0
    this.#last = null
  }
  async #flushLater(waitMs: number): Promise<void> {
    const waiting = new AbortController()
    this.#waiting = waiting
    await this.#clock.sleep(waitMs, waiting.signal)
    if (!waiting.signal.aborted) this.flush()
  }
}
