import type { StoreChange } from '../../checkpoint/key-value-store.ts'
import type { SimulatedProcess } from './simulated-process.ts'

/**
 * What a key-value store holds on a simulated disk. Writes are atomic and in order: a power loss takes away the last few
 * of those that were not synced.
 */
export class StoreContent {
  readonly entries = new Map<string, Uint8Array>()
  /** The process that has it open. */
  holder: SimulatedProcess | null = null
  /** For each unsynced write, oldest first, what undoes it. */
  readonly #undo: (readonly (readonly [key: string, before: Uint8Array | undefined])[])[] = []

  apply(changes: readonly StoreChange[], sync: boolean): void {
    const undo: (readonly [string, Uint8Array | undefined])[] = []
    for (const change of changes) {
      undo.push([change.key, this.entries.get(change.key)])
      if (change.kind === 'put') this.entries.set(change.key, change.value.slice())
      else this.entries.delete(change.key)
    }
    this.#undo.push(undo)
    if (sync) this.#undo.length = 0
  }

  /** `keep` answers how many of n unsynced writes are left. */
  losePower(keep: (n: number) => number): void {
    const left = keep(this.#undo.length)
    for (const undo of this.#undo.slice(left).reverse()) {
      for (const [key, before] of undo.toReversed()) {
        if (before === undefined) this.entries.delete(key)
        else this.entries.set(key, before)
      }
    }
    this.#undo.length = 0
  }
}
