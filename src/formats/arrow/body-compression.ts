import type { RecordBatch as BatchHeader } from 'apache-arrow/ipc/metadata/message'
import { CompressionType } from 'apache-arrow'
import { decompressZstd } from 'hyparquet-compressors'
import { makeError } from '../../common/errors.ts'

/** No zstd block of a few bytes becomes more than this many times as long. */
const maxRatio = 65_536

/** The buffers of a compressed batch. Each begins with its length when decompressed, −1 for "as it is". */
export function decompressBuffers(header: BatchHeader, body: Uint8Array, file: string): Uint8Array[] {
  if (header.compression?.type !== CompressionType.ZSTD) {
    throw makeError('FORMAT_UNSUPPORTED', `File "${file}" is compressed with LZ4, which is not supported for Arrow. Have it written with zstd or without compression.`, {
      context: { file },
    })
  }
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  return header.buffers.map(({ offset, length }) => {
    if (length === 0) return new Uint8Array(0)
    const size = Number(view.getBigInt64(offset, true))
    const bytes = body.subarray(offset + 8, offset + length)
    if (size === -1) return bytes
    if (!(size >= 0 && size <= 2 ** 31 - 1 && size <= bytes.length * maxRatio)) throw new Error(`a buffer of ${bytes.length} bytes claims to hold ${size}`)
    const out = decompressZstd(bytes, new Uint8Array(size))
    if (out.length !== size) throw new Error(`a buffer holds ${out.length} bytes instead of ${size}`)
    return out
  })
}
