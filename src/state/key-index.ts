import type { KeyArena } from './key-arena.ts'
import type { KeyBytes } from './key-bytes.ts'

/**
 * Finds the slot of a key: open addressing with linear probing over one Int32Array whose length is a power of two.
 *
 *   entry = 0 (free) | upper bits: the key's hash · lower bits: slot + 1
 *
 * The place of an entry gives the lower bits of the hash, so a probe that meets another key almost never reads its
 * bytes. Removal shifts followers back and leaves no gravestones.
 */
export class KeyIndex {
  #entries: Int32Array
  #mask: number

  constructor(size: number) {
    this.#entries = new Int32Array(size)
    this.#mask = size - 1
  }

  /** Slots that fit at the greatest load, 0.6. */
  get capacity(): number {
    return slotsOf(this.#entries.length)
  }

  get size(): number {
    return this.#entries.length
  }

  get memoryBytes(): number {
    return this.#entries.byteLength
  }

  /** The slot of a key, −1 if there is none. */
  find(hash: number, arena: KeyArena, keys: KeyBytes, start: number, end: number): number {
    const entries = this.#entries
    const mask = this.#mask
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const entry = entries[at]
      if (entry === 0) return -1
      if (((entry ^ hash) & ~mask) === 0) {
        const slot = (entry & mask) - 1
        if (arena.equals(slot, keys, start, end)) return slot
      }
    }
  }

  /**
   * The first entry on the way of each hash, for {@link findFrom}. Reading them in a loop of their own lets the processor
   * wait for many cache misses at once.
   */
  firstEntries(hashes: Int32Array, n: number, out: Int32Array): void {
    const entries = this.#entries
    const mask = this.#mask
    for (let i = 0; i < n; i++) out[i] = entries[hashes[i] & mask]
  }

  /** As find(), when the first entry was read before and none was removed or moved since. */
  findFrom(first: number, hash: number, arena: KeyArena, keys: KeyBytes, start: number, end: number): number {
    const mask = this.#mask
    if (first !== 0 && ((first ^ hash) & ~mask) === 0) {
      const slot = (first & mask) - 1
      if (arena.equals(slot, keys, start, end)) return slot
    }
    return this.find(hash, arena, keys, start, end)
  }

  /** Adds a slot whose key is known to be absent. */
  insert(hash: number, slot: number): void {
    const entries = this.#entries
    const mask = this.#mask
    let at = hash & mask
    while (entries[at] !== 0) at = (at + 1) & mask
    entries[at] = (hash & ~mask) | (slot + 1)
  }

  /** Takes a slot out; `hashes` has the hash of every slot in the index. */
  remove(slot: number, hashes: Int32Array): void {
    const entries = this.#entries
    const mask = this.#mask
    let hole = hashes[slot] & mask
    while ((entries[hole] & mask) !== slot + 1) hole = (hole + 1) & mask
    for (let next = (hole + 1) & mask; entries[next] !== 0; next = (next + 1) & mask) {
      const home = hashes[(entries[next] & mask) - 1] & mask
      // An entry may fill the hole unless its home lies behind the hole, where probes would no longer reach it.
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        entries[hole] = entries[next]
        hole = next
      }
    }
    entries[hole] = 0
  }

  clear(): void {
    this.#entries.fill(0)
  }

  /** Twice the size, all entries forgotten. */
  double(): void {
    this.#entries = new Int32Array(this.#entries.length * 2)
    this.#mask = this.#entries.length - 1
  }
}

function slotsOf(size: number): number {
  return Math.floor(size * 0.6)
}
