/**
 * How large LZ4 frames become, without decoding them:
 *
 *      04 22 4d 18   flags   block size   [8 bytes content size]   [4 bytes dictionary]   header checksum
 *      (uint32 size, data, [4 bytes checksum]) ...   00 00 00 00   [4 bytes content checksum]
 *
 * Integers are little-endian. The highest bit of a block's size says that its data is as it was.
 */

/** Never less than what the frames hold: a block is no larger than its frame says. */
export function lz4FrameBound(bytes: Uint8Array): number {
  return sumBlocks(bytes, (_start, size, maxBlock) => Math.min(maxBlock, size * 255))
}

/** What the frames hold, found by going through the sequences of every block. */
export function lz4FrameLength(bytes: Uint8Array): number {
  return sumBlocks(bytes, (start, size) => blockLength(bytes, start, start + size))
}

function sumBlocks(bytes: Uint8Array, compressedLength: (start: number, size: number, maxBlock: number) => number): number {
  let total = 0
  for (let at = 0; at < bytes.length; ) {
    if (at + 7 > bytes.length || getUint32(bytes, at) !== 0x184d_2204) throw new Error('lz4 data does not begin with a frame')
    const flags = bytes[at + 4]
    const maxBlock = 1 << (8 + 2 * ((bytes[at + 5] >> 4) & 7))
    const hasBlockChecksum = (flags & 0x10) !== 0
    at += 7 + ((flags & 0x08) === 0 ? 0 : 8) + ((flags & 0x01) === 0 ? 0 : 4)
    for (;;) {
      if (at + 4 > bytes.length) throw new Error('an lz4 frame is cut off')
      const word = getUint32(bytes, at)
      at += 4
      if (word === 0) break
      const size = word & 0x7fff_ffff
      if (at + size > bytes.length) throw new Error(`an lz4 block of ${size} bytes does not fit into its frame`)
      total += word >= 0x8000_0000 ? size : compressedLength(at, size, maxBlock)
      at += size + (hasBlockChecksum ? 4 : 0)
    }
    if ((flags & 0x04) !== 0) at += 4
  }
  return total
}

/** Token by token: how many literals, how long the match; each length goes on in further bytes while they are 255. */
function blockLength(bytes: Uint8Array, start: number, end: number): number {
  let length = 0
  for (let at = start; at < end; ) {
    const token = bytes[at++]
    let literals = token >> 4
    if (literals === 15) {
      while (at < end && bytes[at] === 255) literals += bytes[at++]
      literals += at < end ? bytes[at++] : 0
    }
    length += literals
    at += literals
    if (at >= end) break
    at += 2
    let match = (token & 15) + 4
    if (match === 19) {
      while (at < end && bytes[at] === 255) match += bytes[at++]
      match += at < end ? bytes[at++] : 0
    }
    length += match
  }
  return length
}

function getUint32(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0
}
