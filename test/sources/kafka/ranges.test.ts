import { json, kafka, schema, t } from 'millrace'
import { expect, test } from 'vitest'
import { nodePorts } from '../../../src/common/node/node-ports.ts'
import { describeKafka } from '../../support/kafka.ts'
import { baseTime, eventually, numbers, openKafkaSource, testCluster, type TestCluster } from './support.ts'

const n = schema({ n: t.int32() })

/** `size` records in each partition, numbered from 100 × the partition on. */
async function filled(cluster: TestCluster, ...sizes: readonly number[]): Promise<string> {
  const topic = await cluster.topic(sizes.length)
  for (const [p, size] of sizes.entries()) if (size > 0) await cluster.produce(topic, p, numbers(100 * p, 100 * p + size))
  return topic
}

const ofN = (rows: readonly { readonly [name: string]: unknown }[]): unknown[] => rows.map(r => r['n'])

describeKafka('where a Kafka source begins and ends', broker => {
  const open = (topic: string, options: object = {}, how: { readonly bounded?: boolean } = {}) =>
    openKafkaSource(kafka({ brokers: broker.bootstrap, topic, value: json(n), startingOffsets: 'earliest', ...options } as never), how)

  test('the earliest, the latest, and offsets by partition', async () => {
    const cluster = await testCluster(broker)
    const topic = await filled(cluster, 3, 2)
    expect(ofN((await (await open(topic)).drain(null)).batches.flat())).toEqual([0, 1, 2, 100, 101])
    expect(ofN((await (await open(topic, { startingOffsets: { [topic]: { 0: 2, 1: -2 } } })).drain(null)).batches.flat())).toEqual([2, 100, 101])
    expect(ofN((await (await open(topic, { startingOffsets: { [topic]: { 0: -1, 1: 1 } }, endingOffsets: { [topic]: { 0: -1, 1: 2 } } })).drain(null)).batches.flat())).toEqual([101])
    // As in Spark, a stream begins at the latest: its first batch has no rows and keeps the place.
    const latest = await open(topic, { startingOffsets: undefined })
    const first = await latest.batch(null)
    expect(first).toMatchObject({ rows: [], partitions: [], end: { offsets: { [topic]: { 0: 3, 1: 2 } } } })
    await cluster.produce(topic, 1, numbers(102, 103))
    expect(ofN((await (await open(topic, { startingOffsets: undefined })).drain(first?.end ?? null)).batches.flat())).toEqual([102])
  })

  test('times, for all partitions and for each', async () => {
    const cluster = await testCluster(broker)
    const topic = await filled(cluster, 3, 2)
    const from = async (options: object) => ofN((await (await open(topic, options)).drain(null)).batches.flat())
    expect(await from({ startingTimestamp: baseTime + 2 })).toEqual([2, 100, 101])
    expect(await from({ startingTimestamp: baseTime + 101, startingOffsetsByTimestampStrategy: 'latest' })).toEqual([101])
    expect(await from({ startingOffsetsByTimestamp: { [topic]: { 0: baseTime + 1, 1: baseTime + 101 } } })).toEqual([1, 2, 101])
    expect(await from({ endingTimestamp: baseTime + 101 })).toEqual([0, 1, 2, 100])
    expect(await from({ endingOffsetsByTimestamp: { [topic]: { 0: baseTime + 1, 1: baseTime + 5000 } } })).toEqual([0, 100, 101])
    await expect(from({ startingTimestamp: baseTime + 101 })).rejects.toMatchObject({ code: 'SOURCE_OFFSET_MISSING', context: { topic, partition: 0 } })
  })

  test('a batch read is everything, and never begins at the latest', async () => {
    const cluster = await testCluster(broker)
    const topic = await filled(cluster, 2)
    const bounded = await open(topic, { startingOffsets: undefined }, { bounded: true })
    expect(ofN((await bounded.batch(null, 'all'))?.rows ?? [])).toEqual([0, 1])
    await expect(open(topic, { startingOffsets: 'latest' }, { bounded: true })).rejects.toMatchObject({ code: 'PLAN_INVALID_OPTION' })
  })

  test.each([
    [{ startingOffsets: { TOPIC: { 0: 0 } } }, 'does not have "TOPIC/1"'],
    [{ startingOffsets: { TOPIC: { 0: 0, 1: 0, 2: 0 } } }, 'has "TOPIC/2", which is not read'],
    [{ endingOffsetsByTimestamp: { other: { 0: 1 } } }, 'has "other/0", which is not read'],
  ])('%j must name the partitions that there are', async (options, why) => {
    const cluster = await testCluster(broker)
    const topic = await filled(cluster, 1, 1)
    const named = (text: string): string => text.replaceAll('TOPIC', topic)
    const source = await open(topic, JSON.parse(named(JSON.stringify(options))) as object)
    await expect(source.batch(null)).rejects.toMatchObject({ code: 'PLAN_INVALID_OPTION', message: expect.stringContaining(named(why)) as string })
  })

  test('offsets beyond the end of a partition are refused', async () => {
    const cluster = await testCluster(broker)
    const topic = await filled(cluster, 2)
    await expect((await open(topic, { startingOffsets: { [topic]: { 0: 5 } } })).batch(null)).rejects.toMatchObject({ code: 'SOURCE_OFFSET_MISSING', context: { topic, partition: 0, offset: 5, latest: 2 } })
  })

  test('several topics, a pattern, and an assignment', async () => {
    const cluster = await testCluster(broker)
    const [a, b] = [await filled(cluster, 1, 1), await filled(cluster, 2)]
    const rows = async (options: object) => ofN((await (await openKafkaSource(kafka({ brokers: broker.bootstrap, value: json(n), startingOffsets: 'earliest', ...options } as never))).drain(null)).batches.flat())
    const inOrder = a < b ? [0, 100, 0, 1] : [0, 1, 0, 100]
    expect(await rows({ topics: [a, b] })).toEqual(inOrder)
    expect(await rows({ pattern: `${a}|${b}` })).toEqual(inOrder)
    expect(await rows({ pattern: a.slice(0, -1) })).toEqual([])
    expect(await rows({ assignment: { [a]: [1], [b]: [0] } })).toEqual(a < b ? [100, 0, 1] : [0, 1, 100])
  })

  test('topics and partitions that do not exist are named', async () => {
    const cluster = await testCluster(broker)
    const topic = await filled(cluster, 1)
    await expect((await open('no-such-topic')).batch(null)).rejects.toMatchObject({ code: 'KAFKA_UNKNOWN_TOPIC', context: { topic: 'no-such-topic' } })
    await expect((await open(topic, { topic: undefined, assignment: { [topic]: [0, 3] } })).batch(null)).rejects.toMatchObject({ code: 'KAFKA_UNKNOWN_TOPIC', context: { topic, partitions: [3] } })
  })
})

