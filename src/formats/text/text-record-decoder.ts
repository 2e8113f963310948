import { VectorBuilder } from '../../columnar/builder.ts'
import type { Schema } from '../../columnar/schema.ts'
import { notUtf8 } from '../bad-record.ts'
import type { RecordDecoder } from '../format.ts'
import { isUtf8Range, plainBytes } from '../utf8-range.ts'

/** Whole records as text, line ends and all. */
export class TextRecordDecoder implements RecordDecoder {
  readonly columns: readonly VectorBuilder[]
  #bytes: Uint8Array = new Uint8Array(0)
  #view: DataView = new DataView(new ArrayBuffer(0))

  constructor(schema: Schema) {
    this.columns = schema.fields.map(f => new VectorBuilder(f.type, 1024))
  }

  load(memory: Uint8Array): void {
    const bytes = plainBytes(memory)
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  decode(start: number, end: number): string | undefined {
    if (!isUtf8Range(this.#bytes, this.#view, start, end)) return notUtf8(this.#bytes, start)
    for (const column of this.columns) column.appendBytes(this.#bytes, start, end)
    return undefined
  }
}
