import { getBit } from '../../columnar/bitmap.ts'
import type { DataType } from '../../columnar/data-type.ts'
import type { RecordBatch } from '../../columnar/record-batch.ts'
import type { Schema } from '../../columnar/schema.ts'
import { writeBase64 } from '../../columnar/text/base64.ts'
import { ByteWriter } from '../../columnar/text/byte-writer.ts'
import { writeFloat64, writeInt64, writeInteger } from '../../columnar/text/number-text.ts'
import { writeDate, writeTimestamp } from '../../columnar/text/timestamp-text.ts'
import { BytesReader, isNullAt, type Vector } from '../../columnar/vector.ts'
import type { StreamEncoder } from '../format.ts'
import type { ResolvedCsvOptions } from './options.ts'

/** Bytes are handed on in pieces of about this size. */
const pieceBytes = 256 * 1024

/**
 * Columns as CSV (RFC 4180, lines end with a line feed). Null is nullValue without quotes; a value that reads like it, or
 * that has a delimiter, a quote or a line end inside, stands in quotes. So the decoder reads back what was written.
 */
export class CsvEncoder implements StreamEncoder {
  readonly #schema: Schema
  readonly #header: boolean
  readonly #fields: FieldText
  readonly #out = new ByteWriter(pieceBytes + 4096)
  readonly #delimiter: number
  #started = false

  constructor(schema: Schema, options: ResolvedCsvOptions) {
    this.#schema = schema
    this.#header = options.header
    this.#delimiter = options.delimiter.charCodeAt(0)
    this.#fields = new FieldText(options)
  }

  push(batch: RecordBatch): readonly Uint8Array[] {
    this.#start()
    const out = this.#out
    const pieces: Uint8Array[] = []
    const columns = batch.columns.map(vector => new ColumnText(vector))
    for (let row = 0; row < batch.numRows; row++) {
      for (let k = 0; k < columns.length; k++) {
        if (k > 0) out.byte(this.#delimiter)
        if (isNullAt(columns[k].vector, row)) this.#fields.writeNull(out)
        else this.#fields.write(out, columns[k], row)
      }
      out.byte(0x0a)
      if (out.length >= pieceBytes) pieces.push(out.take())
    }
    return pieces
  }

  end(): readonly Uint8Array[] {
    this.#start()
    return this.#out.length === 0 ? [] : [this.#out.take()]
  }

  /** The header comes even when there are no rows, so that the file has its columns. */
  #start(): void {
    if (this.#started) return
    this.#started = true
    if (!this.#header) return
    const encoder = new TextEncoder()
    this.#schema.fields.forEach((f, k) => {
      if (k > 0) this.#out.byte(this.#delimiter)
      const name = encoder.encode(f.name)
      this.#fields.writeText(this.#out, name, 0, name.length)
    })
    this.#out.byte(0x0a)
  }
}

/** Prints values of one column without quotes; made once per batch. */
class ColumnText {
  readonly vector: Vector
  readonly kind: DataType['kind']
  /** For text and binary. */
  readonly reader: BytesReader | null

  constructor(vector: Vector) {
    this.vector = vector
    this.kind = vector.type.kind
    this.reader = this.kind === 'string' || this.kind === 'binary' ? new BytesReader(vector) : null
  }

  write(out: ByteWriter, i: number): void {
    const { vector } = this
    switch (this.kind) {
      case 'boolean':
        out.text(getBit(vector.values as Uint8Array, i) ? 'true' : 'false')
        return
      case 'int32':
      case 'integer':
        writeInteger(out, (vector.values as Int32Array | Float64Array)[i])
        return
      case 'int64':
        writeInt64(out, (vector.values as BigInt64Array)[i])
        return
      case 'float64': {
        const value = (vector.values as Float64Array)[i]
        if (Number.isFinite(value)) writeFloat64(out, value)
        else out.text(String(value))
        return
      }
      case 'timestamp':
        writeTimestamp(out, (vector.values as Float64Array)[i])
        return
      case 'date':
        writeDate(out, (vector.values as Int32Array)[i])
        return
      case 'binary': {
        const reader = this.reader as BytesReader
        writeBase64(out, reader.bytes, reader.start(i), reader.end(i))
        return
      }
      default:
        // Text is written by FieldText, and other types are refused before a row is seen.
        return
    }
  }
}

/** Puts quotes around a field where they are needed. */
class FieldText {
  readonly #quote: number
  readonly #escape: number
  readonly #nullText: Uint8Array
  /** 1 for the bytes that make quotes necessary. */
  readonly #special = new Uint8Array(256)
  readonly #scratch = new ByteWriter(64)

  constructor(options: ResolvedCsvOptions) {
    this.#quote = options.quote.charCodeAt(0)
    this.#escape = options.escape.charCodeAt(0)
    this.#nullText = new TextEncoder().encode(options.nullValue)
    for (const c of [options.delimiter.charCodeAt(0), this.#quote, 0x0a, 0x0d]) this.#special[c] = 1
  }

  writeNull(out: ByteWriter): void {
    out.copy(this.#nullText, 0, this.#nullText.length)
  }

  write(out: ByteWriter, column: ColumnText, i: number): void {
    if (column.kind === 'string') {
      const reader = column.reader as BytesReader
      this.writeText(out, reader.bytes, reader.start(i), reader.end(i))
      return
    }
    this.#scratch.clear()
    column.write(this.#scratch, i)
    this.writeText(out, this.#scratch.bytes, 0, this.#scratch.length)
  }

  writeText(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
    const special = this.#special
    // A byte order mark at the beginning of a file is taken off by readers; quotes keep it.
    const marked = end - start >= 3 && bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf
    let plain = !marked && !this.#readsAsNull(bytes, start, end)
    for (let i = start; plain && i < end; i++) plain = special[bytes[i]] === 0
    if (plain) {
      out.copy(bytes, start, end)
      return
    }
    out.reserve(2 * (end - start) + 2)
    const to = out.bytes
    let at = out.length
    to[at++] = this.#quote
    for (let i = start; i < end; i++) {
      const c = bytes[i]
      if (c === this.#quote || c === this.#escape) to[at++] = this.#escape
      to[at++] = c
    }
    to[at++] = this.#quote
    out.length = at
  }

  #readsAsNull(bytes: Uint8Array, start: number, end: number): boolean {
    const text = this.#nullText
    if (end - start !== text.length) return false
    for (let k = 0; k < text.length; k++) if (bytes[start + k] !== text[k]) return false
    return true
  }
}
