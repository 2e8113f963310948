import type { Clock } from '../common/clock.ts'
import { isMillraceError, messageOf } from '../common/errors.ts'
import type { Logger } from '../common/log.ts'
import type { Random } from '../common/random.ts'
import { isSystemError } from '../common/system-errors.ts'
import type { StreamWriter } from '../session/stream-writer.ts'
import type { StreamingQuery } from '../session/streaming-query.ts'
import { type BackOffLimits, backOffMs } from './back-off.ts'
import { BatchLog } from './batch-log.ts'
import { type Failure, failureOf } from './failure.ts'
import { FailureCount } from './failure-count.ts'

export interface SupervisorOptions {
  readonly name: string
  readonly writer: StreamWriter
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly backOff: BackOffLimits
  readonly sameFailures: number
  /** As many lost workers in the same batch and it is taken to be poison. */
  readonly lostWorkers: number
}

/** Where a query stands. `down`: it failed and is not tried again. */
export type Standing =
  | { readonly kind: 'starting' }
  | { readonly kind: 'running' }
  | { readonly kind: 'waiting'; readonly reason: string }
  | { readonly kind: 'ended' }
  | { readonly kind: 'down'; readonly reason: string; readonly failure: Failure }

/** Keeps one query running: starts it, and starts it again after a failure that may pass, until it ends, is stopped or stays down. */
export class QuerySupervisor {
  readonly name: string
  readonly #options: SupervisorOptions
  readonly #count: FailureCount
  readonly #batches: BatchLog
  #standing: Standing = { kind: 'starting' }
  #query: StreamingQuery | null = null
  /** Of the current life, which run() begins. */
  #stopping = new AbortController()
  /** The stop is one of a restart. */
  #again = false

  constructor(options: SupervisorOptions) {
    this.name = options.name
    this.#options = options
    this.#count = new FailureCount(options.sameFailures, options.lostWorkers)
    this.#batches = new BatchLog(options.name, options.logger, options.clock)
  }

  get standing(): Standing {
    return this.#standing
  }

  /** Of the checkpoint; undefined while it is not open. */
  get id(): string | undefined {
    return this.#query?.id
  }

  /** Runs until the query is over. Never rejects. */
  async run(): Promise<void> {
    const { logger } = this.#options
    this.#stopping = new AbortController()
    for (;;) {
      this.#standing = { kind: 'starting' }
      try {
        await this.#runOnce()
        if (this.#again) {
          this.#again = false
          this.#stopping = new AbortController()
          continue
        }
        this.#standing = { kind: 'ended' }
        logger.info({ query: this.name }, this.#stopping.signal.aborted ? 'The query was stopped.' : 'The query has ended.')
        return
      } catch (error) {
        if (!(await this.#goesOn(error))) return
      } finally {
        this.#batches.flush()
      }
    }
  }

  /** Ends the query at its next commit, or the wait for its next try. */
  stop(): void {
    this.#stopping.abort()
    // How it ended, run() is told.
    this.#query?.stop().catch(() => undefined)
  }

  /** Stops the query and starts it again; one that waits for its next try is tried at once. */
  restart(): void {
    this.#again = true
    this.#count.progressed()
    this.stop()
  }

  async #runOnce(): Promise<void> {
    const { writer, logger } = this.#options
    const query = await writer.start()
    this.#query = query
    const heard = query.progress.subscribe(p => {
      this.#count.progressed()
      this.#batches.onProgress(p)
    })
    try {
      this.#standing = { kind: 'running' }
      logger.info({ query: this.name, id: query.id, runId: query.runId }, 'The query was started.')
      // It may have been asked to stop while it was being opened.
      if (this.#stopping.signal.aborted) await query.stop()
      await query.awaitTermination()
    } finally {
      heard.unsubscribe()
      this.#query = null
    }
  }

  /** Whether there is another try; waits for its time. */
  async #goesOn(error: unknown): Promise<boolean> {
    const { logger, clock, random, backOff } = this.#options
    const failure = failureOf(error)
    const fields = { query: this.name, batch: failure.batchId, code: failure.code, retryable: failure.retryable }
    const verdict = this.#count.failed(failure)
    if (verdict.kind === 'down') {
      this.#standing = { kind: 'down', reason: `${messageOf(error)} ${verdict.reason}`, failure }
      logger.error({ ...fields, sources: failure.sources, stack: stackOf(error) }, `${messageOf(error)} ${verdict.reason} The query stays down.`)
      return false
    }
    if (this.#stopping.signal.aborted && !this.#again) {
      logger.warn(fields, `${messageOf(error)} The query was being stopped; the next start runs the batch again.`)
      this.#standing = { kind: 'ended' }
      return false
    }
    const delayMs = backOffMs(verdict.inARow, backOff, random)
    this.#standing = { kind: 'waiting', reason: messageOf(error) }
    logger.warn({ ...fields, attempt: verdict.inARow, delayMs }, `${messageOf(error)} The query is started again in ${delayMs < 1000 ? `${delayMs} milliseconds` : `${(delayMs / 1000).toFixed(1)} seconds`}.`)
    await clock.sleep(delayMs, this.#stopping.signal)
    if (this.#again) {
      this.#again = false
      this.#stopping = new AbortController()
    } else if (this.#stopping.signal.aborted) {
      this.#standing = { kind: 'ended' }
      return false
    }
    return true
  }
}

/** Of the innermost error, if it comes from code of the job; ours and the system's say all in their message. */
function stackOf(error: unknown): string | undefined {
  let innermost = error
  while (innermost instanceof Error && innermost.cause instanceof Error) innermost = innermost.cause
  return innermost instanceof Error && !isMillraceError(innermost) && !isSystemError(innermost) ? innermost.stack : undefined
}
