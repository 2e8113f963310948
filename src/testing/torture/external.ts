import type { SeededRandom } from '../simulation/seeded-random.ts'
import type { SimulatedProcess } from '../simulation/simulated-process.ts'

/** A line from one process to a system outside of its machine: crashes of the machine do not touch that system. */
export class External {
  readonly #process: SimulatedProcess
  readonly #random: SeededRandom

  constructor(process: SimulatedProcess, random: SeededRandom) {
    this.#process = process
    this.#random = random
  }

  /**
   * Asks for something. A process that dies while it asks may have been heard, now or (where `later` takes such things)
   * when it is dead already.
   */
  call<T>(name: string, effect: () => T, later?: (effect: () => void) => void): Promise<T> {
    return this.#process.step({ kind: 'call', path: name }, effect, () => {
      const fate = this.#random.below(later === undefined ? 2 : 3)
      if (fate === 1) quietly(effect)
      if (fate === 2) later?.(() => quietly(effect))
    })
  }
}

/** What the other side refuses has no effect, and nobody is there to hear of it. */
export function quietly(effect: () => unknown): void {
  try {
    effect()
  } catch {
    // See above.
  }
}
