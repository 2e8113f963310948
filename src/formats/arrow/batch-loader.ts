import * as arrow from 'apache-arrow'
import type { DictionaryBatch, RecordBatch as BatchHeader } from 'apache-arrow/ipc/metadata/message'
import { CompressedVectorLoader, VectorLoader } from 'apache-arrow/visitor/vectorloader'
import { maxBatchRows, RecordBatch } from '../../columnar/record-batch.ts'
import type { Schema } from '../../columnar/schema.ts'
import { sliceRows } from '../../columnar/take.ts'
import { nullVector } from '../../columnar/vector.ts'
import { checkConvertible, conform, missing } from '../conform.ts'
import { asUnreadable, type ColumnOrigin } from '../file-errors.ts'
import { fromArrowType } from './arrow-types.ts'
import { decompressBuffers } from './body-compression.ts'
import { dictionaryHeader, recordBatchHeader, schemaHeader } from './flat-guard.ts'
import type { Frame } from './framer.ts'
import { importVector } from './import-vector.ts'

/** Turns the messages of one Arrow stream or file into our batches. Keeps the dictionaries, and nothing else. */
export class BatchLoader {
  readonly #wanted: Schema
  readonly #file: string
  #schema: arrow.Schema | null = null
  /** For each declared column its position in the data, or −1. */
  #positions: number[] = []
  readonly #dictionaries = new Map<number, arrow.Vector>()

  constructor(wanted: Schema, file: string) {
    this.#wanted = wanted
    this.#file = file
  }

  get hasSchema(): boolean {
    return this.#schema !== null
  }

  /** @throws QueryError FORMAT_SCHEMA_MISMATCH, FORMAT_UNSUPPORTED */
  setSchema(schema: arrow.Schema): void {
    this.#schema = schema
    try {
      this.#positions = this.#wanted.fields.map(want => {
        const where = this.#origin(want.name)
        const at = schema.fields.findIndex(f => f.name === want.name)
        if (at >= 0) checkConvertible(fromArrowType(schema.fields[at].type as arrow.DataType, where), want.type, where)
        else if (!want.nullable) throw missing(where)
        return at
      })
    } catch (error) {
      throw asUnreadable(error, this.#file)
    }
  }

  /** The batches of a message: none for a schema or a dictionary. `byte` is where it ends, for errors. */
  *load(frame: Frame, byte: number): Generator<RecordBatch> {
    let batch: RecordBatch | null
    try {
      batch = this.#load(frame)
    } catch (error) {
      throw asUnreadable(error, this.#file, byte)
    }
    if (batch === null) return
    for (let start = 0; start < batch.numRows; start += maxBatchRows) {
      yield sliceRows(batch, start, Math.min(batch.numRows, start + maxBatchRows))
    }
  }

  #load({ header, metadata, body }: Frame): RecordBatch | null {
    const message = arrow.Message.decode(metadata)
    if (header === schemaHeader) {
      this.setSchema(message.header() as unknown as arrow.Schema)
      return null
    }
    if (this.#schema === null) throw new Error('its data begins without a schema (a file whose schema stands at its end only can be read from disk, not as a stream)')
    if (header === dictionaryHeader) {
      this.#dictionary(this.#schema, message.header() as unknown as DictionaryBatch, body)
      return null
    }
    return header === recordBatchHeader ? this.#batch(this.#schema, message.header() as unknown as BatchHeader, body) : null
  }

  #dictionary(schema: arrow.Schema, header: DictionaryBatch, body: Uint8Array): void {
    const type = schema.dictionaries.get(header.id)
    if (type === undefined) throw new Error(`dictionary ${header.id} belongs to no column`)
    const values = new arrow.Vector(this.#vectors(schema, header.data, body, [type]))
    const old = this.#dictionaries.get(header.id)
    this.#dictionaries.set(header.id, header.isDelta && old !== undefined ? old.concat(values) : values)
  }

  #batch(schema: arrow.Schema, header: BatchHeader, body: Uint8Array): RecordBatch {
    const rows = header.length
    if (!(rows >= 0 && rows <= 2 ** 31 - 1)) throw new Error(`a record batch claims ${rows} rows`)
    const data = this.#vectors(schema, header, body, schema.fields)
    const columns = this.#wanted.fields.map((want, k) => {
      const at = this.#positions[k]
      if (at < 0) return nullVector(want.type, rows)
      if (data[at].length !== rows) throw new Error(`column "${want.name}" has ${data[at].length} values in a batch of ${rows} rows`)
      const where = this.#origin(want.name)
      return conform(importVector(data[at], where), want, where)
    })
    return new RecordBatch(this.#wanted, rows, columns)
  }

  #vectors(schema: arrow.Schema, header: BatchHeader, body: Uint8Array, types: (arrow.Field | arrow.DataType)[]): arrow.Data[] {
    for (const { offset, length } of header.buffers) {
      if (!(offset >= 0 && length >= 0 && offset + length <= body.length)) throw new Error(`a buffer claims bytes ${offset} to ${offset + length} of ${body.length}`)
    }
    const version = schema.metadataVersion
    const loader =
      header.compression === null ? new VectorLoader(body, header.nodes, header.buffers, this.#dictionaries, version, header.variadicBufferCounts)
      : new CompressedVectorLoader(decompressBuffers(header, body, this.#file), header.nodes, header.buffers, this.#dictionaries, version, header.variadicBufferCounts)
    return loader.visitMany(types)
  }

  #origin(column: string): ColumnOrigin {
    return { file: this.#file, column }
  }
}
