import { isUtf8 } from 'node:buffer'
import { VectorBuilder } from '../../columnar/builder.ts'
import { field, structType } from '../../columnar/data-type.ts'
import type { RecordBatch } from '../../columnar/record-batch.ts'
import type { Schema } from '../../columnar/schema.ts'
import { notUtf8, RecordFault, reportBadRecord } from '../bad-record.ts'
import type { DecodeContext, StreamDecoder } from '../format.ts'
import { lineBoundary, RecordBlocks, type RecordSink, restOfRecord } from '../record-blocks.ts'
import { RowBatches } from '../row-batches.ts'
import { FieldPlan } from './field-plan.ts'
import { RecordReader } from './record-reader.ts'
import { skipSpace } from './structure.ts'

const newline = 0x0a

/**
 * JSON lines into columns. Lines end with a line feed (a carriage return before it is space to JSON), the last one may
 * have none; lines of nothing but space are passed over, but counted. A byte order mark before the first line is too.
 */
export class JsonlDecoder implements StreamDecoder, RecordSink {
  readonly #context: DecodeContext
  readonly #maxRecordBytes: number
  readonly #root: FieldPlan
  readonly #batches: RowBatches
  readonly #reader = new RecordReader()
  readonly #blocks: RecordBlocks
  readonly #fault = new RecordFault()
  #line = 0

  constructor(schema: Schema, maxRecordBytes: number, context: DecodeContext) {
    this.#context = context
    this.#maxRecordBytes = maxRecordBytes
    // The record as a whole is a struct, so that its fields are read by the same code as nested ones.
    const type = structType(schema.fields)
    const builder = new VectorBuilder(type, 1024)
    this.#root = new FieldPlan(field('', type, false), '', builder)
    this.#batches = new RowBatches(schema, builder.children)
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
    this.#reader.load(bytes, end)
    // Checking a whole block costs next to nothing; only when it fails the lines are checked one by one.
    const valid = isUtf8(bytes.subarray(start, end))
    let at = start
    while (at < end) at = this.#record(bytes, at, offset + at - start, valid)
    return end
  }

  tooLong(head: Uint8Array, _length: number, offset: number): number {
    this.#line++
    this.#bad(offset, this.#tooLongReason(), head, 0, this.#maxRecordBytes)
    return restOfRecord
  }

  /** One line; answers the position behind its newline. */
  #record(bytes: Uint8Array, start: number, offset: number, valid: boolean): number {
    this.#line++
    const at = skipSpace(bytes, offset === 0 ? skipByteOrderMark(bytes, start) : start)
    if (bytes[at] === newline && !this.#isTooLong(bytes, start, at)) return at + 1
    try {
      if (!valid) this.#checkUtf8(bytes, start)
      const lineEnd = this.#reader.read(this.#root, at, this.#batches.rows)
      if (lineEnd - start > this.#maxRecordBytes && this.#isTooLong(bytes, start, lineEnd)) throw this.#fault
      this.#batches.add(lineEnd - start)
      return lineEnd + 1
    } catch (fault) {
      if (!(fault instanceof RecordFault)) throw fault
      this.#batches.undo()
      const lineEnd = bytes.indexOf(newline, start)
      if (this.#isTooLong(bytes, start, lineEnd)) this.#bad(offset, this.#tooLongReason(), bytes, start, start + this.#maxRecordBytes)
      else this.#bad(offset, fault.reason, bytes, start, bytes[lineEnd - 1] === 0x0d ? lineEnd - 1 : lineEnd)
      return lineEnd + 1
    }
  }

  /** A carriage return before the newline is not counted. */
  #isTooLong(bytes: Uint8Array, start: number, lineEnd: number): boolean {
    return lineEnd - start - (bytes[lineEnd - 1] === 0x0d ? 1 : 0) > this.#maxRecordBytes
  }

  #tooLongReason(): string {
    return `the line is longer than ${this.#maxRecordBytes} bytes (maxRecordBytes)`
  }

  #checkUtf8(bytes: Uint8Array, start: number): void {
    const line = bytes.subarray(start, bytes.indexOf(newline, start))
    if (!isUtf8(line)) throw this.#fault.because(notUtf8(bytes, start))
  }

  #bad(offset: number, reason: string, bytes: Uint8Array, start: number, end: number): void {
    reportBadRecord(this.#context, { line: this.#line, byte: offset }, reason, bytes, start, end)
  }
}

function skipByteOrderMark(bytes: Uint8Array, start: number): number {
  return bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf ? start + 3 : start
}
