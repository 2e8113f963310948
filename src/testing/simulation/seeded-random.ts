import type { Random } from '../../common/random.ts'

/** Randomness that a seed decides (xorshift with 128 bits of state), for tests: the same seed, the same run. */
export class SeededRandom implements Random {
  readonly #state = new Int32Array(4)

  constructor(seed: number) {
    // Spread the seed over the state; neighbouring seeds must not begin alike, and all zeros would stay zero.
    let x = seed | 0
    for (let i = 0; i < 4; i++) {
      x = (x + 0x9e3779b9) | 0
      let z = Math.imul(x ^ (x >>> 16), 0x21f0aaad)
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
      this.#state[i] = z ^ (z >>> 15)
    }
    this.#state[3] |= 1
  }

  /** 32 random bits as a number of 0 to 2^32 − 1. */
  next(): number {
    const s = this.#state
    let t = s[3]
    s[3] = s[2]
    s[2] = s[1]
    s[1] = s[0]
    t ^= t << 11
    t ^= t >>> 8
    s[0] = t ^ s[1] ^ (s[1] >>> 19)
    return s[0] >>> 0
  }

  /** A whole number of 0 ≤ n < limit. */
  below(limit: number): number {
    return Math.floor((this.next() / 4294967296) * limit)
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.next() / 4294967296 < probability
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.next() >>> 24)
  }
}
