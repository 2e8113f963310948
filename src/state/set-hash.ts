import type { EntryHashes } from './entry-hash.ts'

const two32 = 4294967296

/**
 * The sum modulo 2^64 of the hashes of the entries of a set: entries come and go one by one, order does not matter, and
 * a set that lost, gained or changed an entry has (but for a chance of 2^−64) another sum.
 */
export class SetHash {
  #low = 0
  #high = 0

  /** Adds the first `n` finished hashes. */
  add(hashes: EntryHashes, n: number): void {
    for (let i = 0; i < n; i++) this.#sum(hashes.a[i] >>> 0, hashes.b[i] >>> 0)
  }

  subtract(hashes: EntryHashes, n: number): void {
    for (let i = 0; i < n; i++) this.#difference(hashes.a[i] >>> 0, hashes.b[i] >>> 0)
  }

  addSet(other: SetHash): void {
    this.#sum(other.#low, other.#high)
  }

  subtractSet(other: SetHash): void {
    this.#difference(other.#low, other.#high)
  }

  set(other: SetHash): void {
    this.#low = other.#low
    this.#high = other.#high
  }

  clear(): void {
    this.#low = 0
    this.#high = 0
  }

  equals(other: SetHash): boolean {
    return this.#low === other.#low && this.#high === other.#high
  }

  get low(): number {
    return this.#low
  }

  get high(): number {
    return this.#high
  }

  static of(low: number, high: number): SetHash {
    const hash = new SetHash()
    hash.#low = low
    hash.#high = high
    return hash
  }

  /** 16 hexadecimal digits, the upper half first. */
  toString(): string {
    return hex(this.#high) + hex(this.#low)
  }

  #sum(low: number, high: number): void {
    let sum = this.#low + low
    let carry = 0
    if (sum >= two32) {
      sum -= two32
      carry = 1
    }
    this.#low = sum
    this.#high = (this.#high + high + carry) % two32
  }

  #difference(low: number, high: number): void {
    let rest = this.#low - low
    let borrow = 0
    if (rest < 0) {
      rest += two32
      borrow = 1
    }
    this.#low = rest
    this.#high = (this.#high - high - borrow + 2 * two32) % two32
  }
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0')
}
