import type { CategorySets } from './ensemble.ts'
import type { CategorySet } from './raw-tree.ts'

const maxSetWords = 64 * 1024 * 1024

/** Collects the category sets of splits, whose bits lie one after the other. */
export class SetCollector {
  readonly #fail: (what: string) => Error
  readonly #offset: number[] = []
  readonly #size: number[] = []
  readonly #start: number[] = []
  readonly #missingRight: number[] = []
  readonly #outsideRight: number[] = []
  #bits: Int32Array = new Int32Array(64)
  #words = 0

  constructor(fail: (what: string) => Error) {
    this.#fail = fail
  }

  /** Answers the number of the set. */
  add({ offset, size, words, outside }: CategorySet, missingRight: boolean, tree: string): number {
    const needed = (size + 31) >>> 5
    if (!(offset >= 0 && size >= 0 && offset + size <= 0x7fffffff) || words.length < needed) throw this.#fail(`${tree} has a category set that is not whole`)
    const total = this.#words + needed
    if (total > maxSetWords) throw this.#fail('its category sets are too large')
    if (total > this.#bits.length) {
      const grown = new Int32Array(Math.max(total, this.#bits.length * 2))
      grown.set(this.#bits.subarray(0, this.#words))
      this.#bits = grown
    }
    this.#bits.set(words.subarray(0, needed), this.#words)
    this.#offset.push(offset)
    this.#size.push(size)
    this.#start.push(this.#words)
    this.#missingRight.push(missingRight ? 1 : 0)
    this.#outsideRight.push(outside === 'missing' && missingRight ? 1 : 0)
    this.#words = total
    return this.#offset.length - 1
  }

  finish(): CategorySets {
    return {
      offset: Int32Array.from(this.#offset),
      size: Int32Array.from(this.#size),
      start: Int32Array.from(this.#start),
      missingRight: Uint8Array.from(this.#missingRight),
      outsideRight: Uint8Array.from(this.#outsideRight),
      bits: this.#bits.slice(0, this.#words),
    }
  }
}

/** How far right a category goes: 1 when the set has it. A fraction is cut off. */
export function categoryStep(sets: CategorySets, set: number, x: number): number {
  if (x !== x) return sets.missingRight[set]
  const bit = Math.trunc(x) - sets.offset[set]
  // Categories are not negative: −0.5, which would be cut to 0, is none.
  if (x < 0 || bit < 0 || bit >= sets.size[set]) return sets.outsideRight[set]
  return (sets.bits[sets.start[set] + (bit >> 5)] >>> (bit & 31)) & 1
}
