import type { Ports } from '../../../common/ports.ts'
import { PassingFailure } from '../connection/failure.ts'

const firstPauseMs = 20
const longestPauseMs = 1000

export interface RetryLimit {
  readonly ports: Ports
  /** How long new tries are begun after the start or the last progress. */
  readonly limitMs: number
  readonly signal: AbortSignal
}

/** What an attempt knows of those before it. */
export interface Tries {
  /** A try before may have had its effect. */
  readonly sentBefore: boolean
  /** Part of the work is done: the limit counts anew. */
  progressed(): void
}

/**
 * Tries until something other than a PassingFailure comes, or the limit is over: then the last of them is thrown, as sent if
 * any was. Pauses double up to a second, and up to a fifth of each is left to chance, so that many clients do not come back
 * at the same moment.
 */
export async function withRetries<T>(limit: RetryLimit, attempt: (tries: Tries) => Promise<T>): Promise<T> {
  const { clock, random } = limit.ports
  let until = clock.monotonic() + limit.limitMs
  let pauseMs = firstPauseMs
  let sentBefore = false
  const progressed = (): void => {
    until = clock.monotonic() + limit.limitMs
    pauseMs = firstPauseMs
  }
  for (;;) {
    try {
      return await attempt({ sentBefore, progressed })
    } catch (error) {
      if (!(error instanceof PassingFailure)) throw error
      sentBefore ||= error.sent
      if (limit.signal.aborted || clock.monotonic() >= until) {
        throw error.sent === sentBefore ? error : new PassingFailure(error.message, { sent: true, answer: error.answer, cause: error })
      }
    }
    await clock.sleep(pauseMs * (0.8 + random.bytes(1)[0] / 1280), limit.signal)
    pauseMs = Math.min(longestPauseMs, pauseMs * 2)
  }
}
