import type { FetchedPartition, FetchPartition, KafkaPort } from '../../clients/kafka/port.ts'
import { batchLayout } from '../../clients/kafka/records/batch-layout.ts'
import { batchLength } from '../../clients/kafka/records/batch-header.ts'
import { getInt32, getInt64 } from '../../clients/kafka/records/big-endian.ts'
import type { ResolvedKafkaSourceOptions } from './options.ts'

/** What whole record batches of an answer span. */
export interface AnswerSpan {
  /** The offset after the last of them. */
  readonly end: number
  readonly offsets: number
  readonly bytes: number
}

/** Looks at the headers alone; undefined when there is no whole batch. What is wrong with them is said by who reads them. */
export function spanOf({ records }: FetchedPartition): AnswerSpan | undefined {
  let begin: number | undefined
  let end = 0
  let at = 0
  for (;;) {
    const length = batchLength(records, at)
    if (length === undefined || length < batchLayout.records) break
    const base = getInt64(records, at)
    begin ??= base
    end = base + getInt32(records, at + batchLayout.lastOffsetDelta) + 1
    at += length
  }
  return begin === undefined ? undefined : { end, offsets: Math.max(1, end - begin), bytes: at }
}

const sampleBytes = 64 * 1024
/** A sample is good for so many batches. */
const batchesPerSample = 16

/** How many bytes an offset takes, judged by a look at the next records. It cuts batches and decides nothing about what is in them. */
export class BytesPerOffset {
  readonly #port: KafkaPort
  readonly #isolation: ResolvedKafkaSourceOptions['isolation']
  #bytes: number | undefined
  #uses = 0

  constructor(port: KafkaPort, isolation: ResolvedKafkaSourceOptions['isolation']) {
    this.#port = port
    this.#isolation = isolation
  }

  /** `at`: where the most waits. Undefined when nothing can be said. */
  async ask(at: FetchPartition, signal: AbortSignal | undefined): Promise<number | undefined> {
    if (this.#bytes === undefined || ++this.#uses >= batchesPerSample) {
      this.#uses = 0
      const [fetched] = await this.#port.fetchRecords([at], { isolation: this.#isolation, maxWaitMs: 0, minBytes: 0, maxBytes: sampleBytes }, signal)
      // Nothing comes when the query was stopped meanwhile.
      const span = fetched === undefined ? undefined : spanOf(fetched)
      if (span !== undefined) this.#bytes = span.bytes / span.offsets
    }
    return this.#bytes
  }
}
