import { isUtf8 } from 'node:buffer'
import { VectorBuilder } from '../../columnar/builder.ts'
import { field, structType } from '../../columnar/data-type.ts'
import { RecordBatch } from '../../columnar/record-batch.ts'
import type { Schema } from '../../columnar/schema.ts'
import { RecordFault, reportBadRecord } from '../bad-record.ts'
import { batchRows, maxBatchInputBytes } from '../batch-limits.ts'
import type { DecodeContext, StreamDecoder } from '../format.ts'
import { lineBoundary, RecordBlocks, type RecordSink } from '../record-blocks.ts'
import { FieldPlan } from './field-plan.ts'
import { RecordReader } from './record-reader.ts'
import { skipSpace } from './structure.ts'

const newline = 0x0a

/**
 * JSON lines into columns. Lines end with a line feed (a carriage return before it is space to JSON), the last one may
 * have none; lines of nothing but space are passed over, but counted. A byte order mark before the first line is too.
 */
export class JsonlDecoder implements StreamDecoder, RecordSink {
  readonly #schema: Schema
  readonly #context: DecodeContext
  readonly #maxRecordBytes: number
  readonly #root: FieldPlan
  readonly #columns: readonly VectorBuilder[]
  readonly #reader = new RecordReader()
  readonly #blocks: RecordBlocks
  readonly #maxRows: number
  readonly #fault = new RecordFault()
  #rows = 0
  #line = 0
  #batchBytes = 0
  #ready: RecordBatch[] = []

  constructor(schema: Schema, maxRecordBytes: number, context: DecodeContext) {
    this.#schema = schema
    this.#context = context
    this.#maxRecordBytes = maxRecordBytes
    this.#maxRows = batchRows(schema)
    // The record as a whole is a struct, so that its fields are read by the same code as nested ones.
    const rootType = structType(schema.fields)
    const root = new VectorBuilder(rootType, 1024)
    this.#columns = root.children
    this.#root = rootPlan(rootType, root)
    this.#blocks = new RecordBlocks(lineBoundary, maxRecordBytes, this)
  }

  push(bytes: Uint8Array): Iterable<RecordBatch> {
    this.#blocks.push(bytes)
    return this.#take()
  }

  end(): Iterable<RecordBatch> {
    this.#blocks.end()
    if (this.#rows > 0) this.#cut()
    return this.#take()
  }

  records(bytes: Uint8Array, start: number, end: number, offset: number): void {
    this.#reader.load(bytes, end)
    // Checking a whole block costs next to nothing; only when it fails the lines are checked one by one.
    const valid = isUtf8(bytes.subarray(start, end))
    let at = start
    while (at < end) at = this.#record(bytes, at, offset + at - start, valid)
  }

  tooLong(head: Uint8Array, length: number, offset: number): number {
    this.#line++
    this.#bad(offset, this.#tooLongReason(), head, 0, this.#maxRecordBytes)
    return length
  }

  /** One line; answers the position behind its newline. */
  #record(bytes: Uint8Array, start: number, offset: number, valid: boolean): number {
    this.#line++
    let at = this.#line === 1 ? skipByteOrderMark(bytes, start) : start
    at = skipSpace(bytes, at)
    if (bytes[at] === newline) return at + 1
    const row = this.#rows
    try {
      if (!valid) this.#checkUtf8(bytes, start)
      const lineEnd = this.#reader.read(this.#root, at, row)
      if (lineEnd - start > this.#maxRecordBytes && this.#tooLong(bytes, start, lineEnd)) throw this.#fault
      this.#rows++
      this.#batchBytes += lineEnd - start
      if (this.#rows === this.#maxRows || this.#batchBytes >= maxBatchInputBytes) this.#cut()
      return lineEnd + 1
    } catch (fault) {
      if (!(fault instanceof RecordFault)) throw fault
      for (const column of this.#columns) column.truncate(row)
      const lineEnd = bytes.indexOf(newline, start)
      if (this.#tooLong(bytes, start, lineEnd)) this.#bad(offset, this.#tooLongReason(), bytes, start, start + this.#maxRecordBytes)
      else this.#bad(offset, fault.reason, bytes, start, lineEnd)
      return lineEnd + 1
    }
  }

  /** A carriage return before the newline is not counted. */
  #tooLong(bytes: Uint8Array, start: number, lineEnd: number): boolean {
    const length = lineEnd - start
    return length > this.#maxRecordBytes + 1 || (length === this.#maxRecordBytes + 1 && bytes[lineEnd - 1] !== 0x0d)
  }

  #tooLongReason(): string {
    return `the line is longer than ${this.#maxRecordBytes} bytes (maxRecordBytes)`
  }

  #checkUtf8(bytes: Uint8Array, start: number): void {
    const line = bytes.subarray(start, bytes.indexOf(newline, start))
    if (!isUtf8(line)) throw this.#fault.because('it is no valid UTF-8')
  }

  #bad(offset: number, reason: string, bytes: Uint8Array, start: number, end: number): void {
    reportBadRecord(this.#context, { line: this.#line, byte: offset }, reason, bytes, start, end)
  }

  #cut(): void {
    this.#ready.push(new RecordBatch(this.#schema, this.#rows, this.#columns.map(column => column.finish())))
    this.#rows = 0
    this.#batchBytes = 0
  }

  #take(): readonly RecordBatch[] {
    const ready = this.#ready
    this.#ready = []
    return ready
  }
}

function skipByteOrderMark(bytes: Uint8Array, start: number): number {
  return bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf ? start + 3 : start
}

function rootPlan(type: ReturnType<typeof structType>, builder: VectorBuilder): FieldPlan {
  return new FieldPlan(field('', type, false), '', builder)
}
