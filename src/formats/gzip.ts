import { Readable } from 'node:stream'
import { createGunzip, gunzipSync } from 'node:zlib'
import { makeError, type MillraceError } from '../common/errors.ts'

/** Compressed files up to this size are unpacked in one synchronous call, if their content is not too large. */
export const maxSyncBytes = 4 * 1024 * 1024
const maxSyncOutputBytes = 32 * 1024 * 1024
const pieceBytes = 256 * 1024

/** Does the input begin like a gzip file? */
export function isGzip(head: Uint8Array): boolean {
  return head.length >= 2 && head[0] === 0x1f && head[1] === 0x8b
}

/**
 * Unpacks a small gzip file on this thread, which leaves the threads of libuv to those who sync to disk. Answers
 * undefined when the content is too large or damaged: {@link gunzip} then reads it in pieces, and says where it is damaged.
 */
export function gunzipSmall(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length > maxSyncBytes) return undefined
  try {
    // With `info` the answer also has the engine, which knows how far it read; the typings of Node do not say so.
    const { buffer, engine } = gunzipSync(bytes, { maxOutputLength: maxSyncOutputBytes, info: true }) as unknown as {
      readonly buffer: Uint8Array
      readonly engine: { readonly bytesWritten: number }
    }
    return bytes.length - engine.bytesWritten <= zerosAtEnd(bytes) ? buffer : undefined
  } catch {
    return undefined
  }
}

/**
 * Unpacks gzip in pieces; memory stays bounded by a few of them however well the data is compressed. Several members one
 * after the other are one content, as for gzip itself; zeros after the last one are padding. The pieces given must not
 * be changed afterwards.
 * @throws QueryError FORMAT_UNREADABLE for damaged, truncated or trailing bytes, after the content before them
 */
export async function* gunzip(pieces: AsyncIterable<Uint8Array>, origin: string): AsyncGenerator<Uint8Array> {
  const engine = createGunzip({ chunkSize: pieceBytes })
  let given = 0
  let zeros = 0
  let unpacked = 0
  let failedInput: unknown
  const input = Readable.from(
    (async function* () {
      try {
        for await (const piece of pieces) {
          given += piece.length
          const trailing = zerosAtEnd(piece)
          zeros = trailing === piece.length ? zeros + trailing : trailing
          yield piece
        }
      } catch (error) {
        failedInput = error
        throw error
      }
    })(),
    { highWaterMark: 1 },
  )
  input.once('error', error => engine.destroy(error))
  input.pipe(engine)
  try {
    for await (const piece of engine) {
      unpacked += (piece as Uint8Array).length
      yield piece as Uint8Array
    }
  } catch (error) {
    if (failedInput !== undefined) throw failedInput
    const truncated = (error as NodeJS.ErrnoException).code === 'Z_BUF_ERROR'
    throw unreadable(origin, truncated ? given : engine.bytesWritten, unpacked, truncated ? 'it ends in the middle of the compressed data' : 'the compressed data is damaged', error)
  } finally {
    input.destroy()
    engine.destroy()
  }
  // The library stops at a zero byte without a word; what follows would be lost.
  if (given - engine.bytesWritten > zeros) throw unreadable(origin, engine.bytesWritten, unpacked, 'other bytes follow the compressed data')
}

function zerosAtEnd(bytes: Uint8Array): number {
  let n = 0
  while (n < bytes.length && bytes[bytes.length - 1 - n] === 0) n++
  return n
}

/** A file whose name promises gzip and whose content is something else. */
export function notGzip(origin: string): MillraceError {
  return unreadable(origin, 0, 0, 'it does not begin like one')
}

function unreadable(origin: string, byte: number, unpackedBytes: number, reason: string, cause?: unknown): MillraceError {
  return makeError(
    'FORMAT_UNREADABLE',
    `"${origin}" is no intact gzip file: ${reason} (near byte ${byte}, after ${unpackedBytes} bytes of content). Write the file again; a file must be complete before it is moved to where it is read.`,
    { context: { origin, byte, unpackedBytes, reason }, cause },
  )
}
