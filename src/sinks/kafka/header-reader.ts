import type { RecordBatch } from '../../columnar/record-batch.ts'
import { BytesReader, isNullAt, type Vector } from '../../columnar/vector.ts'
import { noHeaders, type RecordHeader } from '../../clients/kafka/records/record-encoder.ts'
import { recordRefused } from './errors.ts'
import { FieldReader } from './field-reader.ts'
import type { HeadersMapping } from './record-mapping.ts'

/** The headers of records, row by row. Their bytes are valid until the next call. */
export interface HeaderReader {
  bind(batch: RecordBatch): void
  read(row: number): readonly RecordHeader[]
}

export function headerReader(mapping: HeadersMapping | null): HeaderReader {
  if (mapping === null) return { bind: () => {}, read: () => noHeaders }
  return mapping.kind === 'list' ? new ListedHeaders(mapping.column) : new NamedHeaders(mapping.headers)
}

/** One column with all headers; a null is none. */
class ListedHeaders implements HeaderReader {
  readonly #column: number
  #lists: Vector | undefined
  #entries: Vector | undefined
  #keys: Vector | undefined
  #values: Vector | undefined

  constructor(column: number) {
    this.#column = column
  }

  bind(batch: RecordBatch): void {
    this.#lists = batch.columns[this.#column]
    this.#entries = this.#lists.children[0]
    this.#keys = this.#entries.children[0]
    this.#values = this.#entries.children[1]
  }

  read(row: number): readonly RecordHeader[] {
    const lists = this.#lists as Vector
    if (isNullAt(lists, row)) return noHeaders
    const offsets = lists.offsets as Int32Array
    const headers: RecordHeader[] = []
    for (let k = offsets[row]; k < offsets[row + 1]; k++) {
      const name = isNullAt(this.#entries as Vector, k) ? null : bytesAt(this.#keys as Vector, k)
      if (name === null) throw recordRefused(`one of its headers has no name (column ${this.#column + 1})`, { row })
      headers.push({ name, value: bytesAt(this.#values as Vector, k) })
    }
    return headers
  }
}

function bytesAt(v: Vector, i: number): Uint8Array | null {
  if (isNullAt(v, i)) return null
  const reader = new BytesReader(v)
  return reader.bytes.subarray(reader.start(i), reader.end(i))
}

/** A column for each header; where it is null, the header is not there. */
class NamedHeaders implements HeaderReader {
  readonly #columns: readonly { readonly name: Uint8Array; readonly field: FieldReader }[]

  constructor(headers: readonly { readonly name: string; readonly column: number }[]) {
    this.#columns = headers.map(h => ({ name: new TextEncoder().encode(h.name), field: new FieldReader({ kind: 'column', column: h.column }) }))
  }

  bind(batch: RecordBatch): void {
    for (const { field } of this.#columns) field.bind(batch)
  }

  read(row: number): readonly RecordHeader[] {
    const headers: RecordHeader[] = []
    for (const { name, field } of this.#columns) {
      field.read(row)
      if (field.start >= 0) headers.push({ name, value: field.bytes.subarray(field.start, field.end) })
    }
    return headers
  }
}
