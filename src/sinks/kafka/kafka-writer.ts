import type { RecordBatch } from '../../columnar/record-batch.ts'
import { BytesReader, isNullAt, type Vector } from '../../columnar/vector.ts'
import { Sha256 } from '../../common/digest.ts'
import type { RecordEncoderOptions } from '../../clients/kafka/records/record-encoder.ts'
import type { SinkPart, SinkWriter, WriterEnvironment } from '../sink.ts'
import { encodedBatches } from './encoded-rows.ts'
import { recordRefused } from './errors.ts'
import { FieldReader } from './field-reader.ts'
import { type HeaderReader, headerReader } from './header-reader.ts'
import type { RecordMapping } from './record-mapping.ts'
import { TopicEncoder } from './topic-encoder.ts'

/**
 * Turns the rows of one task into record batches, topic by topic and partition by partition. What the driver still sets,
 * producer, epoch, sequence and checksum, is no part of the digest: the same rows give the same bytes before it.
 */
export class KafkaWriter implements SinkWriter {
  readonly #environment: WriterEnvironment
  readonly #mapping: RecordMapping
  readonly #encoding: RecordEncoderOptions
  readonly #partitionsOf: (topic: string) => Promise<number>
  readonly #key: FieldReader
  readonly #value: FieldReader
  readonly #headers: HeaderReader
  #topics = new Map<string, TopicEncoder>()
  #rows = 0

  constructor(mapping: RecordMapping, encoding: RecordEncoderOptions, environment: WriterEnvironment, partitionsOf: (topic: string) => Promise<number>) {
    this.#environment = environment
    this.#mapping = mapping
    this.#encoding = encoding
    this.#partitionsOf = partitionsOf
    this.#key = new FieldReader(mapping.key)
    this.#value = new FieldReader(mapping.value)
    this.#headers = headerReader(mapping.headers)
  }

  /** @throws QueryError SINK_RECORD_REFUSED, KAFKA_UNKNOWN_TOPIC */
  async write(batch: RecordBatch): Promise<void> {
    const { topic } = this.#mapping
    if (batch.numRows === 0) return
    if ('name' in topic) {
      this.#append(batch, await this.#encoder(topic.name), null)
    } else {
      const encoders = await this.#encoders(batch.columns[topic.column])
      this.#append(batch, encoders[0], encoders)
    }
    this.#rows += batch.numRows
  }

  async finish(): Promise<SinkPart> {
    const all = [...this.#topics.values()].sort((a, b) => (a.topic < b.topic ? -1 : 1)).flatMap(t => t.finish())
    const hash = new Sha256()
    let bytes = 0
    for (const { topic, partition, records, count } of all) {
      hash.update(new TextEncoder().encode(`${JSON.stringify(topic)} ${partition} ${count} ${records.length}\n`))
      hash.update(records)
      bytes += records.length
    }
    const part: SinkPart = { partition: this.#environment.partition, handle: null, rows: this.#rows, bytes, digest: hash.digest(), batches: encodedBatches(all) }
    await this.abort()
    return part
  }

  async abort(): Promise<void> {
    this.#topics = new Map()
  }

  #append(batch: RecordBatch, one: TopicEncoder, each: readonly TopicEncoder[] | null): void {
    const key = this.#key
    const value = this.#value
    const headers = this.#headers
    const partitions = this.#mapping.partition === null ? null : batch.columns[this.#mapping.partition]
    const times = this.#mapping.timestamp === null ? null : batch.columns[this.#mapping.timestamp]
    const { clockMs } = this.#environment
    key.bind(batch)
    value.bind(batch)
    headers.bind(batch)
    for (let row = 0; row < batch.numRows; row++) {
      key.read(row)
      value.read(row)
      const timestamp = times === null || isNullAt(times, row) ? Math.floor(clockMs) : Math.floor((times.values as Float64Array)[row] / 1000)
      const encoder = each === null ? one : each[row]
      encoder.append(timestamp, key, value, headers.read(row), partitions === null ? -1 : partitionAt(partitions, row))
    }
  }

  async #encoder(topic: string): Promise<TopicEncoder> {
    let encoder = this.#topics.get(topic)
    if (encoder === undefined) {
      const { batchId, partition } = this.#environment
      encoder = new TopicEncoder(topic, await this.#partitionsOf(topic), batchId + partition, this.#encoding)
      this.#topics.set(topic, encoder)
    }
    return encoder
  }

  /** The encoder of each row, by the topic that the row names. */
  async #encoders(topics: Vector): Promise<TopicEncoder[]> {
    const reader = new BytesReader(topics)
    const decoder = new TextDecoder()
    const encoders: TopicEncoder[] = []
    for (let row = 0; row < topics.length; row++) {
      if (isNullAt(topics, row)) throw recordRefused('its topic is null', { row })
      // Neighbours mostly go to the same topic, and those of one dictionary entry always do.
      const same = row > 0 && sameBytes(reader, row - 1, row)
      if (same) {
        encoders.push(encoders[row - 1])
        continue
      }
      const topic = decoder.decode(reader.bytes.subarray(reader.start(row), reader.end(row)))
      encoders.push(this.#topics.get(topic) ?? (await this.#encoder(topic)))
    }
    return encoders
  }
}

function sameBytes(reader: BytesReader, a: number, b: number): boolean {
  const start = reader.start(a)
  const length = reader.end(a) - start
  const other = reader.start(b)
  if (start === other) return reader.end(b) === reader.end(a)
  if (reader.end(b) - other !== length) return false
  for (let k = 0; k < length; k++) if (reader.bytes[start + k] !== reader.bytes[other + k]) return false
  return true
}

/** -1 where the column is null. @throws QueryError SINK_RECORD_REFUSED */
function partitionAt(v: Vector, row: number): number {
  if (isNullAt(v, row)) return -1
  const partition = Number((v.values as Int32Array | Float64Array | BigInt64Array)[row])
  if (partition < 0) throw recordRefused(`it names partition ${partition}; partitions are numbered from 0, and null leaves the choice to the key`, { partition })
  return partition
}
