import type { RecordBatch } from '../../columnar/record-batch.ts'
import type { Schema } from '../../columnar/schema.ts'
import type { Json } from '../../common/json.ts'
import { option, optionTable, required, resolveOptions, type ResolvedOptions } from '../../common/options.ts'
import type { InputPartition, PartitionReader, PlannedRange, ReadContext, Source, SourceOffset, SourceProvider } from '../source.ts'
import { checkRateSchema, evenPartitions, generatedRows } from './generated-rows.ts'

export const rateMicroBatchSourceOptions = optionTable({
  rowsPerBatch: required(option.integer(1, 'Rows of each batch.', { min: 1, max: 1_000_000_000 })),
  startTimestamp: option.integer(0, 'The instant of the rows of the first batch, milliseconds since the epoch.', { min: 0 }),
  advanceMillisPerBatch: option.integer(1000, 'How much later the rows of each next batch are.', { min: 0 }),
  numPartitions: option.integer(1, 'Into how many partitions the rows of a batch are cut.', { min: 1, max: 10_000 }),
})

type Options = ResolvedOptions<typeof rateMicroBatchSourceOptions>

interface Offset {
  /** Rows so far. */
  readonly offset: number
  /** The instant of the rows that come next, in milliseconds. */
  readonly timestamp: number
}

interface Spec {
  readonly from: number
  readonly to: number
  readonly timestampMs: number
}

/** The same number of rows in every batch, all of one instant: for tests and measurements. There is always more. */
class RateMicroBatchSource implements Source {
  readonly description: string
  readonly replayable = true
  readonly #options: Options
  /** With availableNow there is one batch. */
  #once = false
  #pinned: Offset | undefined

  constructor(options: Options) {
    this.#options = options
    this.description = `rate-micro-batch[${options.rowsPerBatch} rows]`
  }

  async restore(): Promise<void> {}

  async latestOffset(start: SourceOffset | null): Promise<SourceOffset | null> {
    if (this.#pinned !== undefined) return this.#pinned as unknown as SourceOffset
    const { offset, timestamp } = this.#from(start)
    const next: Offset = { offset: offset + this.#options.rowsPerBatch, timestamp: timestamp + this.#options.advanceMillisPerBatch }
    if (this.#once) this.#pinned = next
    return next as unknown as SourceOffset
  }

  async plan(start: SourceOffset | null, end: SourceOffset): Promise<PlannedRange> {
    const { offset, timestamp } = this.#from(start)
    const spec = (from: number, to: number): Json => ({ from, to, timestampMs: timestamp }) satisfies Spec
    return { partitions: evenPartitions(offset, (end as unknown as Offset).offset, this.#options.numPartitions, spec, 'rate-micro-batch') }
  }

  async commit(): Promise<void> {}

  async pinAvailable(): Promise<void> {
    this.#once = true
  }

  async changed(): Promise<void> {}

  async close(): Promise<void> {}

  #from(start: SourceOffset | null): Offset {
    return start === null ? { offset: 0, timestamp: this.#options.startTimestamp } : (start as unknown as Offset)
  }
}

const reader: PartitionReader = Object.freeze({
  async *read(partition: InputPartition, schema: Schema, context: ReadContext): AsyncIterable<RecordBatch> {
    const { from, to, timestampMs } = partition.spec as unknown as Spec
    for (const batch of generatedRows(schema, from, to, micros => micros.fill(timestampMs * 1000))) {
      if (context.signal.aborted) return
      yield batch
    }
  },
})

export const rateMicroBatchSourceProvider: SourceProvider = Object.freeze({
  name: 'rate-micro-batch',
  async open(given, schema) {
    const options = resolveOptions(rateMicroBatchSourceOptions, given, 'source "rate-micro-batch"')
    checkRateSchema(schema, 'rate-micro-batch')
    return new RateMicroBatchSource(options)
  },
  reader: async () => reader,
} satisfies SourceProvider)
