import { VectorBuilder } from '../../columnar/builder.ts'
import { field, structType } from '../../columnar/data-type.ts'
import type { Schema } from '../../columnar/schema.ts'
import { notUtf8, RecordFault } from '../bad-record.ts'
import type { RecordDecoder } from '../format.ts'
import { isUtf8Range, plainBytes } from '../utf8-range.ts'
import { FieldPlan } from './field-plan.ts'
import { RecordReader } from './record-reader.ts'
import { skipSpace } from './structure.ts'

const newline = 0x0a
const carriageReturn = 0x0d

/**
 * Single JSON objects into columns: by the reader of JSON lines, which stops at a newline, so one is put behind the
 * record. An object that is written over several lines has newlines of its own; it is read from a copy without them.
 */
export class JsonRecordDecoder implements RecordDecoder {
  readonly columns: readonly VectorBuilder[]
  readonly #root: FieldPlan
  readonly #reader = new RecordReader('value')
  #bytes: Uint8Array = new Uint8Array(0)
  #view: DataView = new DataView(new ArrayBuffer(0))

  /** `row`: a struct of the schema's columns that others fill too. */
  constructor(schema: Schema, row?: VectorBuilder) {
    const type = structType(schema.fields)
    const builder = row ?? new VectorBuilder(type, 1024)
    this.#root = new FieldPlan(field('', type, false), '', builder)
    this.columns = builder.children
  }

  load(memory: Uint8Array): void {
    const bytes = plainBytes(memory)
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#reader.load(bytes, bytes.length)
  }

  decode(start: number, end: number, row: number): string | undefined {
    const bytes = this.#bytes
    if (start === end) return 'the value is empty'
    if (!isUtf8Range(bytes, this.#view, start, end)) return notUtf8(bytes, start)
    const behind = bytes[end]
    bytes[end] = newline
    const reason = this.#read(bytes, start, row, end)
    const lines = reason !== undefined && bytes.subarray(start, end).includes(newline)
    bytes[end] = behind
    return lines ? this.#readLines(start, end, row) : reason
  }

  /** The object and nothing behind it. */
  #read(bytes: Uint8Array, start: number, row: number, end: number): string | undefined {
    const marked = bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf
    try {
      let at = this.#reader.read(this.#root, marked ? start + 3 : start, row)
      // A newline that is not ours may be followed by more of them.
      while (at < end && bytes[at] === newline) at = skipSpace(bytes, at + 1)
      return at === end ? undefined : 'there is more than one value'
    } catch (fault) {
      if (!(fault instanceof RecordFault)) throw fault
      return fault.reason
    }
  }

  /** To JSON a carriage return is what a newline is: space between tokens, and refused inside of strings. */
  #readLines(start: number, end: number, row: number): string | undefined {
    const copy = new Uint8Array(end - start + 1)
    copy.set(this.#bytes.subarray(start, end))
    for (let at = copy.indexOf(newline); at >= 0; at = copy.indexOf(newline, at + 1)) copy[at] = carriageReturn
    copy[end - start] = newline
    for (const column of this.columns) column.truncate(row)
    this.#reader.load(copy, copy.length)
    const reason = this.#read(copy, 0, row, end - start)
    this.#reader.load(this.#bytes, this.#bytes.length)
    return reason
  }
}
