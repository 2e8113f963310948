import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../clock.ts'

const longestIntervalMs = 2 ** 31 - 1

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
  keepAlive(): Disposable {
    // Node ends a program whose promises are the only thing left; a timer that does nothing counts as something.
    const timer = setInterval(() => {}, longestIntervalMs)
    return { [Symbol.dispose]: () => clearInterval(timer) }
  },
})
