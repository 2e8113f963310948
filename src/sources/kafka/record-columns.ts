import { VectorBuilder } from '../../columnar/builder.ts'
import { RecordBatch } from '../../columnar/record-batch.ts'
import type { Schema } from '../../columnar/schema.ts'
import type { Vector } from '../../columnar/vector.ts'
import type { RecordBlock } from '../../clients/kafka/records/record-block.ts'
import { maxBatchInputBytes, rowsOfBatch } from '../../formats/row-batches.ts'
import type { KafkaColumn } from './columns.ts'
import { MetadataColumn } from './metadata-column.ts'
import { metadataNames, type ResolvedKafkaSourceOptions } from './options.ts'
import { DecodedPart } from './decoded-part.ts'
import type { KafkaRange } from './range.ts'
import type { DecodeEnvironment } from './registry/environment.ts'

/** Told of a record that cannot become a row. */
export type OnBad = (block: RecordBlock, record: number, reason: string) => void

/**
 * Turns records into record batches with the columns of a schema. Keys and values are decoded record by record, straight
 * from the block's bytes; what Kafka knows of the records that became rows is then copied column by column.
 */
export class RecordColumns {
  readonly #schema: Schema
  readonly #value: DecodedPart | undefined
  readonly #key: DecodedPart | undefined
  readonly #metadata: readonly MetadataColumn[]
  /** Where each column of the schema comes from. */
  readonly #finish: readonly (() => Vector)[]
  readonly #skipTombstones: boolean
  readonly #maxRecordBytes: number
  readonly #maxRows: number
  /** Records of the block that became rows since the metadata was copied. */
  readonly #kept: Int32Array
  #rows = 0
  #bytes = 0

  private constructor(schema: Schema, options: ResolvedKafkaSourceOptions, value: DecodedPart | undefined, key: DecodedPart | undefined, range: KafkaRange) {
    this.#schema = schema
    this.#value = value
    this.#key = key
    const names = metadataNames(options)
    const metadata = new Map<string, MetadataColumn>()
    for (const { name, type } of schema.fields) {
      const column: KafkaColumn | undefined = value?.has(name) === true || key?.has(name) === true ? undefined : names.get(name)
      if (column !== undefined) metadata.set(name, new MetadataColumn(column, new VectorBuilder(type, 1024), range))
    }
    this.#metadata = [...metadata.values()]
    this.#finish = schema.fields.map(({ name }) => {
      const column = metadata.get(name)
      if (column !== undefined) return () => column.finish(this.#rows)
      const builder = value?.builder(name) ?? key?.builder(name)
      return () => (builder as VectorBuilder).finish()
    })
    this.#skipTombstones = options.tombstones === 'skip' && value !== undefined
    this.#maxRecordBytes = options.maxRecordBytes
    this.#maxRows = rowsOfBatch(schema.fields.length)
    this.#kept = new Int32Array(Math.min(this.#maxRows, range.end - range.start))
  }

  /** `declared`: all columns of the source; `schema`: those that are wanted. */
  static async open(schema: Schema, declared: Schema, options: ResolvedKafkaSourceOptions, range: KafkaRange, environment: DecodeEnvironment): Promise<RecordColumns> {
    const value = options.value === undefined ? undefined : await DecodedPart.open('value', options.value, declared, schema, environment)
    const key = options.key === undefined ? undefined : await DecodedPart.open('key', options.key, declared, schema, environment)
    return new RecordColumns(schema, options, value, key, range)
  }

  /** What the records of a block need before they are added; undefined when all is there. */
  prepare({ bytes, valueStart, valueEnd, keyStart, keyEnd, count }: RecordBlock): Promise<unknown> | undefined {
    const value = this.#value?.prepare(bytes, valueStart, valueEnd, count)
    const key = this.#key?.prepare(bytes, keyStart, keyEnd, count)
    return value === undefined && key === undefined ? undefined : Promise.all([value, key])
  }

  /** The records of a block; yields the batches that became full. */
  *add(block: RecordBlock, bad: OnBad): Iterable<RecordBatch> {
    const { valueStart, valueEnd, keyStart, keyEnd, count } = block
    const value = this.#value
    const key = this.#key
    value?.load(block.bytes)
    key?.load(block.bytes)
    let kept = 0
    for (let i = 0; i < count; i++) {
      const valueBytes = valueEnd[i] - valueStart[i]
      const keyBytes = keyEnd[i] - keyStart[i]
      if (valueStart[i] < 0 && this.#skipTombstones) continue
      const row = this.#rows
      let reason: string | undefined
      if (valueBytes > this.#maxRecordBytes || keyBytes > this.#maxRecordBytes) reason = this.#tooLong(valueBytes > this.#maxRecordBytes ? 'value' : 'key')
      else {
        if (value !== undefined) reason = value.append(valueStart[i], valueEnd[i], row)
        if (reason === undefined && key !== undefined) reason = key.append(keyStart[i], keyEnd[i], row)
      }
      if (reason !== undefined) {
        value?.truncate(row)
        key?.truncate(row)
        bad(block, i, reason)
        continue
      }
      this.#kept[kept++] = i
      this.#rows++
      this.#bytes += valueBytes + keyBytes
      if (this.#rows === this.#maxRows || this.#bytes >= maxBatchInputBytes) {
        this.#copyMetadata(block, kept)
        kept = 0
        yield this.#cut()
      }
    }
    this.#copyMetadata(block, kept)
  }

  /** What is left. */
  *end(): Iterable<RecordBatch> {
    if (this.#rows > 0) yield this.#cut()
  }

  #copyMetadata(block: RecordBlock, kept: number): void {
    if (kept > 0) for (const column of this.#metadata) column.append(block, this.#kept, kept)
  }

  #cut(): RecordBatch {
    const batch = new RecordBatch(this.#schema, this.#rows, this.#finish.map(finish => finish()))
    this.#rows = 0
    this.#bytes = 0
    return batch
  }

  #tooLong(part: string): string {
    return `its ${part} is longer than ${this.#maxRecordBytes} bytes (maxRecordBytes)`
  }
}
