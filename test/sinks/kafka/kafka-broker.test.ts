import { afterAll, beforeAll, expect, test } from 'vitest'
import { schema, t } from '../../../src/columnar/schema-builder.ts'
import { makeError } from '../../../src/common/errors.ts'
import { nodePorts } from '../../../src/common/node/node-ports.ts'
import { openKafka } from '../../../src/clients/kafka/open-kafka.ts'
import type { KafkaPort } from '../../../src/clients/kafka/port.ts'
import { makeKafkaSinkProvider } from '../../../src/sinks/kafka/kafka-sink-provider.ts'
import type { Sink } from '../../../src/sinks/sink.ts'
import { describeKafka } from '../../support/kafka.ts'
import { attempt, outputOf, readTopic, writeParts } from './support.ts'
import { type Around, wrappedPort } from './wrapped-port.ts'

const rows = schema({ account: t.nullable(t.string()), amount: t.integer() })

describeKafka('the Kafka sink on a broker', kafka => {
  let reader: KafkaPort
  const open = new Set<Sink>()
  beforeAll(async () => {
    reader = await openKafka(kafka.connection)
  })
  afterAll(async () => {
    for (const sink of open) await sink.close()
    await reader.close()
  })

  async function newTopic(partitions = 3): Promise<string> {
    const topic = kafka.topic('sink')
    await reader.createTopic({ topic, partitions })
    return topic
  }

  const optionsOf = (topic: string) => ({ brokers: [kafka.bootstrap], topic, key: 'account', transactionalIdPrefix: topic, connectionTimeout: '20 seconds' })

  async function openSink(topic: string, around: Around = {}, more: object = {}): Promise<Sink> {
    const provider = makeKafkaSinkProvider(async (connection, ports) => wrappedPort(await openKafka(connection, ports), around))
    const sink = (await provider.open({ ...optionsOf(topic), ...more }, { ports: nodePorts, live: new Map(), queryId: 'q1', name: 'output', schema: rows, outputMode: 'append' })) as Sink
    open.add(sink)
    return sink
  }

  const provider = makeKafkaSinkProvider(openKafka)
  const partsOf = (topic: string, batchId: number, given: readonly { readonly account: string | null; readonly amount: number }[], more: object = {}) =>
    writeParts({ provider, options: { ...optionsOf(topic), ...more }, schema: rows }, batchId, attempt(1), [given])

  async function commit(sink: Sink, topic: string, epoch: number, batchId: number, amount = batchId, token?: string) {
    return sink.commit(outputOf(batchId, epoch, await partsOf(topic, batchId, [{ account: `a${batchId}`, amount }]), token))
  }

  const values = async (topic: string, isolation?: 'read_uncommitted') => (await readTopic(reader, topic, isolation)).map(r => r.value).sort()

  test('two transactions; the marker is there for another process', async () => {
    const topic = await newTopic()
    const sink = await openSink(topic)
    expect(await sink.epoch()).toBe(0)
    const { last, incarnation } = await sink.fence(1)
    expect(last).toBeNull()
    expect(await commit(sink, topic, 1, 0)).toBe('done')
    expect(await commit(sink, topic, 1, 1)).toBe('done')
    expect(await commit(sink, topic, 1, 1)).toBe('already')
    const again = await openSink(topic)
    expect(await again.epoch()).toBe(1)
    expect(await again.fence(2)).toEqual({ last: { batchId: 1, token: 'token-1' }, incarnation })
    expect(await commit(again, topic, 2, 2)).toBe('done')
    expect(await values(topic)).toEqual(['{"amount":0}', '{"amount":1}', '{"amount":2}'])
  })

  test('a batch without rows writes its marker', async () => {
    const topic = await newTopic()
    const sink = await openSink(topic)
    await sink.fence(1)
    expect(await sink.commit(outputOf(0, 1, []))).toBe('done')
    expect(await (await openSink(topic)).fence(2)).toMatchObject({ last: { batchId: 0, token: 'token-0' } })
  })

  test('a zombie writes nothing any more, and learns why; the newer one goes on', async () => {
    const topic = await newTopic()
    const zombie = await openSink(topic)
    await zombie.fence(1)
    await commit(zombie, topic, 1, 0)
    const newer = await openSink(topic)
    await newer.fence(2)
    await commit(newer, topic, 2, 1)
    expect(await commit(zombie, topic, 1, 1, 666)).toBe('unknown')
    expect(await zombie.epoch()).toBe(2)
    await expect(zombie.fence(1)).rejects.toMatchObject({ code: 'CHECKPOINT_FENCED' })
    // The zombie's look has displaced the newer producer.
    expect(await commit(newer, topic, 2, 2)).toBe('unknown')
    expect(await newer.fence(2)).toMatchObject({ last: { batchId: 1 } })
    expect(await commit(newer, topic, 2, 2)).toBe('done')
    expect(await values(topic)).toEqual(['{"amount":0}', '{"amount":1}', '{"amount":2}'])
  })

  test('what an open transaction holds is seen by read_uncommitted alone, and is gone after the next fence', async () => {
    const topic = await newTopic()
    let hang = false
    const sink = await openSink(topic, { commit: act => (hang ? Promise.reject(makeError('KAFKA_OUTCOME_UNKNOWN', 'Nothing was sent.')) : act()) })
    await sink.fence(1)
    hang = true
    expect(await commit(sink, topic, 1, 0, 13)).toBe('unknown')
    expect(await readTopic(reader, topic, 'read_committed', true)).toEqual([])
    expect(await values(topic, 'read_uncommitted')).toEqual(['{"amount":13}'])
    const next = await openSink(topic)
    expect(await next.fence(2)).toMatchObject({ last: null })
    expect(await commit(next, topic, 2, 0, 14)).toBe('done')
    expect(await values(topic)).toEqual(['{"amount":14}'])
    expect(await values(topic, 'read_uncommitted')).toEqual(['{"amount":13}', '{"amount":14}'])
  })

  test('a commit whose answer was lost is found in the marker', async () => {
    const topic = await newTopic()
    let lose = false
    const sink = await openSink(topic, {
      commit: async act => {
        await act()
        if (lose) throw makeError('KAFKA_OUTCOME_UNKNOWN', 'The answer was lost.')
      },
    })
    await sink.fence(1)
    lose = true
    expect(await commit(sink, topic, 1, 0)).toBe('unknown')
    lose = false
    expect(await sink.fence(1)).toMatchObject({ last: { batchId: 0, token: 'token-0' } })
    expect(await commit(sink, topic, 1, 1)).toBe('done')
    expect(await values(topic)).toEqual(['{"amount":0}', '{"amount":1}'])
  })

  test('a transaction that runs into its timeout is aborted by the broker, and sent again; a batch that always does is named', { timeout: 60_000 }, async () => {
    const topic = await newTopic()
    let slow = false
    const sink = await openSink(topic, { commit: act => (slow ? nodePorts.clock.sleep(2500).then(act) : act()) }, { transactionTimeout: '1 second' })
    await sink.fence(1)
    slow = true
    expect(await commit(sink, topic, 1, 0)).toBe('unknown')
    slow = false
    expect(await sink.fence(1)).toMatchObject({ last: null })
    slow = true
    await expect(commit(sink, topic, 1, 0)).rejects.toMatchObject({ code: 'SINK_COMMIT_FAILED', message: expect.stringContaining('transactionTimeout of 1 s') })
    slow = false
    await sink.fence(1)
    expect(await commit(sink, topic, 1, 0)).toBe('done')
    expect(await values(topic)).toEqual(['{"amount":0}'])
    expect(await values(topic, 'read_uncommitted')).toHaveLength(3)
  })

  test('many requests make one transaction, in the order of the rows', async () => {
    const topic = await newTopic(2)
    const sink = await openSink(topic, {}, { maxRequestBytes: 4096, maxRecordBatchBytes: 1024 })
    await sink.fence(1)
    const given = Array.from({ length: 2000 }, (_, i) => ({ account: `a${i % 7}`, amount: i }))
    expect(await sink.commit(outputOf(0, 1, await partsOf(topic, 0, given, { maxRecordBatchBytes: 1024 })))).toBe('done')
    const records = await readTopic(reader, topic)
    expect(records).toHaveLength(2000)
    for (const partition of [0, 1]) {
      const amounts = records.filter(r => r.partition === partition).map(r => (JSON.parse(r.value as string) as { amount: number }).amount)
      expect(amounts).toEqual([...amounts].sort((a, b) => a - b))
    }
  })

  test('several tasks may write to the same partitions', async () => {
    const topic = await newTopic(2)
    const sink = await openSink(topic)
    await sink.fence(1)
    const tasks = Array.from({ length: 8 }, (_, task) => Array.from({ length: 5 }, (_, i) => ({ account: `a${i}`, amount: task * 5 + i })))
    const parts = await writeParts({ provider, options: optionsOf(topic), schema: rows }, 0, attempt(1), tasks)
    expect(await sink.commit(outputOf(0, 1, parts))).toBe('done')
    expect((await readTopic(reader, topic)).map(r => (JSON.parse(r.value as string) as { amount: number }).amount).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i))
  })

  test('a record that the topic refuses ends the query, and leaves nothing', async () => {
    const topic = kafka.topic('small')
    await reader.createTopic({ topic, partitions: 1, config: { 'max.message.bytes': '1000' } })
    const sink = await openSink(topic)
    await sink.fence(1)
    const parts = await partsOf(topic, 0, [{ account: 'x'.repeat(2000), amount: 1 }])
    await expect(sink.commit(outputOf(0, 1, parts))).rejects.toMatchObject({ code: 'KAFKA_RECORD_TOO_LARGE' })
    expect(await values(topic, 'read_uncommitted')).toEqual([])
    expect(await (await openSink(topic)).fence(2)).toMatchObject({ last: null })
  })

  test.each(['gzip', 'snappy', 'lz4'])('%s', async compression => {
    const topic = await newTopic(1)
    const sink = await openSink(topic, {}, { compression })
    await sink.fence(1)
    const given = Array.from({ length: 500 }, (_, amount) => ({ account: 'a', amount }))
    expect(await sink.commit(outputOf(0, 1, await partsOf(topic, 0, given, { compression })))).toBe('done')
    expect(await values(topic)).toHaveLength(500)
  })

  test('at-least-once: no marker, no transaction', async () => {
    const topic = await newTopic()
    const sink = await openSink(topic, {}, { delivery: 'at-least-once' })
    expect(sink.capabilities).toEqual({ lookup: false, resumable: false })
    const parts = await partsOf(topic, 0, [{ account: 'a', amount: 1 }, { account: null, amount: 2 }])
    expect(await sink.commit(outputOf(0, 0, parts))).toBe('done')
    expect(await values(topic, 'read_uncommitted')).toEqual(['{"amount":1}', '{"amount":2}'])
    expect(await reader.topics([`${topic}.commits`])).toEqual([])
  })
})
