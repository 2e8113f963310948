import type { RecordBatch } from '../../columnar/record-batch.ts'
import type { Schema } from '../../columnar/schema.ts'
import { ByteWriter } from '../../columnar/text/byte-writer.ts'
import type { StreamEncoder } from '../format.ts'
import { JsonField, writeObject } from './json-values.ts'

/** Bytes are handed on in pieces of about this size. */
const pieceBytes = 256 * 1024

/**
 * Columns as JSON lines, one object a row, keys in the order of the schema. What each type looks like:
 *
 * | type | JSON |
 * |---|---|
 * | boolean, string | themselves |
 * | int32, integer, int64 | all digits (int64 may exceed what JavaScript's own JSON.parse keeps) |
 * | float64, vector | shortest digits that read back the same; `"NaN"`, `"Infinity"`, `"-Infinity"` as text |
 * | timestamp | `"2013-01-01T10:00:00Z"`, with `.mmm` or `.mmmmmm` where not zero |
 * | date | `"2013-01-01"` |
 * | binary | base64 text |
 * | array, struct | array, object |
 *
 * A null is written as `null`, unless ignoreNullFields leaves its field out (of nested objects too; never of arrays).
 * The decoder reads all of this back.
 */
export class JsonlEncoder implements StreamEncoder {
  readonly #schema: Schema
  readonly #ignoreNulls: boolean
  readonly #out = new ByteWriter(pieceBytes + 4096)

  constructor(schema: Schema, ignoreNullFields: boolean) {
    this.#schema = schema
    this.#ignoreNulls = ignoreNullFields
  }

  push(batch: RecordBatch): readonly Uint8Array[] {
    const out = this.#out
    const pieces: Uint8Array[] = []
    const fields = this.#schema.fields.map((f, k) => new JsonField(f.name, batch.columns[k], this.#ignoreNulls))
    for (let row = 0; row < batch.numRows; row++) {
      writeObject(out, fields, row, this.#ignoreNulls)
      out.byte(0x0a)
      if (out.length >= pieceBytes) pieces.push(out.take())
    }
    return pieces
  }

  end(): readonly Uint8Array[] {
    return this.#out.length === 0 ? [] : [this.#out.take()]
  }
}
