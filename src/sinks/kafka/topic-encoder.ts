import { RecordEncoder, type RecordEncoderOptions, type RecordHeader } from '../../clients/kafka/records/record-encoder.ts'
import type { EncodedRecords } from './encoded-rows.ts'
import { recordRefused } from './errors.ts'
import type { FieldReader } from './field-reader.ts'
import { partitionOfKey } from './murmur2.ts'

/** Records without a key go to one partition until they are about this many bytes, then to the next. */
const stickyBytes = 64 * 1024

/** Encoded bytes are put aside in pieces of about this size, so that no buffer grows without end. */
const pieceBytes = 16 * 1024 * 1024

/**
 * The records of one task for one topic, by partition. Where a record goes depends on its own columns and, without a key,
 * on the batch, the task and the rows before it: the same whoever runs the task.
 */
export class TopicEncoder {
  readonly topic: string
  readonly #partitions: (RecordEncoder | undefined)[]
  readonly #options: RecordEncoderOptions
  readonly #done: EncodedRecords[] = []
  #sticky: number
  #stickyBytes = 0

  /** `first`: where records without a key begin, modulo the number of partitions. */
  constructor(topic: string, partitions: number, first: number, options: RecordEncoderOptions) {
    this.topic = topic
    this.#partitions = Array.from({ length: partitions }, () => undefined)
    this.#options = options
    this.#sticky = first % partitions
  }

  /** `partition`: -1 leaves it to the key. @throws QueryError SINK_RECORD_REFUSED */
  append(timestampMs: number, key: FieldReader, value: FieldReader, headers: readonly RecordHeader[], partition: number): void {
    const p = partition >= 0 ? this.#checked(partition) : key.start >= 0 ? partitionOfKey(key.bytes, key.start, key.end, this.#partitions.length) : this.#spread(value)
    const encoder = (this.#partitions[p] ??= new RecordEncoder(this.#options))
    encoder.append(timestampMs, key.bytes, key.start, key.end, value.bytes, value.start, value.end, headers)
    if (encoder.byteLength >= pieceBytes) this.#putAside(p, encoder)
  }

  /** By partition, and within one in the order of the records. */
  finish(): readonly EncodedRecords[] {
    this.#partitions.forEach((encoder, p) => {
      if (encoder !== undefined && encoder.records > 0) this.#putAside(p, encoder)
    })
    return this.#done.sort((a, b) => a.partition - b.partition)
  }

  #putAside(partition: number, encoder: RecordEncoder): void {
    const count = encoder.records
    this.#done.push({ topic: this.topic, partition, records: encoder.finish(), count })
  }

  #spread(value: FieldReader): number {
    if (this.#stickyBytes >= stickyBytes) {
      this.#sticky = (this.#sticky + 1) % this.#partitions.length
      this.#stickyBytes = 0
    }
    this.#stickyBytes += value.end - value.start
    return this.#sticky
  }

  #checked(partition: number): number {
    const count = this.#partitions.length
    if (Number.isInteger(partition) && partition < count) return partition
    throw recordRefused(`it names partition ${partition}, but topic "${this.topic}" has ${count}, numbered from 0`, { topic: this.topic, partition, count })
  }
}
