import { json, kafka, schema, t } from 'millrace'
import { expect, test } from 'vitest'
import { describeKafka } from '../../support/kafka.ts'
import { eventually, numbers, openKafkaSource, testCluster, type TestCluster } from './support.ts'

const n = schema({ n: t.int32() })
const ofN = (rows: readonly { readonly [name: string]: unknown }[]): unknown[] => rows.map(r => r['n'])

/** Deletes records below an offset, as retention does. */
async function forget(cluster: TestCluster, topic: string, offset: number): Promise<void> {
  // The admin client knows the leaders of a topic only after it was asked about it.
  await cluster.admin.fetchTopicOffsets(topic)
  const deleted = () => cluster.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] }).then(() => true, () => false)
  await eventually(deleted, done => done)
}

/** The same name, another topic. */
async function recreate(cluster: TestCluster, topic: string, partitions: number): Promise<void> {
  await cluster.admin.deleteTopics({ topics: [topic] })
  await eventually(() => cluster.port.topics([topic]), found => found.length === 0)
  await cluster.port.createTopic({ topic, partitions })
}

describeKafka('what a Kafka source has lost', broker => {
  const open = (topic: string, options: object = {}) =>
    openKafkaSource(kafka({ brokers: broker.bootstrap, topic, value: json(n), startingOffsets: 'earliest', maxOffsetsPerTrigger: 2, fetchTimeout: '1 second', ...options } as never))

  test('to retention, before a range was planned', async () => {
    const cluster = await testCluster(broker)
    const topic = await cluster.topic(1)
    await cluster.produce(topic, 0, numbers(0, 10))
    const [strict, lax] = [await open(topic), await open(topic, { failOnDataLoss: false })]
    const first = await strict.batch(null)
    await forget(cluster, topic, 5)
    await expect(strict.batch(first?.end ?? null)).rejects.toMatchObject({
      code: 'SOURCE_DATA_LOST', context: { kind: 'retention', topic, partition: 0, from: 2, to: 5 },
      message: expect.stringContaining('offsets 2 to 4 (3) were not read') as string,
    })
    const next = await lax.batch(first?.end ?? null)
    expect(ofN(next?.rows ?? [])).toEqual([5, 6])
    expect(next?.partitions).toMatchObject([{ spec: { start: 5, end: 7, gapFrom: 2 } }])
    expect(lax.source.notices?.()).toMatchObject([{ context: { kind: 'retention', topic, partition: 0, from: 2, to: 5 } }])
    expect(ofN((await lax.batch(next?.end ?? null))?.rows ?? [])).toEqual([7, 8])
    expect(lax.source.notices?.()).toEqual([])
  })

  test('to retention, after the range was planned', async () => {
    const cluster = await testCluster(broker)
    const topic = await cluster.topic(1)
    await cluster.produce(topic, 0, numbers(0, 10))
    const [strict, lax] = [await open(topic, { maxOffsetsPerTrigger: 8 }), await open(topic, { maxOffsetsPerTrigger: 8, failOnDataLoss: false })]
    const first = await strict.batch(null)
    await forget(cluster, topic, 5)
    await expect(strict.read(first?.partitions ?? [])).rejects.toMatchObject({ code: 'SOURCE_DATA_LOST', context: { kind: 'retention', from: 0, to: 5 } })
    expect(ofN(await lax.read(first?.partitions ?? []))).toEqual([5, 6, 7])
    await forget(cluster, topic, 10)
    expect(await lax.read(first?.partitions ?? [])).toEqual([])
  })

  test('with its topic', async () => {
    const cluster = await testCluster(broker)
    const topic = await cluster.topic(2)
    await cluster.produce(topic, 0, numbers(0, 3))
    const [strict, lax] = [await open(topic), await open(topic, { failOnDataLoss: false })]
    const first = await strict.batch(null)
    await cluster.admin.deleteTopics({ topics: [topic] })
    await eventually(() => cluster.port.topics([topic]), found => found.length === 0)
    await expect(strict.batch(first?.end ?? null)).rejects.toMatchObject({ code: 'SOURCE_DATA_LOST', context: { kind: 'vanished', topic, partition: 0, from: 2 } })
    await expect(strict.read(first?.partitions ?? [])).rejects.toMatchObject({ code: 'SOURCE_DATA_LOST', context: { kind: 'vanished', topic, partition: 0, from: 0 } })
    expect(await lax.batch(first?.end ?? null)).toMatchObject({ rows: [], end: { offsets: {} } })
    expect(lax.source.notices?.().map(notice => notice.context['kind'])).toEqual(['vanished', 'vanished'])
    expect(await lax.read(first?.partitions ?? [])).toEqual([])
  })

  test('to a topic that was made again under the same name', async () => {
    const cluster = await testCluster(broker)
    const topic = await cluster.topic(1)
    await cluster.produce(topic, 0, numbers(0, 3))
    const [{ topicId: formerId }] = await cluster.port.topics([topic])
    const [strict, lax] = [await open(topic), await open(topic, { failOnDataLoss: false })]
    const first = await strict.batch(null)
    await recreate(cluster, topic, 1)
    await cluster.produce(topic, 0, numbers(50, 55))
    const [{ topicId }] = await cluster.port.topics([topic])
    const recreated = { code: 'SOURCE_TOPIC_RECREATED', context: { topic, partition: 0, formerId, topicId } }
    await expect(strict.batch(first?.end ?? null)).rejects.toMatchObject(recreated)
    await expect(strict.read(first?.partitions ?? [])).rejects.toMatchObject(recreated)
    expect(ofN((await lax.batch(first?.end ?? null))?.rows ?? [])).toEqual([50, 51])
    expect(lax.source.notices?.()).toMatchObject([{ context: { kind: 'recreated', formerId, topicId } }])
    expect(await lax.read(first?.partitions ?? [])).toEqual([])
  })

  test('to a log that ends before what was read', async () => {
    const cluster = await testCluster(broker)
    const topic = await cluster.topic(1)
    await cluster.produce(topic, 0, numbers(0, 3))
    const [{ topicId }] = await cluster.port.topics([topic])
    const ahead = { offsets: { [topic]: { 0: 9 } }, topicIds: { [topic]: topicId } }
    await expect((await open(topic)).batch(ahead)).rejects.toMatchObject({ code: 'SOURCE_DATA_LOST', context: { kind: 'truncated', topic, partition: 0, from: 9, to: 3 } })
    const lax = await open(topic, { failOnDataLoss: false })
    const next = await lax.batch(ahead)
    expect(next).toMatchObject({ rows: [], end: { offsets: { [topic]: { 0: 3 } } } })
    expect(lax.source.notices?.()).toMatchObject([{ context: { kind: 'truncated', from: 9, to: 3 } }])
    // A range that was planned and is gone: of a replay.
    const planned = [{ label: 't-0', spec: { topic, topicId, partition: 0, start: 1, end: 9, leaderEpoch: 0 } }]
    await expect((await open(topic)).read(planned)).rejects.toMatchObject({ code: 'SOURCE_FAILED', context: { topic, partition: 0, position: 3, end: 9, reach: 3 } })
    expect(ofN(await lax.read(planned))).toEqual([1, 2])
    await expect((await open(topic)).read([{ label: 't-0', spec: { ...planned[0].spec, start: 5 } }])).rejects.toMatchObject({ code: 'SOURCE_DATA_LOST', context: { kind: 'truncated', from: 5, to: 3 } })
  })
})
