import { VectorBuilder } from '../../columnar/builder.ts'
import type { Schema } from '../../columnar/schema.ts'
import { notUtf8, RecordFault } from '../bad-record.ts'
import type { RecordDecoder } from '../format.ts'
import { isUtf8Range, plainBytes } from '../utf8-range.ts'
import type { ResolvedCsvOptions } from './options.ts'
import { type ColumnPlan, columnPlan, RowReader } from './row-reader.ts'

const newline = 0x0a
const carriageReturn = 0x0d

/** Single CSV records into columns: as many fields as `columns` or the schema has names, with or without a line end. */
export class CsvRecordDecoder implements RecordDecoder {
  readonly columns: readonly VectorBuilder[]
  readonly #fields: readonly (ColumnPlan | null)[]
  readonly #reader: RowReader
  #bytes: Uint8Array = new Uint8Array(0)
  #view: DataView = new DataView(new ArrayBuffer(0))

  constructor(schema: Schema, options: ResolvedCsvOptions) {
    const plans = schema.fields.map(f => columnPlan(f, new VectorBuilder(f.type, 1024)))
    this.columns = plans.map(plan => plan.builder)
    const names = options.columns ?? schema.fields.map(f => f.name)
    this.#fields = names.map(name => plans.find(plan => plan.field.name === name) ?? null)
    this.#reader = new RowReader(options)
  }

  load(memory: Uint8Array): void {
    const bytes = plainBytes(memory)
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  decode(start: number, end: number): string | undefined {
    const bytes = this.#bytes
    if (!isUtf8Range(bytes, this.#view, start, end)) return notUtf8(bytes, start)
    const behind = bytes[end]
    bytes[end] = newline
    try {
      let at = this.#reader.values(this.#fields, bytes, start, end + 1)
      // A record may bring its own line end.
      while (at < end && (bytes[at] === newline || bytes[at] === carriageReturn)) at++
      return at >= end ? undefined : 'there is more than one record'
    } catch (fault) {
      if (!(fault instanceof RecordFault)) throw fault
      return fault.reason
    } finally {
      bytes[end] = behind
    }
  }
}
