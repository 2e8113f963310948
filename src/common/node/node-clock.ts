import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../clock.ts'

/** The real clock. */
export const nodeClock: Clock = Object.freeze({
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return
    try {
      await delay(ms, undefined, signal === undefined ? undefined : { signal })
    } catch (error) {
      if ((error as Error).name !== 'AbortError') throw error
    }
  },
  yield: () => new Promise<void>(resolve => setImmediate(resolve)),
})
