import type { Clock } from '../../common/clock.ts'

interface Sleeper {
  readonly due: number
  readonly wake: () => void
}

/**
 * A clock that moves only when it is told to, for tests: no test waits for real time, and every run is the same.
 *
 * ```ts
 * const clock = new ManualClock()
 * const nap = clock.sleep(1000)
 * await clock.advance(1000)
 * await nap
 * ```
 */
export class ManualClock implements Clock {
  #now: number
  #monotonic = 0
  /** Ascending by due time; equal ones in order of arrival. */
  readonly #sleepers: Sleeper[] = []

  /** `startMs`: the first wall-clock time, milliseconds since the epoch. */
  constructor(startMs = 0) {
    this.#now = startMs
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#monotonic
  }

  /** How many wait in sleep(). */
  get sleepers(): number {
    return this.#sleepers.length
  }

  /** Milliseconds until the first sleeper wakes, undefined when nobody sleeps. */
  get nextWakeMs(): number | undefined {
    return this.#sleepers.length === 0 ? undefined : this.#sleepers[0].due - this.#monotonic
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0 || signal?.aborted === true) return this.yield()
    return new Promise<void>(resolve => {
      const wake = (): void => {
        signal?.removeEventListener('abort', abort)
        resolve()
      }
      const sleeper: Sleeper = { due: this.#monotonic + ms, wake }
      const abort = (): void => {
        this.#sleepers.splice(this.#sleepers.indexOf(sleeper), 1)
        wake()
      }
      signal?.addEventListener('abort', abort)
      const after = this.#sleepers.findIndex(s => s.due > sleeper.due)
      this.#sleepers.splice(after < 0 ? this.#sleepers.length : after, 0, sleeper)
    })
  }

  /** Lets everything that is ready run, without time passing. */
  yield(): Promise<void> {
    return new Promise<void>(resolve => setImmediate(resolve))
  }

  /** Nothing: whoever moves the clock keeps the process alive. */
  keepAlive(): Disposable {
    return { [Symbol.dispose]: () => {} }
  }

  /**
   * Moves both clocks by `ms`. Sleepers wake one by one at their time, and what they do (sleep again, for instance)
   * happens before the clock goes on.
   */
  async advance(ms: number): Promise<void> {
    const target = this.#monotonic + ms
    await this.yield()
    for (let next = this.#sleepers.at(0); next !== undefined && next.due <= target; next = this.#sleepers.at(0)) {
      this.#sleepers.shift()
      this.#move(Math.max(next.due, this.#monotonic))
      next.wake()
      await this.yield()
    }
    this.#move(target)
  }

  /** Moves both clocks to a wall-clock time at once; whoever was to wake until then wakes now, and finds the new time. */
  jumpTo(ms: number): void {
    this.#move(this.#monotonic + ms - this.#now)
    for (let next = this.#sleepers.at(0); next !== undefined && next.due <= this.#monotonic; next = this.#sleepers.at(0)) {
      this.#sleepers.shift()
      next.wake()
    }
  }

  /** Sets the wall clock, forwards or back, as an administrator or a time server does. Sleepers and monotonic() do not notice. */
  setWallClock(ms: number): void {
    this.#now = ms
  }

  #move(monotonic: number): void {
    this.#now += monotonic - this.#monotonic
    this.#monotonic = monotonic
  }
}
