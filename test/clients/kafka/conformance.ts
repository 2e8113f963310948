import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KafkaConnection, KafkaPort } from '../../../src/clients/kafka/port.ts'
import type { TestKafka } from '../../support/kafka.ts'
import { batch, batchOffsets, eventually, fetchOptions, readLog, settled, valuesOf } from './log.ts'

const numbers = (count: number, prefix = 'v'): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`)

/** What every implementation of the port has to do, on a real broker. */
export function portConformance(kafka: TestKafka, open: (connection: KafkaConnection) => Promise<KafkaPort>): void {
  let port: KafkaPort
  // Does to topics what the port never does.
  let admin: ReturnType<Kafka['admin']>

  beforeAll(async () => {
    port = await open(kafka.connection)
    admin = new Kafka({ clientId: 'admin', brokers: [kafka.bootstrap], logLevel: logLevel.NOTHING, connectionTimeout: 20_000 }).admin()
    await admin.connect()
  }, 60_000)
  afterAll(async () => {
    await port?.close()
    await admin?.disconnect()
  })

  const makeTopic = async (partitions = 1, config: { [key: string]: string } = {}): Promise<string> => {
    const topic = kafka.topic()
    expect(await port.createTopic({ topic, partitions, config })).toBe(true)
    return topic
  }
  const at = (topic: string, partition = 0): { topic: string; partition: number } => ({ topic, partition })
  const offset = async (topic: string, query: 'earliest' | 'latest' | 'lastStable'): Promise<bigint | null> => (await port.offsets([at(topic)], query))[0].offset

  describe('topics', () => {
    test('that exist are described, others left out', async () => {
      const topic = await makeTopic(3)
      const described = await port.topics([topic, kafka.topic('absent'), 'no name of a topic'])
      expect(described).toEqual([
        { topic, topicId: expect.stringMatching(/^(?!0{32})[0-9a-f]{32}$/), partitions: [0, 1, 2].map(partition => ({ partition, leader: 1, leaderEpoch: expect.any(Number), replicas: 1, inSync: 1 })) },
      ])
    })

    test('are all there when none is named, without those of the brokers themselves', async () => {
      const topic = await makeTopic()
      await port.commitGroupOffsets(kafka.topic('group'), [{ ...at(topic), offset: 0n }])
      const names = (await port.topics()).map(t => t.topic)
      expect(names).toContain(topic)
      expect(names.filter(n => n.startsWith('__'))).toEqual([])
    })

    test('are made once', async () => {
      const topic = await makeTopic()
      expect(await port.createTopic({ topic, partitions: 5 })).toBe(false)
    })

    test('that cannot be made say why', async () => {
      await expect(port.createTopic({ topic: kafka.topic(), partitions: 1, replicationFactor: 3 })).rejects.toMatchObject({ code: 'KAFKA_PROTOCOL', context: { error: 'INVALID_REPLICATION_FACTOR' } })
      await expect(port.createTopic({ topic: kafka.topic(), partitions: 1, config: { 'cleanup.policy': 'burn' } })).rejects.toMatchObject({ code: 'KAFKA_PROTOCOL', message: expect.stringContaining('burn') })
    })

    test('show partitions that were added', async () => {
      const topic = await makeTopic()
      await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] })
      await eventually(() => port.topics([topic]), ([t]) => t.partitions.length === 3)
      expect(await port.offsets([at(topic, 2)], 'latest')).toMatchObject([{ offset: 0n }])
    })

    test('that are made again have another id, and are not read under the old one', async () => {
      const topic = await makeTopic()
      const [before] = await port.topics([topic])
      await port.fetchRecords([{ ...at(topic), offset: 0n, topicId: before.topicId }], fetchOptions)
      await admin.deleteTopics({ topics: [topic] })
      await eventually(() => port.topics([topic]), found => found.length === 0)
      await port.createTopic({ topic, partitions: 1 })
      const [after] = await port.topics([topic])
      expect(after.topicId).not.toBe(before.topicId)
      await expect(port.fetchRecords([{ ...at(topic), offset: 0n, topicId: before.topicId }], fetchOptions)).rejects.toMatchObject({
        code: 'KAFKA_UNKNOWN_TOPIC', context: { topicId: before.topicId, found: after.topicId },
      })
      expect(await port.fetchRecords([{ ...at(topic), offset: 0n, topicId: after.topicId }], fetchOptions)).toHaveLength(1)
    })

    test('that were made again behind our back are not read under the old id either', async () => {
      const topic = await makeTopic()
      const other = await open(kafka.connection)
      const [{ topicId }] = await port.topics([topic])
      await port.fetchRecords([{ ...at(topic), offset: 0n, topicId }], fetchOptions)
      await admin.deleteTopics({ topics: [topic] })
      await eventually(() => other.topics([topic]), found => found.length === 0)
      await other.createTopic({ topic, partitions: 1 })
      await expect(port.fetchRecords([{ ...at(topic), offset: 0n, topicId }], fetchOptions)).rejects.toMatchObject({ code: 'KAFKA_UNKNOWN_TOPIC' })
      await other.close()
    })
  })

  describe('offsets', () => {
    test('come in the order asked', async () => {
      const [a, b] = [await makeTopic(2), await makeTopic(2)]
      const producer = await port.idempotent()
      await producer.send([batch(a, 0, numbers(1)), batch(a, 1, numbers(2)), batch(b, 0, numbers(3)), batch(b, 1, numbers(4))])
      const asked = [at(b, 1), at(a, 0), at(b, 0), at(a, 1)]
      expect(await port.offsets(asked, 'latest')).toEqual(asked.map((p, i) => ({ ...p, offset: [4n, 1n, 3n, 2n][i], leaderEpoch: expect.any(Number) })))
    })

    test('by time are those of the first record not before it, or none', async () => {
      const topic = await makeTopic()
      const producer = await port.idempotent()
      for (const timestamp of [1000, 2000, 3000]) await producer.send([batch(topic, 0, numbers(2), { timestamp })])
      const ask = async (timestampMs: number): Promise<bigint | null> => (await port.offsets([at(topic)], { timestampMs }))[0].offset
      expect([await ask(-1), await ask(0), await ask(1001), await ask(2000), await ask(2999.5), await ask(3001)]).toEqual([0n, 0n, 2n, 2n, 4n, null])
    })

    test('begin where records were deleted', async () => {
      const topic = await makeTopic()
      await (await port.idempotent()).send([batch(topic, 0, numbers(10))])
      await eventually(() => admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '7' }] }).then(() => true, () => false), done => done)
      expect([await offset(topic, 'earliest'), await offset(topic, 'latest')]).toEqual([7n, 10n])
      await expect(port.fetchRecords([{ ...at(topic), offset: 3n }], fetchOptions)).rejects.toMatchObject({
        code: 'KAFKA_OFFSET_OUT_OF_RANGE', context: { topic, partition: 0, offset: '3', earliest: '7', latest: '10' },
      })
    })

    test('of what does not exist are refused', async () => {
      const topic = await makeTopic(2)
      await expect(port.offsets([at('absent')], 'latest')).rejects.toMatchObject({ code: 'KAFKA_UNKNOWN_TOPIC', context: { topic: 'absent' } })
      await expect(port.offsets([at(topic, 2)], 'latest')).rejects.toMatchObject({ code: 'KAFKA_UNKNOWN_TOPIC', context: { topic, partition: 2, partitions: 2 } })
    })

    test('of a group are what was committed', async () => {
      const [topic, groupId] = [await makeTopic(2), kafka.topic('group')]
      await port.commitGroupOffsets(groupId, [{ ...at(topic, 0), offset: 5n }, { ...at(topic, 1), offset: 2n ** 40n }])
      await port.commitGroupOffsets(groupId, [{ ...at(topic, 0), offset: 6n }])
      const [{ partitions }] = await admin.fetchOffsets({ groupId, topics: [topic] })
      expect(partitions.map(p => [p.partition, p.offset]).sort()).toEqual([[0, '6'], [1, String(2n ** 40n)]])
    })
  })

  describe('fetches', () => {
    test('begin with the batch that holds the offset', async () => {
      const topic = await makeTopic()
      const producer = await port.idempotent()
      for (let i = 0; i < 3; i++) await producer.send([batch(topic, 0, numbers(10))])
      const [fetched] = await port.fetchRecords([{ ...at(topic), offset: 13n }], fetchOptions)
      expect(batchOffsets(fetched.records)).toEqual([10, 20])
      expect(fetched).toMatchObject({ ...at(topic), highWatermark: 30n, lastStableOffset: 30n, logStart: 0n, aborted: [] })
    })

    test('give a batch whole that is larger than their limit', async () => {
      const topic = await makeTopic()
      const large = 'x'.repeat(300_000)
      await (await port.idempotent()).send([batch(topic, 0, [large])])
      const [fetched] = await port.fetchRecords([{ ...at(topic), offset: 0n }], { ...fetchOptions, maxBytes: 1000 })
      expect(batchOffsets(fetched.records)).toEqual([0])
      expect(fetched.records.length).toBeGreaterThan(300_000)
    })

    test('answer for every partition, in the order asked', async () => {
      const [a, b] = [await makeTopic(2), await makeTopic(1)]
      await (await port.idempotent()).send([batch(a, 0, ['a0']), batch(a, 1, ['a1']), batch(b, 0, ['b0'])])
      const asked = [at(a, 1), at(b, 0), at(a, 0)]
      const fetched = await port.fetchRecords(asked.map(p => ({ ...p, offset: 0n })), fetchOptions)
      expect(fetched.map(f => [f.topic, f.partition])).toEqual(asked.map(p => [p.topic, p.partition]))
      expect(fetched.map(f => Buffer.from(f.records).toString('latin1').slice(-3, -1))).toEqual(['a1', 'b0', 'a0'])
    })

    test('are empty at the end, and refused beyond it', async () => {
      const topic = await makeTopic()
      await (await port.idempotent()).send([batch(topic, 0, numbers(2))])
      const [fetched] = await port.fetchRecords([{ ...at(topic), offset: 2n }], fetchOptions)
      expect(fetched.records.length).toBe(0)
      await expect(port.fetchRecords([{ ...at(topic), offset: 3n }], fetchOptions)).rejects.toMatchObject({ code: 'KAFKA_OFFSET_OUT_OF_RANGE', context: { earliest: '0', latest: '2' } })
    })

    test('end when the signal aborts', async () => {
      const topic = await makeTopic()
      const stop = new AbortController()
      const fetching = port.fetchRecords([{ ...at(topic), offset: 0n }], { ...fetchOptions, maxWaitMs: 3_600_000 }, stop.signal)
      stop.abort()
      expect(await fetching).toEqual([])
      // Nothing else waits behind the one that was given up, nor behind one that still waits.
      const go = new AbortController()
      const waiting = port.fetchRecords([{ ...at(topic), offset: 0n }], { ...fetchOptions, maxWaitMs: 3_600_000 }, go.signal)
      await (await port.idempotent()).send([batch(await makeTopic(), 0, ['a'])])
      expect(await port.fetchRecords([{ ...at(topic), offset: 0n }], fetchOptions)).toHaveLength(1)
      go.abort()
      expect(await waiting).toEqual([])
    })
  })

  describe('producers', () => {
    test('write batches of one call in order, many of one partition too', async () => {
      const topic = await makeTopic(2)
      const values = numbers(2000)
      const producer = await port.idempotent()
      await producer.send([batch(topic, 0, values, { batchBytes: 1000 }), batch(topic, 1, values.slice(0, 5))])
      await Promise.all([producer.send([batch(topic, 1, ['x', 'y'])]), producer.send([batch(topic, 1, ['z'])])])
      expect(await valuesOf(port, topic, 0)).toEqual(values)
      expect(await valuesOf(port, topic, 1)).toEqual([...values.slice(0, 5), 'x', 'y', 'z'])
    })

    test('keep the order of batches of a partition that is named more than once', async () => {
      const topic = await makeTopic()
      const producer = await port.transactional(kafka.topic('id'), 60_000)
      producer.begin()
      await producer.send([batch(topic, 0, ['a', 'b']), batch(topic, 0, ['c']), batch(topic, 0, ['d'])])
      await producer.send([batch(topic, 0, ['e']), batch(topic, 0, ['f'])])
      await producer.commit()
      await settled(port, topic, 0)
      expect(await valuesOf(port, topic, 0)).toEqual(['a', 'b', 'c', 'd', 'e', 'f'])
    })

    test('show what is committed, hide what is aborted, wait for what is open', async () => {
      const topic = await makeTopic()
      const producer = await port.transactional(kafka.topic('id'), 60_000)
      for (const [values, end] of [[['a', 'b'], 'commit'], [['c'], 'abort'], [['d'], 'commit']] as const) {
        producer.begin()
        await producer.send([batch(topic, 0, values)])
        await producer[end]()
      }
      await settled(port, topic, 0)
      producer.begin()
      await producer.send([batch(topic, 0, ['e'])])
      expect([await offset(topic, 'lastStable'), await offset(topic, 'latest')]).toEqual([7n, 8n])
      expect(await valuesOf(port, topic, 0)).toEqual(['a', 'b', 'd'])
      expect(await valuesOf(port, topic, 0, 'read_uncommitted')).toEqual(['a', 'b', 'c', 'd', 'e'])
      const [fetched] = await port.fetchRecords([{ ...at(topic), offset: 0n }], fetchOptions)
      expect(fetched.aborted).toEqual([{ producerId: expect.any(BigInt), firstOffset: 3n }])
      await producer.abort()
    })

    test('do not mix when their transactions interleave', async () => {
      const topic = await makeTopic()
      const [a, b] = [await port.transactional(kafka.topic('a'), 60_000), await port.transactional(kafka.topic('b'), 60_000)]
      a.begin()
      b.begin()
      await a.send([batch(topic, 0, ['a aborted'])])
      await b.send([batch(topic, 0, ['b aborted'])])
      await b.abort()
      await a.send([batch(topic, 0, ['a aborted too'])])
      await a.abort()
      a.begin()
      await a.send([batch(topic, 0, ['a'])])
      await a.commit()
      await settled(port, topic, 0)
      expect(await valuesOf(port, topic, 0)).toEqual(['a'])
    })

    test('end transactions without records', async () => {
      const topic = await makeTopic()
      const producer = await port.transactional(kafka.topic('id'), 60_000)
      producer.begin()
      await producer.commit()
      producer.begin()
      await producer.abort()
      producer.begin()
      await producer.send([batch(topic, 0, ['a'])])
      await producer.commit()
      await settled(port, topic, 0)
      expect(await valuesOf(port, topic, 0)).toEqual(['a'])
    })

    test('are fenced by a newer one of their id, which aborts what they left open', async () => {
      const [topic, id] = [await makeTopic(2), kafka.topic('id')]
      const [first, zombie] = [await port.transactional(id, 60_000), await port.transactional(id, 60_000)]
      first.begin()
      await expect(first.send([batch(topic, 0, ['first'])])).rejects.toMatchObject({ code: 'KAFKA_PRODUCER_FENCED', context: { transactionalId: id } })
      zombie.begin()
      await zombie.send([batch(topic, 0, ['zombie'])])
      const newest = await port.transactional(id, 60_000)
      await settled(port, topic, 0)
      await expect(zombie.send([batch(topic, 0, ['zombie, same partition'])])).rejects.toMatchObject({ code: 'KAFKA_PRODUCER_FENCED' })
      newest.begin()
      await newest.send([batch(topic, 0, ['newest'])])
      await newest.commit()
      await settled(port, topic, 0)
      expect(await valuesOf(port, topic, 0, 'read_uncommitted')).toEqual(['zombie', 'newest'])
      expect(await valuesOf(port, topic, 0)).toEqual(['newest'])
    })

    test('may not commit what a newer one of their id aborted', async () => {
      const [topic, id] = [await makeTopic(), kafka.topic('id')]
      const zombie = await port.transactional(id, 60_000)
      zombie.begin()
      await zombie.send([batch(topic, 0, ['zombie'])])
      await port.transactional(id, 60_000)
      await expect(zombie.commit()).rejects.toMatchObject({ code: 'KAFKA_PRODUCER_FENCED' })
      await settled(port, topic, 0)
      expect(await valuesOf(port, topic, 0)).toEqual([])
    })

    test('may not commit a transaction that ran into its timeout', async () => {
      const topic = await makeTopic()
      const producer = await port.transactional(kafka.topic('id'), 1000)
      producer.begin()
      await producer.send([batch(topic, 0, ['late'])])
      // The brokers abort it: one marker.
      await eventually(() => offset(topic, 'lastStable'), stable => stable === 2n)
      await expect(producer.commit()).rejects.toMatchObject({ code: 'KAFKA_PRODUCER_FENCED' })
      expect(await valuesOf(port, topic, 0)).toEqual([])
    })

    test('can go on after an error that ends only the transaction', async () => {
      const topic = await makeTopic(2)
      const producer = await port.transactional(kafka.topic('id'), 60_000)
      producer.begin()
      await producer.send([batch(topic, 1, ['a'])])
      await expect(producer.send([batch(topic, 0, ['x'.repeat(2_000_000)])])).rejects.toMatchObject({ code: 'KAFKA_RECORD_TOO_LARGE', context: { topic, partition: 0 } })
      await producer.abort()
      producer.begin()
      await expect(producer.send([batch('absent', 0, ['b'])])).rejects.toMatchObject({ code: 'KAFKA_UNKNOWN_TOPIC' })
      await producer.abort()
      producer.begin()
      await producer.send([batch(topic, 0, ['c']), batch(topic, 1, ['d'])])
      await producer.commit()
      await settled(port, topic, 0, 1)
      expect([await valuesOf(port, topic, 0), await valuesOf(port, topic, 1)]).toEqual([['c'], ['d']])
    })

    test('say which record a broker does not take', async () => {
      const topic = await makeTopic(1, { 'cleanup.policy': 'compact' })
      await expect((await port.idempotent()).send([batch(topic, 0, ['no key'])])).rejects.toMatchObject({ code: 'KAFKA_PROTOCOL', context: { error: 'INVALID_RECORD' }, message: expect.stringContaining('record 0 of its batch') })
      await (await port.idempotent()).send([batch(topic, 0, [null, 'v'], { key: 'k' })])
      expect((await readLog(port, topic, 0)).map(r => [r.key, r.value])).toEqual([['k', null], ['k', 'v']])
    })

    test('refuse a timeout that the brokers do not allow', async () => {
      await expect(port.transactional(kafka.topic('id'), 86_400_000)).rejects.toMatchObject({ code: 'KAFKA_PROTOCOL', context: { error: 'INVALID_TRANSACTION_TIMEOUT' } })
    })
  })

  test('nothing is answered after it was closed', async () => {
    const topic = await makeTopic()
    const closing = await open(kafka.connection)
    const waiting = closing.fetchRecords([{ ...at(topic), offset: 0n }], { ...fetchOptions, maxWaitMs: 3_600_000 })
    await closing.offsets([at(topic)], 'latest')
    await Promise.all([expect(waiting).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE', retryable: false }), closing.close()])
    await expect(closing.topics()).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE', retryable: false })
    await closing.close()
  })
}