describeKafka('what a batch of a Kafka source takes', broker => {
  const open = (topic: string, options: object = {}, how: object = {}) => openKafkaSource(kafka({ brokers: broker.bootstrap, topic, value: json(n), startingOffsets: 'earliest', ...options } as never), how)

  test('maxOffsetsPerTrigger is shared out by what waits', async () => {
    const cluster = await testCluster(broker)
    const topic = await filled(cluster, 30, 9, 1)
    const { batches } = await (await open(topic, { maxOffsetsPerTrigger: 10 })).drain(null)
    // 10 × 30/40, 10 × 9/40, and what is less than one is one; then of what is left.
    expect(batches.map(b => [0, 1, 2].map(p => b.filter(r => Math.floor((r['n'] as number) / 100) === p).length))).toEqual([[7, 2, 1], [7, 2, 0], [7, 2, 0], [7, 2, 0], [2, 1, 0]].map(x => x))
    expect(batches.flat()).toHaveLength(40)
  })

  test('a range stands in its partition, with the topic\'s id, and is read again the same', async () => {
    const cluster = await testCluster(broker)
    const topic = await filled(cluster, 5)
    const [{ topicId }] = await cluster.port.topics([topic])
    const source = await open(topic, { maxOffsetsPerTrigger: 2 })
    const first = await source.batch(null)
    const second = await source.batch(first?.end ?? null)
    expect(second?.partitions).toEqual([{ label: `${topic}-0`, spec: { topic, topicId, partition: 0, start: 2, end: 4, leaderEpoch: expect.any(Number) as number } }])
    expect(second?.end).toEqual({ offsets: { [topic]: { 0: 4 } }, topicIds: { [topic]: topicId } })
    await cluster.produce(topic, 0, numbers(5, 9))
    expect(ofN(await source.read(second?.partitions ?? []))).toEqual([2, 3])
  })

  test('maxBytesPerTrigger cuts by the size of the records', async () => {
    const cluster = await testCluster(broker)
    const topic = await cluster.topic(1)
    const pad = 'x'.repeat(1000)
    await cluster.produce(topic, 0, Array.from({ length: 200 }, (_, i) => ({ value: `{"n":${i},"pad":"${pad}"}` })), 8 * 1024)
    const { batches } = await (await open(topic, { maxBytesPerTrigger: 50_000, maxRecordBytes: 10_000 })).drain(null)
    // About 1,023 bytes each, and a header for every eight or so.
    expect(batches.map(b => b.length)).toEqual([...Array.from({ length: 4 }, () => expect.toSatisfy((k: number) => k > 40 && k < 50) as number), expect.any(Number) as number])
    expect(batches.flat()).toHaveLength(200)
  })

  test('minOffsetsPerTrigger waits for enough, but not for ever, and not at the start', async () => {
    const cluster = await testCluster(broker)
    const topic = await filled(cluster, 1)
    const clock = { ...nodePorts.clock, at: 0, monotonic: () => clock.at }
    const source = await open(topic, { minOffsetsPerTrigger: 3, maxTriggerDelay: '10 seconds' }, { ports: { ...nodePorts, clock } })
    const first = await source.batch(null)
    expect(ofN(first?.rows ?? [])).toEqual([0])
    await cluster.produce(topic, 0, numbers(1, 3))
    expect(await source.batch(first?.end ?? null)).toBeUndefined()
    clock.at = 9_999
    expect(await source.batch(first?.end ?? null)).toBeUndefined()
    clock.at = 10_000
    const second = await source.batch(first?.end ?? null)
    expect(ofN(second?.rows ?? [])).toEqual([1, 2])
    await cluster.produce(topic, 0, numbers(3, 6))
    const third = await source.batch(second?.end ?? null)
    expect(ofN(third?.rows ?? [])).toEqual([3, 4, 5])
    await cluster.produce(topic, 0, numbers(6, 7))
    await source.source.pinAvailable()
    expect(ofN((await source.batch(third?.end ?? null))?.rows ?? [])).toEqual([6])
  })

  test('what is pinned does not grow', async () => {
    const cluster = await testCluster(broker)
    const topic = await filled(cluster, 2, 0)
    const source = await open(topic)
    await source.source.pinAvailable()
    await cluster.produce(topic, 0, numbers(2, 4))
    await cluster.produce(topic, 1, numbers(100, 101))
    expect(ofN((await source.drain(null)).batches.flat())).toEqual([0, 1])
  })

  test('new partitions are read from their beginning', async () => {
    const cluster = await testCluster(broker)
    const topic = await filled(cluster, 2)
    const source = await open(topic, { startingOffsets: 'latest' })
    const first = await source.batch(null)
    await cluster.admin.createPartitions({ topicPartitions: [{ topic, count: 2 }] })
    await eventually(() => cluster.port.topics([topic]), ([found]) => found.partitions.length === 2)
    await cluster.produce(topic, 1, numbers(100, 102))
    expect(ofN((await source.batch(first?.end ?? null))?.rows ?? [])).toEqual([100, 101])
  })

  test('progress tells how far behind the newest offsets a batch is', async () => {
    const cluster = await testCluster(broker)
    const topic = await filled(cluster, 10, 4)
    const source = await open(topic, { maxOffsetsPerTrigger: 7 })
    const first = await source.batch(null)
    expect(first?.end).toMatchObject({ offsets: { [topic]: { 0: 5, 1: 2 } } })
    expect(source.source.newest?.()).toMatchObject({ offsets: { [topic]: { 0: 10, 1: 4 } } })
    expect(source.source.metrics?.(first?.end ?? null)).toEqual({ minOffsetsBehindLatest: 2, maxOffsetsBehindLatest: 5, avgOffsetsBehindLatest: 3.5 })
  })

  test('a group for lag dashboards is told what was committed', async () => {
    const cluster = await testCluster(broker)
    const topic = await filled(cluster, 3)
    const groupIdForLag = broker.topic('lag')
    const source = await open(topic, { groupIdForLag })
    const first = await source.batch(null)
    await source.source.commit(first?.end ?? null)
    expect(await cluster.admin.fetchOffsets({ groupId: groupIdForLag, topics: [topic] })).toMatchObject([{ topic, partitions: [{ partition: 0, offset: '3' }] }])
  })

  test('changed() says when something came, and ends with its signal', async () => {
    const cluster = await testCluster(broker)
    const topic = await filled(cluster, 1)
    const source = await open(topic)
    const first = await source.batch(null)
    expect(await source.batch(first?.end ?? null)).toBeUndefined()
    const stopped = new AbortController()
    const waiting = source.source.changed(new AbortController().signal)
    const ending = source.source.changed(stopped.signal)
    stopped.abort()
    await ending
    await cluster.produce(topic, 0, numbers(1, 2))
    await waiting
    expect(ofN((await source.batch(first?.end ?? null))?.rows ?? [])).toEqual([1])
  })
})
