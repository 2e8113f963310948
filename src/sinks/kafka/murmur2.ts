/**
 * MurmurHash2 of bytes[start .. end) with the seed and the byte order of Kafka's Java client, as a signed 32-bit number.
 * What every producer of a topic must agree on so that equal keys lie in one partition.
 */
export function murmur2(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start
  let h = seed ^ length
  let i = start
  for (; i + 4 <= end; i += 4) {
    let k = bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24)
    k = Math.imul(k, m)
    k ^= k >>> 24
    h = Math.imul(h, m) ^ Math.imul(k, m)
  }
  const rest = end - i
  if (rest === 3) h ^= bytes[i + 2] << 16
  if (rest >= 2) h ^= bytes[i + 1] << 8
  if (rest >= 1) h = Math.imul(h ^ bytes[i], m)
  h ^= h >>> 13
  h = Math.imul(h, m)
  return h ^ (h >>> 15)
}

const seed = 0x9747b28c | 0
const m = 0x5bd1e995

/** The partition of a key among `count`, as Java's default partitioner chooses it. */
export function partitionOfKey(bytes: Uint8Array, start: number, end: number, count: number): number {
  return (murmur2(bytes, start, end) & 0x7fffffff) % count
}
