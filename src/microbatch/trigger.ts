import { type Duration, durationMs } from '../common/duration.ts'
import { makeError } from '../common/errors.ts'

/** When batches run. Spark's names. */
export type Trigger =
  | { readonly kind: 'default' }
  | { readonly kind: 'processingTime'; readonly intervalMs: number }
  | { readonly kind: 'availableNow' }
  | { readonly kind: 'once' }

export const Trigger = Object.freeze({
  /** A batch as soon as there is new data. */
  default: (): Trigger => Object.freeze({ kind: 'default' }),
  /**
   * At whole multiples of the interval (a duration, or milliseconds); a late batch is followed at once; nothing new, no
   * batch. 0: as soon as there is new data.
   * @throws AnalysisError PLAN_INVALID_DURATION, PLAN_INVALID_OPTION
   */
  processingTime: (interval: Duration | number): Trigger => Object.freeze({ kind: 'processingTime', intervalMs: intervalOf(interval) }),
  /** All that is there at the start, in batches within the read limits, then the query ends. */
  availableNow: (): Trigger => Object.freeze({ kind: 'availableNow' }),
  /** One batch without read limits, then the query ends. */
  once: (): Trigger => Object.freeze({ kind: 'once' }),
})

function intervalOf(interval: Duration | number): number {
  if (typeof interval !== 'number' && typeof interval !== 'string') throw invalidInterval(interval)
  const ms = durationMs(interval, 'trigger interval')
  if (!(ms >= 0 && ms < Infinity)) throw invalidInterval(interval)
  return ms
}

function invalidInterval(interval: unknown): Error {
  return makeError('PLAN_INVALID_OPTION', `The interval of Trigger.processingTime() is ${typeof interval === 'string' ? `"${interval}"` : String(interval)}, but it must be a length of time from 0, such as "5 seconds", or its milliseconds.`, {
    context: { option: 'interval', value: String(interval) },
  })
}
