import type { Ports } from '../../../common/ports.ts'
import { PassingFailure } from '../connection/failure.ts'

const firstPauseMs = 20
const longestPauseMs = 1000

export interface RetryLimit {
  readonly ports: Ports
  /** How long tries are begun. */
  readonly limitMs: number
  readonly signal: AbortSignal
}

export interface Outcome {
  /** A try before the last may have had its effect. */
  readonly sentBefore: boolean
}

/**
 * Tries until something other than a PassingFailure comes, or the limit is over: then the last of them is thrown. `attempt`
 * gets what is known of the tries before. Pauses double up to a second, and a fifth of each is left to chance, so that many
 * clients do not come back at the same moment.
 */
export async function withRetries<T>(limit: RetryLimit, attempt: (before: Outcome) => Promise<T>): Promise<T> {
  const { clock, random } = limit.ports
  const until = clock.monotonic() + limit.limitMs
  let sentBefore = false
  for (let pause = firstPauseMs; ; pause = Math.min(longestPauseMs, pause * 2)) {
    try {
      return await attempt({ sentBefore })
    } catch (error) {
      if (!(error instanceof PassingFailure)) throw error
      sentBefore ||= error.sent
      if (limit.signal.aborted || clock.monotonic() >= until) throw sentBefore && !error.sent ? new PassingFailure(error.message, { sent: true, answer: error.answer, cause: error.cause }) : error
    }
    await clock.sleep(pause * (0.8 + random.bytes(1)[0]! / 1280), limit.signal)
  }
}
