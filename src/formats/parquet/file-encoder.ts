import type { RowGroup, SchemaElement } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { writeMetadata } from 'hyparquet-writer/src/metadata.js'
import type { RecordBatch } from '../../columnar/record-batch.ts'
import type { Schema } from '../../columnar/schema.ts'
import type { StreamEncoder } from '../format.ts'
import { RowGrouper } from '../row-grouper.ts'
import { type WriteCodec, writeColumn } from './column-writer.ts'
import { fileElements } from './file-elements.ts'
import { shred } from './shred.ts'

export interface ParquetWriteOptions {
  readonly codec: WriteCodec
  readonly rowGroupRows: number
  /** Texts for the footer. */
  readonly metadata?: { readonly [name: string]: string } | undefined
}

/** A row group also ends when its values take this much, so that it can be held in memory while it is written. */
const rowGroupBytes = 64 * 1024 * 1024

const magic = new Uint8Array([0x50, 0x41, 0x52, 0x31])

/**
 * Writes a Parquet file. A row group is collected and then written column by column; one row group is in memory at a
 * time. Row groups and pages are cut by rows and bytes of values, so equal rows give equal files.
 */
export class ParquetEncoder implements StreamEncoder {
  readonly #schema: Schema
  readonly #codec: WriteCodec
  readonly #metadata: { readonly [name: string]: string } | undefined
  readonly #elements: readonly SchemaElement[]
  readonly #leaves: readonly SchemaElement[]
  readonly #rows: RowGrouper
  readonly #groups: RowGroup[] = []
  #offset = 0

  constructor(schema: Schema, options: ParquetWriteOptions) {
    this.#schema = schema
    this.#codec = options.codec
    this.#metadata = options.metadata
    this.#elements = fileElements(schema)
    this.#leaves = this.#elements.filter(e => e.type !== undefined)
    this.#rows = new RowGrouper(schema, options.rowGroupRows, rowGroupBytes)
  }

  push(batch: RecordBatch): readonly Uint8Array[] {
    return this.#rows.push(batch).flatMap(group => this.#writeGroup(group))
  }

  end(): readonly Uint8Array[] {
    const rest = this.#rows.end()
    return [...(rest === null ? [] : this.#writeGroup(rest)), ...this.#begin(), this.#footer()]
  }

  #begin(): Uint8Array[] {
    if (this.#offset > 0) return []
    this.#offset = magic.length
    return [magic.slice()]
  }

  #writeGroup(group: RecordBatch): Uint8Array[] {
    const out = this.#begin()
    const start = this.#offset
    const columns: RowGroup['columns'] = []
    let uncompressed = 0
    this.#schema.fields.forEach((f, k) => {
      for (const column of shred(f, group.columns[k])) {
        const written = writeColumn(column, this.#leaves[columns.length], this.#codec, this.#offset)
        columns.push(written.chunk)
        out.push(written.bytes)
        this.#offset += written.bytes.length
        uncompressed += written.uncompressedSize
      }
    })
    this.#groups.push({
      columns,
      total_byte_size: BigInt(uncompressed),
      num_rows: BigInt(group.numRows),
      total_compressed_size: BigInt(this.#offset - start),
    })
    return out
  }

  #footer(): Uint8Array {
    const writer = new ByteWriter()
    const rows = this.#groups.reduce((n, g) => n + g.num_rows, 0n)
    writeMetadata(writer, {
      version: 2,
      created_by: 'millrace version 1',
      schema: [...this.#elements],
      num_rows: rows,
      row_groups: this.#groups,
      metadata_length: 0,
      ...(this.#metadata === undefined ? {} : { key_value_metadata: Object.entries(this.#metadata).map(([key, value]) => ({ key, value })) }),
    })
    writer.appendBytes(magic)
    return writer.getBytes().slice()
  }
}
