/**
 * Spark's hash(): Murmur3 for 32 bits, with its own rule for the tail of byte strings (each left-over byte is mixed in
 * as a word of its own, read as signed). Seeds and results are int32.
 */
function mixWord(h: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51)
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593)
  const mixed = h ^ k
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0
}

function finish(h: number, length: number): number {
  let x = h ^ length
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return x ^ (x >>> 16)
}

export function murmurInt(value: number, seed: number): number {
  return finish(mixWord(seed, value), 4)
}

/** A 64-bit value by its two halves. */
export function murmurLong(low: number, high: number, seed: number): number {
  return finish(mixWord(mixWord(seed, low), high), 8)
}

export function murmurBytes(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let h = seed
  let i = start
  for (; i + 4 <= end; i += 4) h = mixWord(h, bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24))
  for (; i < end; i++) h = mixWord(h, (bytes[i] << 24) >> 24)
  return finish(h, end - start)
}
