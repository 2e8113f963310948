import { makeError, type MillraceError } from '../common/errors.ts'
import type { ReadableFile } from '../common/file-system.ts'

/** Files are read in pieces of this size. */
export const pieceBytes = 1024 * 1024

/** The bytes of a file from `start` to `end`, in order. A piece is lent until the next one is asked for. */
export async function* piecesOf(file: ReadableFile, origin: string, start: number, end: number, size = pieceBytes): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(Math.max(0, Math.min(size, end - start)))
  for (let at = start; at < end; ) {
    const piece = buffer.subarray(0, Math.min(buffer.length, end - at))
    await readFully(file, piece, at, origin)
    at += piece.length
    yield piece
  }
}

/**
 * Fills the buffer from `position`; a read may give less than was asked for.
 * @throws QueryError FORMAT_UNREADABLE when the file ends before
 */
export async function readFully(file: ReadableFile, buffer: Uint8Array, position: number, origin: string): Promise<void> {
  for (let done = 0; done < buffer.length; ) {
    const n = await file.read(buffer, done, buffer.length - done, position + done)
    if (n === 0) throw endedEarly(origin, position + done, file.size)
    done += n
  }
}

function endedEarly(origin: string, byte: number, size: number): MillraceError {
  return makeError(
    'FORMAT_UNREADABLE',
    `"${origin}" ended at byte ${byte}, but had ${size} bytes when it was opened. Files must not change while they are read; move a file into place when it is complete.`,
    { context: { origin, byte, size } },
  )
}
