import type { RecordBatch } from '../../columnar/record-batch.ts'
import { ByteWriter } from '../../columnar/text/byte-writer.ts'
import { BytesReader, isNullAt, type Vector } from '../../columnar/vector.ts'
import { JsonField, writeObject } from '../../formats/jsonl/json-values.ts'
import type { FieldMapping } from './record-mapping.ts'

/**
 * The bytes of keys or values, row by row: [start, end) of `bytes`, valid until the next call; start is -1 for null.
 *
 * Strings and binary are their bytes, where they lie. What else a single column holds is its JSON text, without the quotes
 * that dates and times have; several columns are one JSON object.
 */
export class FieldReader {
  bytes: Uint8Array = new Uint8Array(0)
  start = -1
  end = -1
  readonly #scratch = new ByteWriter(256)
  readonly #mapping: FieldMapping | null
  #vector: Vector | undefined
  #text: BytesReader | undefined
  #fields: readonly JsonField[] = []

  constructor(mapping: FieldMapping | null) {
    this.#mapping = mapping
  }

  /** The rows that follow are those of this batch. */
  bind(batch: RecordBatch): void {
    const mapping = this.#mapping
    if (mapping === null) return
    if (mapping.kind === 'json') {
      this.#fields = mapping.columns.map(k => new JsonField(batch.schema.fields[k].name, batch.columns[k], mapping.ignoreNullFields))
      return
    }
    const vector = batch.columns[mapping.column]
    this.#vector = vector
    const isText = vector.type.kind === 'string' || vector.type.kind === 'binary'
    this.#text = isText ? new BytesReader(vector) : undefined
    this.#fields = isText ? [] : [new JsonField('', vector, false)]
    if (this.#text !== undefined) this.bytes = this.#text.bytes
  }

  read(row: number): void {
    const mapping = this.#mapping
    if (mapping === null) return
    if (mapping.kind === 'json') {
      this.#scratch.clear()
      writeObject(this.#scratch, this.#fields, row, mapping.ignoreNullFields)
      this.#take(0)
      return
    }
    if (isNullAt(this.#vector as Vector, row)) {
      this.start = this.end = -1
      return
    }
    const text = this.#text
    if (text !== undefined) {
      this.start = text.start(row)
      this.end = text.end(row)
      return
    }
    this.#scratch.clear()
    this.#fields[0].write(this.#scratch, row)
    this.#take(this.#scratch.bytes[0] === quote ? 1 : 0)
  }

  #take(quotes: number): void {
    this.bytes = this.#scratch.bytes
    this.start = quotes
    this.end = this.#scratch.length - quotes
  }
}

const quote = 0x22
