/**
 * Hash of key bytes for our own tables and for spreading keys over partitions: 32 bits, murmur3's mixing.
 * It decides which partition owns a key and is therefore part of the checkpoint format: it must never change.
 */
export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let h = 0x9747b28c
  let i = start
  for (; i + 4 <= end; i += 4) {
    let k = bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24)
    k = Math.imul(k, 0xcc9e2d51)
    k = (k << 15) | (k >>> 17)
    h ^= Math.imul(k, 0x1b873593)
    h = (h << 13) | (h >>> 19)
    h = (Math.imul(h, 5) + 0xe6546b64) | 0
  }
  let tail = 0
  for (let shift = 0; i < end; i++, shift += 8) tail |= bytes[i] << shift
  if (tail !== 0) {
    tail = Math.imul(tail, 0xcc9e2d51)
    tail = (tail << 15) | (tail >>> 17)
    h ^= Math.imul(tail, 0x1b873593)
  }
  h ^= end - start
  h ^= h >>> 16
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** The partition, 0 .. partitions−1, that owns keys of this hash. Uses the high bits: a table uses the low ones. */
export function partitionOf(hash: number, partitions: number): number {
  return Math.floor(hash / 4294967296 * partitions)
}
