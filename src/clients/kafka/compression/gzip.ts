import { gunzipSync, gzipSync } from 'node:zlib'
import { type Compress, type Decompress, ExceedsLimit } from './codec.ts'

export const gunzip: Decompress = (bytes, maxBytes) => {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes, chunkSize: chunkSize(bytes.length * 4) })
  } catch (error) {
    throw isTooLarge(error) ? new ExceedsLimit('', { cause: error }) : error
  }
}

export const gzip: Compress = bytes => gzipSync(bytes, { chunkSize: chunkSize(bytes.length) })

/** zlib takes its output in pieces; few large ones are joined faster than many of its default, 16 KiB. */
export function chunkSize(expected: number): number {
  return Math.min(Math.max(expected, 4096), 1 << 20)
}

/** What node:zlib throws when its output would pass `maxOutputLength`. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
}
