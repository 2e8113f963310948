/**
 * How large zstd frames could become, without decoding them:
 *
 *      28 b5 2f fd   descriptor   [window]   [dictionary id]   [content size]   (3-byte block header, data) ...   [checksum]
 *
 * A block header is little-endian: bit 0 last block, bits 1-2 kind (0 stored, 1 one byte repeated, 2 compressed), then the size.
 */
const maxBlockBytes = 128 * 1024

/** Never less than what decoding the frames gives and keeps in memory, their windows included. */
export function zstdFrameBound(bytes: Uint8Array): number {
  let total = 0
  for (let at = 0; at < bytes.length; ) {
    const magic = at + 9 <= bytes.length ? getLittle(bytes, at, 4) : -1
    if (Math.floor(magic / 16) === 0x0184_d2a5) {
      at += 8 + getLittle(bytes, at + 4, 4)
      continue
    }
    if (magic !== 0xfd2f_b528) throw new Error('zstd data does not begin with a frame')
    const descriptor = bytes[at + 4]
    const single = (descriptor & 0x20) !== 0
    const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]
    const sizeBytes = descriptor >> 6 === 0 ? (single ? 1 : 0) : 1 << (descriptor >> 6)
    at += 5
    const exponent = bytes[at] >> 3
    const windowBytes = single ? 0 : 2 ** (10 + exponent) * (1 + (bytes[at] & 7) / 8)
    at += (single ? 0 : 1) + dictionaryBytes
    const contentBytes = sizeBytes === 0 ? 0 : getLittle(bytes, at, sizeBytes) + (sizeBytes === 2 ? 256 : 0)
    at += sizeBytes
    let blocks = 0
    for (let last = false; !last; ) {
      if (at + 3 > bytes.length) throw new Error('a zstd frame is cut off')
      const header = getLittle(bytes, at, 3)
      const kind = (header >> 1) & 3
      const size = header >> 3
      last = (header & 1) === 1
      at += 3 + (kind === 1 ? 1 : size)
      if (at > bytes.length) throw new Error(`a zstd block of ${size} bytes does not fit into its frame`)
      blocks += kind === 2 ? maxBlockBytes : size
    }
    at += (descriptor & 4) === 0 ? 0 : 4
    total += Math.max(sizeBytes === 0 ? blocks : contentBytes, windowBytes)
  }
  return total
}

function getLittle(bytes: Uint8Array, at: number, count: number): number {
  let value = 0
  for (let i = count - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0)
  return value
}
