import { murmurBytes } from '../../expr/functions/hash/murmur3.ts'

const seed = 42

/**
 * The hash of a word in Spark ML: 32-bit Murmur3 with seed 42 over its UTF-8. Spark 3 took over the algorithm's own tail;
 * what was saved before has Spark SQL's, which mixes in each left-over byte as a word of its own.
 */
export function hashWord(bytes: Uint8Array, start: number, end: number, isOld: boolean): number {
  if (isOld) return murmurBytes(bytes, start, end, seed)
  let h = seed
  let i = start
  for (; i + 4 <= end; i += 4) {
    const mixed = h ^ scramble(bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24))
    h = (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0
  }
  let tail = 0
  for (let k = end - i - 1; k >= 0; k--) tail = (tail << 8) | bytes[i + k]
  if (i < end) h ^= scramble(tail)
  h ^= end - start
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

function scramble(word: number): number {
  const k = Math.imul(word, 0xcc9e2d51)
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593)
}

export function nonNegativeModulo(x: number, n: number): number {
  const rest = x % n
  return rest < 0 ? rest + n : rest
}
