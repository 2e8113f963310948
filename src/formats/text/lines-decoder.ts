import { isUtf8 } from 'node:buffer'
import { VectorBuilder } from '../../columnar/builder.ts'
import type { RecordBatch } from '../../columnar/record-batch.ts'
import type { Schema } from '../../columnar/schema.ts'
import { notUtf8, reportBadRecord } from '../bad-record.ts'
import type { DecodeContext, StreamDecoder } from '../format.ts'
import { lineBoundary, RecordBlocks, type RecordSink, restOfRecord } from '../record-blocks.ts'
import { RowBatches } from '../row-batches.ts'

const newline = 0x0a
const carriageReturn = 0x0d

/**
 * Lines as rows of one string column, without the line feed and a carriage return before it; empty lines are rows too. The
 * column may also be left out of the schema, when only rows are counted. A byte order mark at the start is taken off.
 */
export class LinesDecoder implements StreamDecoder, RecordSink {
  readonly #context: DecodeContext
  readonly #maxRecordBytes: number
  readonly #batches: RowBatches
  readonly #blocks: RecordBlocks
  #line = 0

  constructor(schema: Schema, maxRecordBytes: number, context: DecodeContext) {
    this.#context = context
    this.#maxRecordBytes = maxRecordBytes
    this.#batches = new RowBatches(schema, schema.fields.map(f => new VectorBuilder(f.type, 1024)))
    this.#blocks = new RecordBlocks(lineBoundary, maxRecordBytes, this, context.firstByte)
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
    for (let at = start; at < end; ) {
      const lineEnd = bytes.indexOf(newline, at)
      const contentEnd = lineEnd > at && bytes[lineEnd - 1] === carriageReturn ? lineEnd - 1 : lineEnd
      this.#record(bytes, at, contentEnd, offset + at - start, valid)
      at = lineEnd + 1
    }
    return end
  }

  tooLong(head: Uint8Array, _length: number, offset: number): number {
    this.#line++
    this.#bad(offset, this.#tooLongReason(), head, 0, this.#maxRecordBytes)
    return restOfRecord
  }

  #record(bytes: Uint8Array, start: number, end: number, offset: number, valid: boolean): void {
    this.#line++
    if (end - start > this.#maxRecordBytes) {
      this.#bad(offset, this.#tooLongReason(), bytes, start, start + this.#maxRecordBytes)
      return
    }
    if (!valid && !isUtf8(bytes.subarray(start, end))) {
      this.#bad(offset, notUtf8(bytes, start), bytes, start, end)
      return
    }
    const marked = offset === 0 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf
    for (const column of this.#batches.columns) column.appendBytes(bytes, marked ? start + 3 : start, end)
    this.#batches.add(end - start)
  }

  #tooLongReason(): string {
    return `the line is longer than ${this.#maxRecordBytes} bytes (maxRecordBytes)`
  }

  #bad(offset: number, reason: string, bytes: Uint8Array, start: number, end: number): void {
    reportBadRecord(this.#context, { line: this.#line, byte: offset }, reason, bytes, start, end)
  }
}
