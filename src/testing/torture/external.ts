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

  /** Asks for something. A process that dies while it asks may have been heard. */
  call<T>(name: string, effect: () => T): Promise<T> {
    return this.#process.step({ kind: 'call', path: name }, effect, () => {
      if (!this.#random.chance(0.5)) return
      try {
        effect()
      } catch {
        // What the other side refused has had no effect.
      }
    })
  }
}
