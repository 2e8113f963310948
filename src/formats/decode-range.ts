import type { RecordBatch } from '../columnar/record-batch.ts'
import type { Schema } from '../columnar/schema.ts'
import { isMillraceError } from '../common/errors.ts'
import type { ReadableFile } from '../common/file-system.ts'
import { badRecord } from './bad-record.ts'
import type { BadRecord, DecodeContext, FormatOptions, SplittableFormat } from './format.ts'
import { type ByteRange, countLines, firstLineOf, linesOf } from './line-range.ts'
import { piecesOf } from './read-pieces.ts'

/**
 * Decodes a part of a file. Rows, bad records and their positions are, over all parts, those of the whole file. How many
 * lines are before the part is only counted when a bad record has to say where it stands.
 * @throws QueryError FORMAT_BAD_RECORD, FORMAT_UNREADABLE, FORMAT_SCHEMA_MISMATCH; errors of the port
 */
export async function* decodeRange(
  file: ReadableFile,
  range: ByteRange,
  format: SplittableFormat,
  schema: Schema,
  options: FormatOptions,
  context: DecodeContext,
  sliceBytes: number,
): AsyncGenerator<RecordBatch> {
  const { origin } = context
  const firstByte = await firstLineOf(file, origin, range)
  if (firstByte >= range.end) return
  const place = new Place(file, firstByte, context)
  const decoder = format.decoder(schema, options, { ...context, firstByte, bad: record => place.bad(record) })
  if (decoder.before !== undefined && firstByte > 0) {
    for await (const piece of piecesOf(file, origin, 0, firstByte, 64 * 1024)) if (decoder.before(piece)) break
  }
  for await (const piece of linesOf(file, origin, firstByte, range.end)) {
    for (let at = 0; at < piece.length; at += sliceBytes) {
      yield* await place.located(() => decoder.push(piece.subarray(at, at + sliceBytes)))
      await context.drain?.()
    }
  }
  yield* await place.located(() => decoder.end())
}

/** Turns lines of the part into lines of the file. */
class Place {
  readonly #file: ReadableFile
  readonly #firstByte: number
  readonly #context: DecodeContext
  #linesBefore: number | undefined
  #found: BadRecord[] = []

  constructor(file: ReadableFile, firstByte: number, context: DecodeContext) {
    this.#file = file
    this.#firstByte = firstByte
    this.#context = context
  }

  bad(record: BadRecord): void {
    this.#found.push(record)
  }

  /** What `decode` answers, when the bad records that it met have been handed on. */
  async located(decode: () => Iterable<RecordBatch>): Promise<Iterable<RecordBatch>> {
    const { bad, onBadRecord, origin } = this.#context
    try {
      const batches = decode()
      const found = this.#found
      this.#found = []
      for (const record of found) {
        // Nobody asks where a record stood that is only counted, and it would cost to read all that is before.
        bad({ ...record, line: onBadRecord === 'deadLetter' ? record.line + (await this.#before()) : 0 })
      }
      return batches
    } catch (error) {
      if (!isMillraceError(error) || error.code !== 'FORMAT_BAD_RECORD') throw error
      const { line, byte, reason } = error.context as { readonly line: number; readonly byte: number; readonly reason: string }
      throw badRecord(origin, line + (await this.#before()), byte, reason)
    }
  }

  async #before(): Promise<number> {
    if (this.#linesBefore !== undefined) return this.#linesBefore
    let lines = 0
    for await (const piece of piecesOf(this.#file, this.#context.origin, 0, this.#firstByte)) {
      lines += countLines(piece)
      await this.#context.drain?.()
    }
    this.#linesBefore = lines
    return lines
  }
}
