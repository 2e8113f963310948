import { isUtf8 } from 'node:buffer'
import { VectorBuilder } from '../../columnar/builder.ts'
import type { RecordBatch } from '../../columnar/record-batch.ts'
import type { Schema } from '../../columnar/schema.ts'
import { notUtf8, RecordFault, reportBadRecord } from '../bad-record.ts'
import type { DecodeContext, StreamDecoder } from '../format.ts'
import { lineBoundary, RecordBlocks, type RecordSink, restOfRecord } from '../record-blocks.ts'
import { RowBatches } from '../row-batches.ts'
import { CsvBoundary } from './csv-boundary.ts'
import { badHeader, firstRecordHint, wrongColumns } from './header.ts'
import type { ResolvedCsvOptions } from './options.ts'
import { type ColumnPlan, columnPlan, RowReader } from './row-reader.ts'

const newline = 0x0a
const carriageReturn = 0x0d

/**
 * CSV into columns. Records end with a line feed, with or without a carriage return; the last one may have none. A
 * record has as many fields as the header, or else as `columns` or the schema has names; any other number is a bad
 * record. Empty lines are passed over, except where records have one field: there it is one, and empty.
 *
 * A field is null when it stands without quotes and equals nullValue. An empty field in quotes is empty text in a string
 * column and null in any other.
 *
 * A quote that is never closed, or that makes a record too long, spoils its own line only: a new record begins at the
 * next line. Other faults spoil the record up to the newline that ends it.
 */
export class CsvDecoder implements StreamDecoder, RecordSink {
  readonly #options: ResolvedCsvOptions
  readonly #context: DecodeContext
  readonly #reader: RowReader
  /** For the ends of bad records; that of the blocks is in the middle of something. */
  readonly #boundary: CsvBoundary
  readonly #blocks: RecordBlocks
  readonly #columns: readonly ColumnPlan[]
  readonly #batches: RowBatches
  readonly #fault = new RecordFault()
  /** The column of each field of a record, null for those that nobody wants; undefined until the header is read. */
  #fields: readonly (ColumnPlan | null)[] | undefined
  #line = 0
  #headerBlocks: RecordBlocks | undefined
  readonly #headerSink: RecordSink = {
    records: (bytes, start, end, offset) => {
      const valid = isUtf8(bytes.subarray(start, end))
      for (let at = start; at < end && this.#fields === undefined; ) at = Math.abs(this.#record(bytes, at, end, offset + at - start, valid))
      return end
    },
    tooLong: (head, length, offset) => this.tooLong(head, length, offset),
  }

  constructor(schema: Schema, options: ResolvedCsvOptions, context: DecodeContext) {
    this.#options = options
    this.#context = context
    this.#reader = new RowReader(options)
    this.#boundary = CsvBoundary.of(options)
    this.#blocks = new RecordBlocks(options.multiLine ? CsvBoundary.of(options) : lineBoundary, options.maxRecordBytes, this, context.firstByte)
    this.#columns = schema.fields.map(f => columnPlan(f, new VectorBuilder(f.type, 1024)))
    this.#batches = new RowBatches(schema, this.#columns.map(c => c.builder))
    if (!options.header) this.#fields = this.#plan(options.columns ?? schema.fields.map(f => f.name))
  }

  /** Looks for the header of a file of which only a part is read. */
  before(bytes: Uint8Array): boolean {
    if (this.#fields === undefined) {
      this.#headerBlocks ??= new RecordBlocks(lineBoundary, this.#options.maxRecordBytes, this.#headerSink)
      this.#headerBlocks.push(bytes)
    }
    this.#line = 0
    return this.#fields !== undefined
  }

  push(bytes: Uint8Array): Iterable<RecordBatch> {
    this.#blocks.push(bytes)
    return this.#batches.take()
  }

  end(): Iterable<RecordBatch> {
    this.#blocks.end()
    this.#batches.cut()
    return this.#batches.take()
  }

  records(bytes: Uint8Array, start: number, end: number, offset: number): number {
    const valid = isUtf8(bytes.subarray(start, end))
    let at = start
    while (at < end) {
      const next = this.#record(bytes, at, end, offset + at - start, valid)
      at = Math.abs(next)
      // What follows in the block was cut as if that had been one record: it has to be cut anew.
      if (next < 0) return at
    }
    return end
  }

