import type { Clock } from '../common/clock.ts'
import type { ReadLimit } from '../sources/source.ts'
import type { Trigger } from './trigger.ts'

/** What a trigger sets off and waits for. */
export interface TriggerLoop {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly noDataBatches: boolean
  /** Runs a batch if there is a reason for one; answers whether it did. */
  fire(limit: ReadLimit, noDataBatches: boolean): Promise<boolean>
  /** From now on nothing newer than what is there counts. */
  pinAvailable(): Promise<void>
  /** A trigger found nothing to do. */
  idle(): void
  status(message: string): void
  /** Resolves when there may be something new, or the signal aborts. */
  waitForData(): Promise<void>
}

/** Fires until the trigger has no more to do or the signal aborts (semantics.md §1.5). */
export async function runTriggers(trigger: Trigger, loop: TriggerLoop): Promise<void> {
  const { clock, signal } = loop
  if (trigger.kind === 'once') {
    await loop.fire('all', false)
    return
  }
  if (trigger.kind === 'availableNow') await loop.pinAvailable()
  while (!signal.aborted) {
    const now = clock.now()
    const ran = await loop.fire('limited', loop.noDataBatches)
    if (!ran) loop.idle()
    if (signal.aborted) return
    if (trigger.kind === 'availableNow') {
      if (!ran) return
    } else if (trigger.kind === 'processingTime' && trigger.intervalMs > 0) {
      loop.status('Waiting for next trigger')
      const next = Math.floor(now / trigger.intervalMs) * trigger.intervalMs + trigger.intervalMs
      const wait = next - clock.now()
      if (wait > 0) await clock.sleep(wait, signal)
    } else if (!ran) {
      loop.status('Waiting for data to arrive')
      await loop.waitForData()
    }
  }
}
