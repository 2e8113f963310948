import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import type { CompressionCodec } from 'hyparquet'
import { compressors, decompressLz4, decompressLz4Raw, decompressZstd } from 'hyparquet-compressors'

/** One instance of the WASM decoder for all pages; the function exported by name makes one per call. */
const snappy = compressors.SNAPPY as (input: Uint8Array, size: number) => Uint8Array

/** Pages are about 1 MiB by convention; one beyond this is taken for damage. */
const maxPageBytes = 256 * 1024 * 1024

/** The most that one compressed byte can become; a page that claims more cannot be true. */
const maxRatio: { readonly [codec: string]: number } = { UNCOMPRESSED: 1, SNAPPY: 64, GZIP: 1100, LZ4: 256, LZ4_RAW: 256, ZSTD: 65_536, BROTLI: 65_536 }

/** The `size` bytes of a page. Memory is taken only after the claim was found possible. */
export function decompress(codec: CompressionCodec, bytes: Uint8Array, size: number): Uint8Array {
  const ratio = maxRatio[codec]
  if (ratio === undefined) throw new Error(`compression ${codec} is not supported`)
  if (!(size >= 0 && size <= maxPageBytes && size <= bytes.length * ratio + 64)) {
    throw new Error(`a page of ${bytes.length} bytes claims to hold ${size}`)
  }
  const out = expand(codec, bytes, size)
  if (out.length !== size) throw new Error(`a page holds ${out.length} bytes instead of ${size}`)
  return out
}

function expand(codec: CompressionCodec, bytes: Uint8Array, size: number): Uint8Array {
  if (size === 0) return new Uint8Array(0)
  switch (codec) {
    case 'SNAPPY':
      if (snappyLength(bytes) !== size) throw new Error(`a page claims ${size} bytes, its compressed form another number`)
      return snappy(bytes, size)
    case 'GZIP':
      return plain(gunzipSync(bytes, { maxOutputLength: size }))
    case 'BROTLI':
      return plain(brotliDecompressSync(bytes, { maxOutputLength: size }))
    case 'LZ4':
      return decompressLz4(bytes, size)
    case 'LZ4_RAW':
      return decompressLz4Raw(bytes, size)
    case 'ZSTD':
      return decompressZstd(bytes, new Uint8Array(size))
    default:
      return bytes
  }
}

/** Without Buffer's own slice(), which does not copy as that of every other typed array does. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The length in front of a snappy block. */
function snappyLength(bytes: Uint8Array): number {
  let length = 0
  for (let i = 0, scale = 1; i < 5; i++, scale *= 128) {
    length += (bytes[i] & 127) * scale
    if (bytes[i] < 128) break
  }
  return length
}