  tooLong(head: Uint8Array, length: number, offset: number): number {
    if (this.#fields === undefined) throw badHeader(this.#context.origin, this.#tooLongReason())
    this.#line++
    const lineEnd = head.subarray(0, length).indexOf(newline)
    this.#bad(this.#line, offset, this.#tooLongReason(), head, 0, Math.min(lineEnd < 0 ? length : lineEnd, this.#options.maxRecordBytes))
    return lineEnd < 0 ? restOfRecord : lineEnd + 1
  }

  /**
   * One record, or an empty line; answers the position behind its newline, negated when a new record begins inside of
   * what had seemed to be one.
   */
  #record(bytes: Uint8Array, start: number, blockEnd: number, offset: number, valid: boolean): number {
    const limit = this.#options.multiLine ? blockEnd : bytes.indexOf(newline, start) + 1
    const line = ++this.#line
    const at = offset === 0 ? skipByteOrderMark(bytes, start) : start
    const emptyLine = bytes[at] === newline ? at + 1 : bytes[at] === carriageReturn && bytes[at + 1] === newline ? at + 2 : 0
    if (emptyLine > 0 && this.#fields?.length !== 1) return emptyLine
    const newlines = this.#reader.newlines
    try {
      if (!valid) this.#checkUtf8(bytes, start, limit)
      const names: string[] = []
      const fields = this.#fields
      const next = fields === undefined ? this.#reader.names(bytes, at, limit, names) : this.#reader.values(fields, bytes, at, limit)
      if (next - start > this.#options.maxRecordBytes && this.#isTooLong(bytes, start, next)) throw this.#fault.because(this.#tooLongReason())
      if (fields === undefined) this.#fields = this.#plan(names)
      else this.#batches.add(next - start)
      this.#line += this.#reader.newlines - newlines
      return next
    } catch (fault) {
      if (!(fault instanceof RecordFault)) throw fault
      if (this.#fields === undefined) throw badHeader(this.#context.origin, this.#headerFault(bytes, start, limit, fault.reason))
      this.#batches.undo()
      const { reason } = fault
      return this.#badRecord(bytes, start, limit, offset, line, offset === 0 && !this.#options.header ? reason + this.#firstRecordHint(bytes, at, limit) : reason)
    }
  }

  /** As in tooLong(), which sees the same header when it comes in several pieces. */
  #headerFault(bytes: Uint8Array, start: number, limit: number, reason: string): string {
    const end = this.#endOf(bytes, start, limit)
    return this.#isTooLong(bytes, start, end < 0 ? limit : end) ? this.#tooLongReason() : reason
  }

  #firstRecordHint(bytes: Uint8Array, at: number, limit: number): string {
    const fields: string[] = []
    try {
      this.#reader.names(bytes, at, limit, fields)
    } catch (fault) {
      if (!(fault instanceof RecordFault)) throw fault
      return ''
    }
    return firstRecordHint(fields, this.#columns.map(c => c.field.name), this.#fields?.length ?? 0)
  }

  #badRecord(bytes: Uint8Array, start: number, limit: number, offset: number, line: number, reason: string): number {
    const { maxRecordBytes } = this.#options
    const lineEnd = bytes.indexOf(newline, start)
    const end = this.#endOf(bytes, start, limit)
    const tooLong = end > 0 && this.#isTooLong(bytes, start, end)
    // As in tooLong(), which sees the same record when it comes in several pieces.
    if (end < 0 || (tooLong && lineEnd + 1 < end && lineEnd < start + maxRecordBytes + 2)) {
      this.#bad(line, offset, tooLong ? this.#tooLongReason() : reason, bytes, start, tooLong ? Math.min(lineEnd, start + maxRecordBytes) : lineEnd)
      return lineEnd + 1 === limit ? limit : -(lineEnd + 1)
    }
    this.#line += newlinesIn(bytes, start, end) - 1
    const contentEnd = end - (bytes[end - 2] === carriageReturn ? 2 : 1)
    this.#bad(line, offset, tooLong ? this.#tooLongReason() : reason, bytes, start, tooLong ? start + maxRecordBytes : Math.max(start, contentEnd))
    return end
  }

  /** @throws QueryError FORMAT_SCHEMA_MISMATCH */
  #plan(names: readonly string[]): readonly (ColumnPlan | null)[] {
    for (const { field } of this.#columns) {
      const count = names.filter(name => name === field.name).length
      if (count !== 1) throw wrongColumns(this.#context.origin, field.name, count, names, this.#columns.map(c => c.field.name), this.#options.header)
    }
    const plans = new Map(this.#columns.map(c => [c.field.name, c]))
    return names.map(name => plans.get(name) ?? null)
  }

  /** Behind the newline that ends the record; -1 when a quote is never closed. */
  #endOf(bytes: Uint8Array, start: number, limit: number): number {
    this.#boundary.reset()
    return this.#boundary.next(bytes, start, limit)
  }

  #checkUtf8(bytes: Uint8Array, start: number, limit: number): void {
    const end = this.#endOf(bytes, start, limit)
    if (end > 0 && !isUtf8(bytes.subarray(start, end))) throw this.#fault.because(notUtf8(bytes, start))
  }

  #isTooLong(bytes: Uint8Array, start: number, next: number): boolean {
    return next - start - (bytes[next - 2] === carriageReturn ? 2 : 1) > this.#options.maxRecordBytes
  }

  #tooLongReason(): string {
    return `the record is longer than ${this.#options.maxRecordBytes} bytes (maxRecordBytes)`
  }

  #bad(line: number, byte: number, reason: string, bytes: Uint8Array, start: number, end: number): void {
    reportBadRecord(this.#context, { line, byte }, reason, bytes, start, end)
  }
}

function skipByteOrderMark(bytes: Uint8Array, start: number): number {
  return bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf ? start + 3 : start
}

function newlinesIn(bytes: Uint8Array, start: number, end: number): number {
  let n = 0
  for (let at = bytes.indexOf(newline, start); at >= 0 && at < end; at = bytes.indexOf(newline, at + 1)) n++
  return n
}
