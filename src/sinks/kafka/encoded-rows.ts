import { binaryType, field, int32Type, integerType, stringType } from '../../columnar/data-type.ts'
import { RecordBatch } from '../../columnar/record-batch.ts'
import { makeSchema, type Schema } from '../../columnar/schema.ts'
import { BytesReader, float64Vector, int32Vector, stringVector, Vector } from '../../columnar/vector.ts'

/** Record batches of one partition, not stamped yet. */
export interface EncodedRecords {
  readonly topic: string
  readonly partition: number
  readonly records: Uint8Array
  /** How many records those are. */
  readonly count: number
}

/** How encoded records travel to the driver and into the checkpoint: as rows of a part. */
const encodedSchema: Schema = makeSchema([
  field('topic', stringType, false),
  field('partition', int32Type, false),
  field('records', binaryType, false),
  field('count', integerType, false),
])

/** Bytes of one record batch of rows at most, unless a single row has more. */
const maxBytes = 64 * 1024 * 1024

export function encodedBatches(all: readonly EncodedRecords[]): RecordBatch[] {
  const batches: RecordBatch[] = []
  let from = 0
  let bytes = 0
  all.forEach(({ records }, i) => {
    if (i > from && bytes + records.length > maxBytes) {
      batches.push(encodedBatch(all.slice(from, i), bytes))
      from = i
      bytes = 0
    }
    bytes += records.length
  })
  if (from < all.length) batches.push(encodedBatch(all.slice(from), bytes))
  return batches
}

function encodedBatch(rows: readonly EncodedRecords[], bytes: number): RecordBatch {
  // One row alone is not copied.
  const records = rows.length === 1 ? rows[0].records : new Uint8Array(bytes)
  const offsets = new Int32Array(rows.length + 1)
  const partitions = new Int32Array(rows.length)
  const counts = new Float64Array(rows.length)
  rows.forEach((row, i) => {
    if (rows.length > 1) records.set(row.records, offsets[i])
    offsets[i + 1] = offsets[i] + row.records.length
    partitions[i] = row.partition
    counts[i] = row.count
  })
  return new RecordBatch(encodedSchema, rows.length, [
    textVector(rows.map(r => r.topic)),
    int32Vector(int32Type, partitions),
    new Vector(binaryType, rows.length, null, records, offsets),
    float64Vector(integerType, counts),
  ])
}

function textVector(texts: readonly string[]): Vector {
  const encoded = texts.map(t => new TextEncoder().encode(t))
  const offsets = new Int32Array(texts.length + 1)
  encoded.forEach((e, i) => (offsets[i + 1] = offsets[i] + e.length))
  const bytes = new Uint8Array(offsets[texts.length])
  encoded.forEach((e, i) => bytes.set(e, offsets[i]))
  return stringVector(bytes, offsets, texts.length)
}

/** The rows of {@link encodedBatches}; `records` are views, into which the producer writes. */
export function* encodedRecords(batch: RecordBatch): Generator<EncodedRecords> {
  const [topics, partitions, records, counts] = batch.columns
  const topic = new BytesReader(topics)
  const bytes = new BytesReader(records)
  const decoder = new TextDecoder()
  for (let i = 0; i < batch.numRows; i++) {
    yield {
      topic: decoder.decode(topic.bytes.subarray(topic.start(i), topic.end(i))),
      partition: (partitions.values as Int32Array)[i],
      records: bytes.bytes.subarray(bytes.start(i), bytes.end(i)),
      count: (counts.values as Float64Array)[i],
    }
  }
}
