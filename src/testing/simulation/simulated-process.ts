import type { Clock } from '../../common/clock.ts'
import { type CrashMode, SimulatedCrash, type Step, type StepHook } from './simulated-crash.ts'

/**
 * One life of a program: whatever it does to the world goes through gate() or step(). Once it is dead, these never
 * return.
 */
export class SimulatedProcess {
  /** Set by a test to crash, or to let steps fail. */
  onStep: StepHook = () => undefined
  /** Resolves when the process dies. Race it against the program's end. */
  readonly died: Promise<CrashMode>
  #dead = false
  #steps = 0
  #resolveDied: (mode: CrashMode) => void = () => {}
  #paused: Promise<void> | null = null
  #resume: () => void = () => {}
  readonly #crash: (mode: CrashMode) => void

  /** `crash` brings the crash about in the world, which then calls die(). */
  constructor(crash: (mode: CrashMode) => void) {
    this.#crash = crash
    this.died = new Promise(resolve => {
      this.#resolveDied = resolve
    })
  }

  get alive(): boolean {
    return !this.#dead
  }

  /** Steps begun so far. */
  get steps(): number {
    return this.#steps
  }

  die(mode: CrashMode): void {
    this.#dead = true
    this.#resolveDied(mode)
  }

  /** Stops the process between two steps, as SIGSTOP does; what others do meanwhile it finds out later. */
  pause(): void {
    this.#paused ??= new Promise(resolve => {
      this.#resume = resolve
    })
  }

  resume(): void {
    this.#paused = null
    this.#resume()
  }

  /** Passes if the process lives. */
  async gate(): Promise<void> {
    while (this.#paused !== null) await this.#paused
    if (this.#dead) await never()
  }

  /**
   * Does one step. `halfway` is what may have happened of it when the process crashes in the middle.
   */
  async step<T>(step: Omit<Step, 'index'>, effect: () => T, halfway: () => void = () => {}): Promise<T> {
    await this.gate()
    let outcome: ReturnType<StepHook>
    try {
      outcome = this.onStep({ ...step, index: this.#steps++ })
    } catch (error) {
      if (!(error instanceof SimulatedCrash)) throw error
      halfway()
      this.#crash(error.mode)
      return await never()
    }
    const result = effect()
    // Others run between a step and its answer, and may end the process.
    await this.gate()
    if (outcome !== undefined) throw outcome.failAfter
    return result
  }

  /** The clock as this process sees it: a dead one does not wake up. */
  clock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      sleep: async (ms, signal) => {
        await clock.sleep(ms, signal)
        await this.gate()
      },
      yield: async () => {
        await clock.yield()
        await this.gate()
      },
      keepAlive: () => clock.keepAlive(),
    }
  }
}

/** A promise of its own each time: one for all would keep all that ever waited for it. */
function never(): Promise<never> {
  return new Promise(() => {})
}
