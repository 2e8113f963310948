import { assertNever } from '../common/assert.ts'
import type { BufferColumn } from '../columnar/buffer-column.ts'
import type { KeyArena } from './key-arena.ts'
import { KeyBytes } from './key-bytes.ts'
import { highWord, isNanWords, lowWord, nanHigh, wordsOf } from './words.ts'

/**
 * The 64-bit hashes of entries (key and values), computed column by column: entry i has the halves a[i] and b[i].
 * Their sum is the set-hash of a partition, which stands in the checkpoint, so this function must never change.
 *
 * Each half takes in the same 32-bit words with other constants: the bucket, the key, then the value of each buffer.
 *
 *   bucket         = as a float64
 *   key, bytes     = length + 1, then the bytes as little-endian words, the last one filled with zeros (null: 0 alone)
 *   float64, int64 = low word, high word; any NaN counts as one
 *   int32, boolean = one word
 *
 * At the end the halves are stirred into each other.
 */
export class EntryHashes {
  a: Int32Array = new Int32Array(64)
  b: Int32Array = new Int32Array(64)

  /** Begins `n` entries with a bucket and the keys of the given slots. */
  keys(bucket: number, arena: KeyArena, slots: Int32Array, n: number): void {
    this.#reserve(n)
    const { a, b } = this
    bucketValue[0] = bucket
    const firstA = mixA(mixA(seedA, bucketWords[lowWord(0)]), bucketWords[highWord(0)])
    const firstB = mixB(mixB(seedB, bucketWords[lowWord(0)]), bucketWords[highWord(0)])
    for (let i = 0; i < n; i++) {
      const slot = slots[i]
      a[i] = firstA
      b[i] = firstB
      this.#bytes(i, arena.keys, arena.start(slot), arena.end(slot))
    }
  }

  /** Begins with the same keys as `from`, which has taken in nothing else yet. */
  sameKeys(from: EntryHashes, n: number): void {
    this.#reserve(n)
    this.a.set(from.a.subarray(0, n))
    this.b.set(from.b.subarray(0, n))
  }

  /** Takes in all buffers and ends the first `n` entries: entry i with the values of slot slots[i], or of slot i when `slots` is null. */
  finish(buffers: readonly BufferColumn[], slots: Int32Array | null, n: number): this {
    for (const buffer of buffers) this.#column(buffer, slots, n)
    const { a, b } = this
    for (let i = 0; i < n; i++) {
      const x = stir(a[i] ^ ((b[i] << 16) | (b[i] >>> 16)))
      a[i] = x
      b[i] = stir((b[i] + x) | 0)
    }
    return this
  }

  #column(buffer: BufferColumn, slots: Int32Array | null, n: number): void {
    const { a, b } = this
    switch (buffer.kind) {
      case 'float64': {
        const words = wordsOf(buffer.float64)
        for (let i = 0; i < n; i++) {
          const slot = slots === null ? i : slots[i]
          let low = words[lowWord(slot)]
          let high = words[highWord(slot)]
          if (isNanWords(low, high)) {
            low = 0
            high = nanHigh
          }
          a[i] = mixA(mixA(a[i], low), high)
          b[i] = mixB(mixB(b[i], low), high)
        }
        return
      }
      case 'int64': {
        const words = wordsOf(buffer.int64)
        for (let i = 0; i < n; i++) {
          const slot = slots === null ? i : slots[i]
          a[i] = mixA(mixA(a[i], words[lowWord(slot)]), words[highWord(slot)])
          b[i] = mixB(mixB(b[i], words[lowWord(slot)]), words[highWord(slot)])
        }
        return
      }
      case 'int32':
      case 'boolean': {
        const values = buffer.kind === 'int32' ? buffer.int32 : buffer.boolean
        for (let i = 0; i < n; i++) {
          const value = values[slots === null ? i : slots[i]]
          a[i] = mixA(a[i], value)
          b[i] = mixB(b[i], value)
        }
        return
      }
      case 'bytes': {
        const value = new KeyBytes()
        for (let i = 0; i < n; i++) {
          const bytes = buffer.bytesAt(slots === null ? i : slots[i])
          if (bytes !== null) {
            value.set(bytes)
            this.#bytes(i, value, 0, bytes.length)
          } else {
            a[i] = mixA(a[i], 0)
            b[i] = mixB(b[i], 0)
          }
        }
        return
      }
      default:
        assertNever(buffer.kind, 'buffer kind')
    }
  }

  #bytes(i: number, { bytes, view }: KeyBytes, start: number, end: number): void {
    let a = mixA(this.a[i], end - start + 1)
    let b = mixB(this.b[i], end - start + 1)
    let at = start
    for (; at + 4 <= end; at += 4) {
      const word = view.getInt32(at, true)
      a = mixA(a, word)
      b = mixB(b, word)
    }
    if (at < end) {
      let tail = 0
      for (let shift = 0; at < end; at++, shift += 8) tail |= bytes[at] << shift
      a = mixA(a, tail)
      b = mixB(b, tail)
    }
    this.a[i] = a
    this.b[i] = b
  }

  #reserve(n: number): void {
    // What one exceptional batch needed is not kept for ever.
    if (this.a.length >= n && this.a.length <= Math.max(4 * n, keptEntries)) return
    this.a = new Int32Array(Math.max(n, 64))
    this.b = new Int32Array(this.a.length)
  }
}

const keptEntries = 16_384
const bucketValue = new Float64Array(1)
const bucketWords = wordsOf(bucketValue)
const seedA = 0x3c6ef372
const seedB = 0x510e527f

function mixA(h: number, word: number): number {
  let k = Math.imul(word, 0x239b961b)
  k = (k << 15) | (k >>> 17)
  const x = h ^ Math.imul(k, 0xab0e9789)
  return (Math.imul((x << 13) | (x >>> 19), 5) + 0x561ccd1b) | 0
}

function mixB(h: number, word: number): number {
  let k = Math.imul(word, 0x38b34ae5)
  k = (k << 17) | (k >>> 15)
  const x = h ^ Math.imul(k, 0xa1e38b93)
  return (Math.imul((x << 11) | (x >>> 21), 5) + 0x32ac3b17) | 0
}

function stir(h: number): number {
  let x = h ^ (h >>> 16)
  x = Math.imul(x, 0x85ebca6b)
  x ^= x >>> 13
  x = Math.imul(x, 0xc2b2ae35)
  return x ^ (x >>> 16)
}
