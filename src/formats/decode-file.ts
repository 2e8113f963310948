import type { RecordBatch } from '../columnar/record-batch.ts'
import type { Schema } from '../columnar/schema.ts'
import { assert } from '../common/assert.ts'
import type { FileSystem, ReadableFile } from '../common/file-system.ts'
import { decodeRange } from './decode-range.ts'
import { type DecodeContext, type Format, type FormatOptions, isSplittable } from './format.ts'
import { gunzip, gunzipSmall, isGzip, maxSyncBytes, notGzip } from './gzip.ts'
import type { ByteRange } from './line-range.ts'
import { pieceBytes, piecesOf, readFully } from './read-pieces.ts'

/** Compressed input is read in smaller pieces: each may become a thousand times as long. */
const readBytesGzip = 64 * 1024
/** Between slices of this size bad records are put away, and others get their turn. */
const drainBytes = 64 * 1024

/**
 * Reads one file through the port and decodes it: in pieces from front to back, or with random access, as the format
 * does it. A file that begins like gzip is unpacked on the way, whatever its name; one that is named `.gz` has to be
 * gzip. It is read up to the size that it has now.
 *
 * With a `range` only the lines that begin in it are read. What cannot be cut (a packed file, a format whose options were
 * changed since the range was recorded) is read whole with the range that begins at 0, and not at all with the others.
 * @throws QueryError FORMAT_BAD_RECORD, FORMAT_UNREADABLE; errors of the port
 */
export async function* decodeFile(
  files: FileSystem,
  path: string,
  format: Format,
  schema: Schema,
  options: FormatOptions,
  context: DecodeContext,
  range?: ByteRange,
): AsyncGenerator<RecordBatch> {
  const isFirst = range === undefined || range.start === 0
  if (!isFirst && !isSplittable(format, options)) return
  if (format.decoder === undefined) {
    assert(format.fileDecoder !== undefined, 'A format has a decoder.', { format: format.name })
    yield* format.fileDecoder(schema, options)(files, path, context)
    return
  }
  // A bad record that is left out takes much longer than a good one; where they fail there is only one.
  const sliceBytes = context.onBadRecord === 'fail' ? pieceBytes : drainBytes
  const file = await files.open(path)
  try {
    const packed = await isPacked(file, path, context.origin)
    if (range !== undefined && !packed && isSplittable(format, options)) {
      yield* decodeRange(file, range, format, schema, options, context, sliceBytes)
      return
    }
    if (!isFirst) return
    const decoder = format.decoder(schema, options, context)
    for await (const bytes of contentOf(file, packed, context.origin)) {
      for (let at = 0; at < bytes.length; at += sliceBytes) {
        yield* decoder.push(bytes.subarray(at, at + sliceBytes))
        await context.drain?.()
      }
    }
    yield* decoder.end()
  } finally {
    await file.close()
  }
}

/** The first `limit` bytes of a file's content, unpacked: the sample that inferSchema wants. */
export async function sampleFile(files: FileSystem, path: string, limit = pieceBytes): Promise<Uint8Array> {
  const sample = new Uint8Array(limit)
  let length = 0
  const file = await files.open(path)
  try {
    for await (const bytes of contentOf(file, await isPacked(file, path, path), path)) {
      const part = bytes.subarray(0, limit - length)
      sample.set(part, length)
      length += part.length
      if (length === limit) break
    }
  } finally {
    await file.close()
  }
  return sample.subarray(0, length)
}

/** @throws QueryError FORMAT_UNREADABLE for a name that promises gzip and content that is none */
async function isPacked(file: ReadableFile, path: string, origin: string): Promise<boolean> {
  const head = new Uint8Array(Math.min(2, file.size))
  if (head.length > 0) await readFully(file, head, 0, origin)
  const packed = isGzip(head)
  if (!packed && path.endsWith('.gz')) throw notGzip(origin)
  return packed
}

/** The content of a file in pieces, unpacked. A piece is lent until the next one is asked for. */
async function* contentOf(file: ReadableFile, packed: boolean, origin: string): AsyncGenerator<Uint8Array> {
  if (!packed) {
    yield* piecesOf(file, origin, 0, file.size)
    return
  }
  if (file.size <= maxSyncBytes) {
    const bytes = new Uint8Array(file.size)
    await readFully(file, bytes, 0, origin)
    const content = gunzipSmall(bytes)
    if (content !== undefined) {
      for (let at = 0; at < content.length; at += pieceBytes) yield content.subarray(at, at + pieceBytes)
      return
    }
  }
  yield* gunzip(packedPiecesOf(file, origin), origin)
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
