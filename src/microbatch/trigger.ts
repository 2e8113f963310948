import { type Duration, durationMs } from '../common/duration.ts'

/** When batches run. Spark's names. */
export type Trigger =
  | { readonly kind: 'default' }
  | { readonly kind: 'processingTime'; readonly intervalMs: number }
  | { readonly kind: 'availableNow' }
  | { readonly kind: 'once' }

export const Trigger = Object.freeze({
  /** A batch as soon as there is new data. */
  default: (): Trigger => Object.freeze({ kind: 'default' }),
  /** At whole multiples of the interval; a late batch is followed at once; nothing new, no batch. */
  processingTime: (interval: Duration | number): Trigger => Object.freeze({ kind: 'processingTime', intervalMs: durationMs(interval, 'trigger interval') }),
  /** All that is there at the start, in batches within the read limits, then the query ends. */
  availableNow: (): Trigger => Object.freeze({ kind: 'availableNow' }),
  /** One batch without read limits, then the query ends. */
  once: (): Trigger => Object.freeze({ kind: 'once' }),
})
