import { makeError, type MillraceError } from '../common/errors.ts'
import type { ReadableFile } from '../common/file-system.ts'
import { readFull } from '../common/read-full.ts'

/** Files are read in pieces of this size. */
export const pieceBytes = 1024 * 1024

/**
 * The bytes of a file from `start` to `end`, in order. A piece is lent until the next one is asked for; that one is read
 * while this one is worked on.
 */
export async function* piecesOf(file: ReadableFile, origin: string, start: number, end: number, size = pieceBytes): AsyncGenerator<Uint8Array> {
  const buffers: Uint8Array[] = []
  let reading: Promise<Uint8Array> | undefined
  const read = async (at: number, k: number): Promise<Uint8Array> => {
    const buffer = (buffers[k] ??= new Uint8Array(Math.min(size, end - start)))
    const piece = buffer.subarray(0, Math.min(buffer.length, end - at))
    await readFully(file, piece, at, origin)
    return piece
  }
  try {
    for (let at = start, k = 0; at < end; k = 1 - k) {
      const piece = await (reading ?? read(at, k))
      at += piece.length
      reading = at < end ? read(at, 1 - k) : undefined
      // A failure is met when the piece is asked for.
      reading?.catch(() => undefined)
      yield piece
    }
  } finally {
    // Who stops early closes the file, which must not be in use any more.
    await reading?.catch(() => undefined)
  }
}

/**
 * Fills the buffer from `position`.
 * @throws QueryError FORMAT_UNREADABLE when the file ends before
 */
export async function readFully(file: ReadableFile, buffer: Uint8Array, position: number, origin: string): Promise<void> {
  const n = await readFull(file, buffer, position)
  if (n < buffer.length) throw endedEarly(origin, position + n, file.size)
}

function endedEarly(origin: string, byte: number, size: number): MillraceError {
  return makeError(
    'FORMAT_UNREADABLE',
    `"${origin}" ended at byte ${byte}, but had ${size} bytes when it was opened. Files must not change while they are read; move a file into place when it is complete.`,
    { context: { origin, byte, size } },
  )
}
