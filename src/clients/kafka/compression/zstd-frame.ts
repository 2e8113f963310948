/**
 * What the header of a zstd frame and those of its blocks say, without decoding them:
 *
 *      28 b5 2f fd   descriptor   [window]   [dictionary id]   [content size]   (3-byte block header, data) ...   [checksum]
 *
 * A block header is little-endian: bit 0 last block, bits 1-2 kind (0 stored, 1 one byte repeated, 2 compressed), then the size.
 */
interface ZstdFrame {
  readonly end: number
  /** Bytes that it holds where its header says so, otherwise never less than those. */
  readonly contentBytes: number
  readonly sized: boolean
  /** Where the byte is that says how far back matches reach; undefined when the whole content is the window. */
  readonly windowAt: number | undefined
}

const maxBlockBytes = 128 * 1024

/** Never less than what decoding the frames gives. */
export function zstdFrameBound(bytes: Uint8Array): number {
  return framesOf(bytes).reduce((sum, frame) => sum + frame.contentBytes, 0)
}

/**
 * The same frames with windows no larger than their content: writers of streams announce megabytes for whatever little
 * comes, which a decoder then clears and moves for every block. No match reaches behind the begin of the content.
 */
export function withNarrowWindows(bytes: Uint8Array): Uint8Array {
  let narrowed: Uint8Array | undefined
  for (const { windowAt, sized, contentBytes } of framesOf(bytes)) {
    // Blocks are as large as the window at most, so that it must hold one.
    const exponent = Math.ceil(Math.log2(Math.max(contentBytes, maxBlockBytes))) - 10
    if (sized || windowAt === undefined || bytes[windowAt] >> 3 <= exponent) continue
    narrowed ??= bytes.slice()
    narrowed[windowAt] = exponent << 3
  }
  return narrowed ?? bytes
}

function framesOf(bytes: Uint8Array): readonly ZstdFrame[] {
  const frames: ZstdFrame[] = []
  for (let at = 0; at < bytes.length; ) {
    const magic = at + 9 <= bytes.length ? getLittle(bytes, at, 4) : -1
    // Sixteen of them mark what is no data, with its length behind.
    if (Math.floor(magic / 16) === 0x0184_d2a5) at += 8 + getLittle(bytes, at + 4, 4)
    else if (magic === 0xfd2f_b528) {
      const frame = frameAt(bytes, at)
      frames.push(frame)
      at = frame.end
    } else throw new Error('zstd data does not begin with a frame')
  }
  return frames
}

function frameAt(bytes: Uint8Array, start: number): ZstdFrame {
  const descriptor = bytes[start + 4]
  const single = (descriptor & 0x20) !== 0
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]
  const sizeBytes = descriptor >> 6 === 0 ? (single ? 1 : 0) : 1 << (descriptor >> 6)
  let at = start + 5 + (single ? 0 : 1) + dictionaryBytes
  const claimed = sizeBytes === 0 ? 0 : getLittle(bytes, at, sizeBytes) + (sizeBytes === 2 ? 256 : 0)
  at += sizeBytes
  let bound = 0
  for (let last = false; !last; ) {
    if (at + 3 > bytes.length) throw new Error('a zstd frame is cut off')
    const header = getLittle(bytes, at, 3)
    const kind = (header >> 1) & 3
    const size = header >> 3
    last = (header & 1) === 1
    at += 3 + (kind === 1 ? 1 : size)
    if (at > bytes.length) throw new Error(`a zstd block of ${size} bytes does not fit into its frame`)
    bound += kind === 2 ? maxBlockBytes : size
  }
  const end = at + ((descriptor & 4) === 0 ? 0 : 4)
  return { end, contentBytes: sizeBytes === 0 ? bound : claimed, sized: sizeBytes !== 0, windowAt: single ? undefined : start + 5 }
}

function getLittle(bytes: Uint8Array, at: number, count: number): number {
  let value = 0
  for (let i = count - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0)
  return value
}
