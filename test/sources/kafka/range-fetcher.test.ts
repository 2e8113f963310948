import { expect, test } from 'vitest'
import { offsetOutOfRange, recreatedTopic, unknownTopic } from '../../../src/clients/kafka/errors.ts'
import type { FetchedPartition, KafkaPort } from '../../../src/clients/kafka/port.ts'
import { nodePorts } from '../../../src/common/node/node-ports.ts'
import { RangeFetcher } from '../../../src/sources/kafka/range-fetcher.ts'
import { encoded, numbers } from './support.ts'

/** Answers in the order given, for the offsets asked. */
type Answer = { readonly records?: Uint8Array; readonly reach?: number } | Error

const range = { topic: 't', topicId: 'id', partition: 0, start: 0, end: 10, leaderEpoch: 0 }

function fetcherOf(answers: readonly Answer[], more: { readonly failOnDataLoss?: boolean; readonly timeoutMs?: number } = {}) {
  const asked: number[] = []
  const left = [...answers]
  const clock = { ...nodePorts.clock, at: 0, monotonic: () => clock.at }
  const port = {
    async fetchRecords([{ offset }]: readonly { readonly offset: bigint }[]): Promise<FetchedPartition[]> {
      asked.push(Number(offset))
      clock.at += 500
      const answer = left.shift() ?? {}
      if (answer instanceof Error) throw answer
      const reach = BigInt(answer.reach ?? 10)
      return [{ topic: 't', partition: 0, records: answer.records ?? new Uint8Array(0), highWatermark: reach, lastStableOffset: reach, logStart: 0n, aborted: [] }]
    },
  }
  const settings = { isolation: 'read_committed', fetchBytes: 1024, timeoutMs: more.timeoutMs ?? 60_000, failOnDataLoss: more.failOnDataLoss ?? true } as const
  const abort = new AbortController()
  return { fetcher: new RangeFetcher(port as unknown as KafkaPort, range, settings, clock, abort.signal), asked, abort }
}

/** As a broker sends it: bytes of offsets `base` and on. */
function batch(base: number, count: number): Uint8Array {
  const { records } = encoded('t', 0, numbers(base, base + count))
  const bytes = new Uint8Array(records)
  new DataView(bytes.buffer).setBigInt64(0, BigInt(base))
  return bytes
}

test('asks for what follows while the last answer is worked on, and for nothing behind the end', async () => {
  const { fetcher, asked } = fetcherOf([{ records: batch(0, 4) }, { records: batch(4, 6) }])
  expect((await fetcher.next(0))?.position).toBe(0)
  expect(asked).toEqual([0, 4])
  await fetcher.next(4)
  expect(asked).toEqual([0, 4])
})

test('takes an end of the log that compaction took for a gap, when it is sure', async () => {
  const { fetcher, asked } = fetcherOf([{}, {}, {}])
  expect(await fetcher.next(7)).toBeUndefined()
  expect(asked).toEqual([7, 7, 7])
})

test('waits for records that a leader does not have yet', async () => {
  const { fetcher, asked } = fetcherOf([{ reach: 3 }, { reach: 3 }, { reach: 3 }, { reach: 3 }, { records: batch(7, 3) }])
  expect((await fetcher.next(7))?.fetched.records.length).toBeGreaterThan(0)
  expect(asked).toHaveLength(5)
})

test('gives up on records that do not come', async () => {
  const never = Array.from({ length: 9 }, () => ({ reach: 3 }))
  await expect(fetcherOf(never, { timeoutMs: 2000 }).fetcher.next(7)).rejects.toMatchObject({ code: 'SOURCE_FAILED', retryable: true, context: { position: 7, end: 10, reach: 3 } })
  expect(await fetcherOf(never, { timeoutMs: 2000, failOnDataLoss: false }).fetcher.next(7)).toBeUndefined()
})

test.each([
  [offsetOutOfRange('t', 0, 0n, 6n, 12n), { code: 'SOURCE_DATA_LOST', context: { kind: 'retention', from: 0, to: 6 } }],
  [offsetOutOfRange('t', 0, 0n, 0n, 0n), { code: 'SOURCE_DATA_LOST', context: { kind: 'truncated', from: 0, to: 0 } }],
  [unknownTopic('t'), { code: 'SOURCE_DATA_LOST', context: { kind: 'vanished', from: 0 } }],
  [recreatedTopic('t', 'id', 'other'), { code: 'SOURCE_TOPIC_RECREATED', context: { formerId: 'id', topicId: 'other' } }],
])('names a loss', async (error, expected) => {
  await expect(fetcherOf([error]).fetcher.next(0)).rejects.toMatchObject(expected)
})

test('goes on behind a loss where it may', async () => {
  const lost = fetcherOf([offsetOutOfRange('t', 0, 0n, 6n, 12n), { records: batch(4, 6) }], { failOnDataLoss: false })
  expect((await lost.fetcher.next(0))?.position).toBe(6)
  expect(lost.asked).toEqual([0, 6])
  expect(await fetcherOf([offsetOutOfRange('t', 0, 0n, 60n, 61n)], { failOnDataLoss: false }).fetcher.next(0)).toBeUndefined()
  expect(await fetcherOf([unknownTopic('t')], { failOnDataLoss: false }).fetcher.next(0)).toBeUndefined()
})

test('an answer that was asked for ahead and failed is nobody\'s business when nobody asks', async () => {
  const { fetcher, abort } = fetcherOf([{ records: batch(0, 4) }, new Error('connection lost')])
  await fetcher.next(0)
  abort.abort()
  expect(await fetcher.next(4)).toBeUndefined()
})
