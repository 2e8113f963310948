import type { RecordBatch } from '../columnar/record-batch.ts'
import type { Schema } from '../columnar/schema.ts'
import { assert } from '../common/assert.ts'
import { makeError, type MillraceError } from '../common/errors.ts'
import type { FileSystem, ReadableFile } from '../common/file-system.ts'
import type { DecodeContext, Format, FormatOptions } from './format.ts'
import { gunzip, gunzipSmall, isGzip, maxSyncBytes, notGzip } from './gzip.ts'

const readBytes = 1024 * 1024
/** Compressed input is read in smaller pieces: each may become a thousand times as long. */
const readBytesGzip = 64 * 1024
/** Between slices of this size bad records are put away, and others get their turn. */
const drainBytes = 64 * 1024

/**
 * Reads one file through the port and decodes it: in pieces from front to back, or with random access, as the format
 * does it. A file that begins like gzip is unpacked on the way, whatever its name; one that is named `.gz` has to be
 * gzip. It is read up to the size that it has now.
 * @throws QueryError FORMAT_BAD_RECORD, FORMAT_UNREADABLE; errors of the port
 */
export async function* decodeFile(
  files: FileSystem,
  path: string,
  format: Format,
  schema: Schema,
  options: FormatOptions,
  context: DecodeContext,
): AsyncGenerator<RecordBatch> {
  if (format.decoder === undefined) {
    assert(format.fileDecoder !== undefined, 'A format has a decoder.', { format: format.name })
    yield* format.fileDecoder(schema, options)(files, path, context)
    return
  }
  const decoder = format.decoder(schema, options, context)
  // A bad record that is left out takes much longer than a good one; where they fail there is only one.
  const sliceBytes = context.onBadRecord === 'fail' ? readBytes : drainBytes
  for await (const bytes of contentOf(files, path, context.origin)) {
    for (let at = 0; at < bytes.length; at += sliceBytes) {
      yield* decoder.push(bytes.subarray(at, at + sliceBytes))
      await context.drain?.()
    }
  }
  yield* decoder.end()
}

/** The first `limit` bytes of a file's content, unpacked: the sample that inferSchema wants. */
export async function sampleFile(files: FileSystem, path: string, limit = readBytes): Promise<Uint8Array> {
  const sample = new Uint8Array(limit)
  let length = 0
  for await (const bytes of contentOf(files, path, path)) {
    const part = bytes.subarray(0, limit - length)
    sample.set(part, length)
    length += part.length
    if (length === limit) break
  }
  return sample.subarray(0, length)
}

/** The content of a file in pieces, unpacked. A piece is lent until the next one is asked for. */
async function* contentOf(files: FileSystem, path: string, origin: string): AsyncGenerator<Uint8Array> {
  const file = await files.open(path)
  try {
    const head = new Uint8Array(Math.min(2, file.size))
    if (head.length > 0) await readFully(file, head, 0, origin)
    if (!isGzip(head)) {
      if (path.endsWith('.gz')) throw notGzip(origin)
      yield* piecesOf(file, origin)
      return
    }
    if (file.size <= maxSyncBytes) {
      const packed = new Uint8Array(file.size)
      await readFully(file, packed, 0, origin)
      const content = gunzipSmall(packed)
      if (content !== undefined) {
        for (let at = 0; at < content.length; at += readBytes) yield content.subarray(at, at + readBytes)
        return
      }
    }
    yield* gunzip(packedPiecesOf(file, origin), origin)
  } finally {
    await file.close()
  }
}

async function* piecesOf(file: ReadableFile, origin: string): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(Math.min(readBytes, file.size))
  for (let at = 0; at < file.size; ) {
    const piece = buffer.subarray(0, Math.min(buffer.length, file.size - at))
    await readFully(file, piece, at, origin)
    at += piece.length
    yield piece
  }
}

/** As piecesOf, but each piece has memory of its own: unpacking reads ahead. */
async function* packedPiecesOf(file: ReadableFile, origin: string): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.size; ) {
    const piece = new Uint8Array(Math.min(readBytesGzip, file.size - at))
    await readFully(file, piece, at, origin)
    at += piece.length
    yield piece
  }
}

/** Fills the buffer from `position`; a read may give less than was asked for. */
async function readFully(file: ReadableFile, buffer: Uint8Array, position: number, origin: string): Promise<void> {
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

