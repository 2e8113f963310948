import { setTimeout as delay } from 'node:timers/promises'
import type { FetchOptions, KafkaPort, ProduceBatch } from '../../../src/clients/kafka/port.ts'
import { RecordEncoder } from '../../../src/clients/kafka/records/record-encoder.ts'
import { batchesOf } from './records/encoded.ts'
import { type ReadRecord, readAll } from './records/hand-made.ts'

/** What a topic holds for the tests of the port: values as text, encoded and read by our own record codec. */
export function batch(topic: string, partition: number, values: readonly (string | null)[], options: { readonly batchBytes?: number; readonly timestamp?: number; readonly key?: string } = {}): ProduceBatch {
  const encoder = new RecordEncoder({ maxBatchBytes: options.batchBytes })
  const key = Buffer.from(options.key ?? '')
  for (const value of values) {
    const bytes = Buffer.from(value ?? '')
    encoder.append(options.timestamp ?? Date.now(), key, options.key === undefined ? -1 : 0, key.length, bytes, value === null ? -1 : 0, bytes.length)
  }
  return { topic, partition, records: encoder.finish() }
}

export const fetchOptions: FetchOptions = { isolation: 'read_committed', maxWaitMs: 200, minBytes: 1, maxBytes: 1024 * 1024 }

/** All records of a partition from `from` to its end, which for read_committed is the last stable offset. */
export async function readLog(port: KafkaPort, topic: string, partition: number, isolation: FetchOptions['isolation'] = 'read_committed', from = 0n): Promise<ReadRecord[]> {
  const [end] = await port.offsets([{ topic, partition }], isolation === 'read_committed' ? 'lastStable' : 'latest')
  const records: ReadRecord[] = []
  for (let offset = from; offset < end.offset!; ) {
    const [fetched] = await port.fetchRecords([{ topic, partition, offset }], { ...fetchOptions, isolation })
    const read = await readAll(fetched, { from: offset, to: end.offset!, isolation })
    records.push(...read.records)
    offset = BigInt(read.position)
  }
  return records
}

export async function valuesOf(port: KafkaPort, topic: string, partition: number, isolation: FetchOptions['isolation'] = 'read_committed'): Promise<(string | null)[]> {
  return (await readLog(port, topic, partition, isolation)).map(r => r.value)
}

/** Offset of the first record of each batch in an answer. */
export const batchOffsets = (records: Uint8Array): number[] => batchesOf(records).map(b => b.baseOffset)

/** Asks until the answer is the one waited for. The test's own time limit is the only one. */
export async function eventually<T>(ask: () => Promise<T>, until: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (until(answer)) return answer
    await delay(50)
  }
}

/**
 * A transaction is decided when its commit or abort returns, but its markers reach the partitions a moment later: waits
 * until nothing is open in any of them.
 */
export async function settled(port: KafkaPort, topic: string, ...partitions: readonly number[]): Promise<void> {
  const asked = partitions.map(partition => ({ topic, partition }))
  await eventually(
    async () => [await port.offsets(asked, 'lastStable'), await port.offsets(asked, 'latest')],
    ([stable, latest]) => stable.every((s, i) => s.offset === latest[i].offset),
  )
}
