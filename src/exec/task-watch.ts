import type { Clock } from '../common/clock.ts'
import type { NativeCalls } from './native-calls.ts'

/** A task past its limit has this long to come to its next record batch, where it stops by itself. */
const graceMs = 1000
/** How often to look whether the native call that an overdue task is in has ended. */
const nativePollMs = 50

/**
 * Watches from the driver that no task holds a worker thread for longer than its limit: a thread that computes without end
 * cannot watch itself. An overdue task inside a native call is waited for.
 */
export class TaskWatch {
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #native: NativeCalls
  readonly #overdue: (request: number) => void
  readonly #watched = new Map<number, AbortController>()

  /** `overdue` hears of a request whose task did not end, when native calls are forbidden on its thread: end it now. */
  constructor(clock: Clock, timeoutMs: number, native: NativeCalls, overdue: (request: number) => void) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
    this.#native = native
    this.#overdue = overdue
  }

  /** A task of the request has begun, and those before it have ended. */
  began(request: number): void {
    this.ended(request)
    const controller = new AbortController()
    this.#watched.set(request, controller)
    void this.#watch(request, controller.signal)
  }

  ended(request: number): void {
    this.#watched.get(request)?.abort()
    this.#watched.delete(request)
  }

  endedAll(): void {
    for (const request of [...this.#watched.keys()]) this.ended(request)
  }

  async #watch(request: number, signal: AbortSignal): Promise<void> {
    await this.#clock.sleep(this.#timeoutMs, signal)
    while (!signal.aborted) {
      // Also after a native call: the task could not hear before that it shall stop.
      await this.#clock.sleep(graceMs, signal)
      if (signal.aborted) return
      if (this.#native.forbid()) this.#overdue(request)
      else while (this.#native.underWay && !signal.aborted) await this.#clock.sleep(nativePollMs, signal)
    }
  }
}
