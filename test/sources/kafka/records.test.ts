import { json, kafka, schema, t } from 'millrace'
import { expect, test } from 'vitest'
import { makeSchema } from '../../../src/columnar/schema.ts'
import { describeKafka } from '../../support/kafka.ts'
import { baseTime, encoded, eventually, numbers, openKafkaSource, testCluster, values } from './support.ts'

const n = schema({ n: t.int32() })
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
const ofN = (rows: readonly { readonly [name: string]: unknown }[]): unknown[] => rows.map(r => r['n'])

describeKafka('the records of a Kafka source', broker => {
  const open = (topic: string, options: object = {}, how: object = {}) => openKafkaSource(kafka({ brokers: broker.bootstrap, topic, startingOffsets: 'earliest', ...options } as never), how)
  const rows = async (topic: string, options: object = {}, how: object = {}) => (await (await open(topic, options, how)).drain(null)).batches.flat()

  test('have Spark\'s columns', async () => {
    const cluster = await testCluster(broker)
    const topic = await cluster.topic(1)
    await cluster.produce(topic, 0, [
      { key: 'k', value: 'v', timestamp: baseTime, headers: [['a', '1'], ['a', null], ['ü', '']] },
      { key: null, value: null, timestamp: baseTime + 1 },
      { key: '', value: '', timestamp: -1 },
    ])
    const common = { topic, partition: 0, timestampType: 0 }
    expect(await rows(topic, { includeHeaders: true })).toEqual([
      { ...common, key: bytes('k'), value: bytes('v'), offset: 0, timestamp: new Date(baseTime), headers: [{ key: 'a', value: bytes('1') }, { key: 'a', value: null }, { key: 'ü', value: bytes('') }] },
      { ...common, key: null, value: null, offset: 1, timestamp: new Date(baseTime + 1), headers: null },
      { ...common, key: bytes(''), value: bytes(''), offset: 2, timestamp: null, headers: null },
    ])
  })

  test('have the broker\'s time where the topic says so', async () => {
    const cluster = await testCluster(broker)
    const topic = await cluster.topic(1, { 'message.timestamp.type': 'LogAppendTime' })
    await cluster.produce(topic, 0, [{ value: 'a', timestamp: 1000 }, { value: 'b', timestamp: 2000 }])
    const [a, b] = await rows(topic, { metadata: ['timestamp', 'timestampType'] })
    expect([a['timestampType'], b['timestampType'], (a['timestamp'] as Date).getTime() > baseTime, String(a['timestamp']) === String(b['timestamp'])]).toEqual([1, 1, true, true])
  })

  test('become columns by a format, key and value each', async () => {
    const cluster = await testCluster(broker)
    const topic = await cluster.topic(1)
    await cluster.produce(topic, 0, [{ key: 'eu', value: '{"n":1,"x":[1,2]}' }, { key: null, value: '{\n "n": 2\n}' }])
    const region = { format: 'text', schema: schema({ region: t.nullable(t.string()) }) }
    expect(await rows(topic, { value: json(n), key: region, metadata: { at: 'offset' } })).toEqual([{ n: 1, region: 'eu', at: 0 }, { n: 2, region: null, at: 1 }])
    expect(await rows(topic, { key: region, metadata: ['offset'] })).toEqual([{ region: 'eu', offset: 0 }, { region: null, offset: 1 }])
    const csv = await cluster.topic(1)
    await cluster.produce(csv, 0, values('1;"a;b"', '2;'))
    const pair = schema({ n: t.int32(), s: t.nullable(t.string()) })
    expect(await rows(csv, { value: { format: 'csv', schema: pair, formatOptions: { delimiter: ';' } } })).toEqual([{ n: 1, s: 'a;b' }, { n: 2, s: null }])
  })

  test('are read for the columns that are wanted, in any order', async () => {
    const cluster = await testCluster(broker)
    const topic = await cluster.topic(1)
    await cluster.produce(topic, 0, [{ key: '7', value: '{"a":1,"b":"x","c":true}' }])
    const source = await open(topic, { value: json(schema({ a: t.int32(), b: t.string(), c: t.boolean() })), key: { format: 'csv', schema: schema({ k: t.int32() }) }, metadata: ['partition', 'offset', 'topic'] })
    const planned = await source.batch(null)
    const only = (...names: readonly string[]) => makeSchema(names.map(name => source.schema.fields.find(f => f.name === name) ?? source.schema.fields[0]))
    expect(await source.read(planned?.partitions ?? [], only('offset', 'b', 'k'))).toEqual([{ offset: 0, b: 'x', k: 7 }])
    expect(await source.read(planned?.partitions ?? [], only('topic'))).toEqual([{ topic }])
    expect(await source.read(planned?.partitions ?? [], only('c', 'a'))).toEqual([{ c: true, a: 1 }])
  })

  test('that cannot be read follow onBadRecord, with their place', async () => {
    const cluster = await testCluster(broker)
    const topic = await cluster.topic(1)
    await cluster.produce(topic, 0, values('{"n":1}', 'oops', '{"n":"x"}', '', null, '{"n":2}', `{"n":3,"pad":"${'x'.repeat(500)}"}`))
    const value = json(n)
    await expect(rows(topic, { value })).rejects.toMatchObject({ code: 'FORMAT_BAD_RECORD', context: { topic, partition: 0, offset: 1 } })
    const source = await open(topic, { value, maxRecordBytes: 200 }, { onBadRecord: 'deadLetter' })
    expect(ofN((await source.drain(null)).batches.flat())).toEqual([1, 2])
    const place = (offset: number) => ({ origin: `${topic}-0`, line: 0, byte: 0, kafka: { topic, partition: 0, offset } })
    expect(source.bad).toEqual([
      { ...place(1), raw: bytes('oops'), reason: expect.stringContaining('no JSON object') as string },
      { ...place(2), raw: bytes('{"n":"x"}'), reason: expect.stringContaining('column "n" (int32) cannot hold') as string },
      { ...place(3), raw: bytes(''), reason: 'the value is empty' },
      { ...place(4), raw: bytes(''), reason: expect.stringContaining('it has no value, and column "n" (int32) cannot be null') as string },
      { ...place(6), raw: bytes(`{"n":3,"pad":"${'x'.repeat(500)}"}`), reason: 'its value is longer than 200 bytes (maxRecordBytes)' },
    ])
    const key = await open(topic, { key: { format: 'json', schema: n }, metadata: ['offset'], maxRecordBytes: 200 }, { onBadRecord: 'skip' })
    expect((await key.drain(null)).batches.flat()).toEqual([])
    expect(key.bad[0].reason).toContain('it has no key')
  })

  test('without a value are rows of nulls, or left out', async () => {
    const cluster = await testCluster(broker)
    const topic = await cluster.topic(1)
    await cluster.produce(topic, 0, [{ key: 'a', value: '{"n":1}' }, { key: 'a', value: null }])
    const maybe = json(schema({ n: t.nullable(t.int32()) }))
    expect(await rows(topic, { value: maybe, metadata: ['key'] })).toEqual([{ n: 1, key: bytes('a') }, { n: null, key: bytes('a') }])
    expect(await rows(topic, { value: json(n), tombstones: 'skip' })).toEqual([{ n: 1 }])
  })

  test('of aborted transactions do not count, of open ones not yet, unless read_uncommitted', async () => {
    const cluster = await testCluster(broker)
    const topic = await cluster.topic(1)
    await cluster.transaction(topic, 0, numbers(0, 2), 'commit')
    await cluster.transaction(topic, 0, numbers(2, 4), 'abort')
    await cluster.produce(topic, 0, numbers(4, 5))
    const pending = await cluster.port.transactional(broker.topic('open'), 60_000)
    const committed = await open(topic, { value: json(n) })
    const first = await committed.batch(null)
    expect(ofN(first?.rows ?? [])).toEqual([0, 1, 4])
    // Two records and a marker, twice, and one record: nothing is counted, the range ends where the log does.
    expect(first?.end).toMatchObject({ offsets: { [topic]: { 0: 7 } } })
    pending.begin()
    await pending.send([encoded(topic, 0, numbers(5, 7))])
    await cluster.produce(topic, 0, numbers(7, 8))
    expect(await committed.batch(first?.end ?? null)).toBeUndefined()
    expect(ofN(await rows(topic, { value: json(n), isolation: 'read_uncommitted' }))).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    await pending.commit()
    await eventually(async () => committed.source.latestOffset(first?.end ?? null, 'limited'), end => JSON.stringify(end) !== JSON.stringify(first?.end))
    expect(ofN((await committed.batch(first?.end ?? null))?.rows ?? [])).toEqual([5, 6, 7])
  })

  test('in a range that ends with markers alone are none, and the range is complete', async () => {
    const cluster = await testCluster(broker)
    const topic = await cluster.topic(1)
    await cluster.transaction(topic, 0, numbers(0, 2), 'commit')
    const source = await open(topic, { value: json(n), maxOffsetsPerTrigger: 2 })
    expect((await source.drain(null)).batches.map(ofN)).toEqual([[0, 1], []])
  })

  test('that are larger than what is fetched at once come all the same', async () => {
    const cluster = await testCluster(broker)
    const topic = await cluster.topic(1)
    const large = 'x'.repeat(100_000)
    await cluster.produce(topic, 0, [{ value: `{"n":1,"pad":"${large}"}` }])
    await cluster.produce(topic, 0, numbers(2, 4))
    await cluster.produce(topic, 0, [{ value: `{"n":4,"pad":"${large}"}` }])
    expect(ofN(await rows(topic, { value: json(n), fetchBytes: 1024 }))).toEqual([1, 2, 3, 4])
  })

  test('come whole and in order out of many small batches and fetches', async () => {
    const cluster = await testCluster(broker)
    const topic = await cluster.topic(1)
    for (let from = 0; from < 5000; from += 1000) await cluster.produce(topic, 0, numbers(from, from + 1000), 2048)
    const all = Array.from({ length: 5000 }, (_, i) => i)
    expect(ofN(await rows(topic, { value: json(n), fetchBytes: 4096 }))).toEqual(all)
    expect(ofN(await rows(topic, { value: json(n), fetchBytes: 4096, maxOffsetsPerTrigger: 777 }))).toEqual(all)
  })
})
