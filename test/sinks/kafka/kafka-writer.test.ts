import { describe, expect, test } from 'vitest'
import type { Schema } from '../../../src/columnar/schema.ts'
import { schema, t } from '../../../src/columnar/schema-builder.ts'
import { deadLetterSchema } from '../../../src/sinks/dead-letters.ts'
import { makeKafkaSinkProvider } from '../../../src/sinks/kafka/kafka-sink-provider.ts'
import { encodedRecords } from '../../../src/sinks/kafka/encoded-rows.ts'
import { partitionOfKey } from '../../../src/sinks/kafka/murmur2.ts'
import { endingWith, requestsOf } from '../../../src/sinks/kafka/requests.ts'
import type { SinkPart } from '../../../src/sinks/sink.ts'
import { stampBatches } from '../../../src/clients/kafka/records/stamp-batches.ts'
import { FakeCluster } from './fake-cluster.ts'
import { attempt, clockMs, type ReadRecord, readTopic, writeParts } from './support.ts'

type Row = { readonly [column: string]: unknown }

function clusterWith(topics: { readonly [topic: string]: number }): FakeCluster {
  const cluster = new FakeCluster()
  for (const [topic, partitions] of Object.entries(topics)) cluster.create({ topic, partitions })
  return cluster
}

const threeTopics = { out: 3, other: 2, one: 1 }

async function write(columns: Schema, options: object, tasks: readonly (readonly Row[])[], more: { readonly batchId?: number; readonly cut?: number } = {}): Promise<{ cluster: FakeCluster; parts: SinkPart[] }> {
  const cluster = clusterWith(threeTopics)
  const provider = makeKafkaSinkProvider(async () => cluster.client())
  const parts = await writeParts({ provider, options: { brokers: ['fake:1'], ...options }, schema: columns }, more.batchId ?? 0, attempt(1), tasks, more.cut)
  return { cluster, parts }
}

/** The records that these rows become, as a reader of the topic sees them. */
async function recordsOf(columns: Schema, options: object, rows: readonly Row[], topic = 'out'): Promise<ReadRecord[]> {
  const { cluster, parts } = await write(columns, options, [rows])
  const producer = await cluster.client().idempotent()
  for (const request of requestsOf(parts, 1 << 20)) await producer.send(request)
  return readTopic(cluster.client(), topic)
}

const partitionOf = (key: string, count: number): number => {
  const bytes = new TextEncoder().encode(key)
  return partitionOfKey(bytes, 0, bytes.length, count)
}

describe('what becomes of the columns', () => {
  const payment = schema({ id: t.integer(), account: t.string(), note: t.nullable(t.string()) })
  const row = { id: 7, account: 'A1', note: null }

  test('the row as JSON, without a key', async () => {
    expect(await recordsOf(payment, { topic: 'out' }, [row])).toMatchObject([{ key: null, value: '{"id":7,"account":"A1","note":null}', headers: {}, timestamp: clockMs }])
  })

  test('columns of key, headers, partition and timestamp are not in the value, unless they are named', async () => {
    const columns = schema({ id: t.integer(), account: t.string(), trace: t.nullable(t.binary()), shard: t.nullable(t.int32()), at: t.timestamp() })
    const rows = [{ id: 1, account: 'A1', trace: new TextEncoder().encode('t1'), shard: 2, at: new Date(1_700_000_000_123) }, { id: 2, account: 'A2', trace: null, shard: null, at: new Date(5) }]
    const options = { topic: 'out', key: 'account', headers: { trace_id: 'trace' }, partition: 'shard', timestamp: 'at' }
    const records = await recordsOf(columns, options, rows)
    expect(records).toHaveLength(2)
    expect(records).toContainEqual({ topic: 'out', partition: 2, offset: expect.any(Number), key: 'A1', value: '{"id":1}', headers: { trace_id: 't1' }, timestamp: 1_700_000_000_123 })
    expect(records).toContainEqual({ topic: 'out', partition: partitionOf('A2', 3), offset: expect.any(Number), key: 'A2', value: '{"id":2}', headers: {}, timestamp: 5 })
    expect(await recordsOf(columns, { ...options, value: { format: 'json', columns: ['account', 'id'] } }, [rows[0]])).toMatchObject([{ value: '{"account":"A1","id":1}' }])
  })

  test('nulls are left out on request', async () => {
    expect(await recordsOf(payment, { topic: 'out', value: { format: 'json', ignoreNullFields: true } }, [row])).toMatchObject([{ value: '{"id":7,"account":"A1"}' }])
  })

  test('several columns make one key', async () => {
    expect(await recordsOf(payment, { topic: 'out', key: ['account', 'id'] }, [row])).toMatchObject([{ key: '{"account":"A1","id":7}', value: '{"note":null}' }])
  })

  test('a column that is no text is its JSON text without quotes; null is null', async () => {
    const columns = schema({ day: t.nullable(t.date()), n: t.nullable(t.int64()), list: t.array(t.int32()) })
    expect(await recordsOf(columns, { topic: 'out', key: 'day', value: 'n' }, [{ day: '2024-02-03', n: 12345678901234567n, list: [1] }])).toMatchObject([{ key: '2024-02-03', value: '12345678901234567' }])
    expect(await recordsOf(columns, { topic: 'out', key: 'n', value: 'list' }, [{ day: null, n: null, list: [1, 2] }])).toMatchObject([{ key: null, value: '[1,2]' }])
    expect(await recordsOf(columns, { topic: 'out', key: 'list', value: 'day' }, [{ day: null, n: 1n, list: [] }])).toMatchObject([{ key: '[]', value: null }])
  })

  test('empty strings are empty, not null', async () => {
    expect(await recordsOf(schema({ key: t.string(), value: t.string() }), { topic: 'out' }, [{ key: '', value: '' }])).toMatchObject([{ key: '', value: '' }])
  })

  test('a frame of Kafka\'s own columns is written as in Spark', async () => {
    const header = t.struct({ key: t.string(), value: t.nullable(t.binary()) })
    const columns = schema({ key: t.nullable(t.binary()), value: t.nullable(t.string()), topic: t.string(), headers: t.nullable(t.array(header)), partition: t.nullable(t.int32()), offset: t.integer() })
    const row = { key: new Uint8Array([0x6b]), value: 'v', topic: 'other', headers: [{ key: 'a', value: new Uint8Array([0x31]) }, { key: 'b', value: null }], partition: 1, offset: 99 }
    expect(await recordsOf(columns, {}, [row, { ...row, value: null, headers: null, partition: 0 }], 'other')).toEqual([
      { topic: 'other', partition: 0, offset: 0, timestamp: clockMs, key: 'k', value: null, headers: {} },
      { topic: 'other', partition: 1, offset: 0, timestamp: clockMs, key: 'k', value: 'v', headers: { a: '1', b: null } },
    ])
    // The option comes before the column.
    expect(await recordsOf(columns, { topic: 'out' }, [row])).toMatchObject([{ topic: 'out', value: 'v' }])
  })

  test('a column "value" beside columns of other names is a field like them', async () => {
    expect(await recordsOf(schema({ sensor: t.string(), value: t.string() }), { topic: 'out' }, [{ sensor: 's', value: 'v' }])).toMatchObject([{ value: '{"sensor":"s","value":"v"}' }])
    expect(await recordsOf(schema({ value: t.float64() }), { topic: 'out' }, [{ value: 1.5 }])).toMatchObject([{ value: '{"value":1.5}' }])
  })

  test('dead letters: the bytes are the value, all else is headers', async () => {
    const row = { origin: 'payments/1', line: 3, byte: 0, reason: 'no JSON', raw: new TextEncoder().encode('!x'), topic: 'payments', partition: 1, offset: 42 }
    const [record] = await recordsOf(deadLetterSchema, { topic: 'out' }, [row])
    expect(record).toMatchObject({ key: null, value: '!x', headers: { reason: 'no JSON', topic: 'payments', partition: '1', offset: '42' } })
    const [ofFile] = await recordsOf(deadLetterSchema, { topic: 'out' }, [{ ...row, topic: null, partition: null, offset: null }])
    expect(ofFile.headers).toEqual({ origin: 'payments/1', line: '3', byte: '0', reason: 'no JSON' })
  })

  test('each row may name its topic', async () => {
    const columns = schema({ to: t.string(), id: t.integer() })
    const { parts } = await write(columns, { topic: { column: 'to' } }, [[{ to: 'one', id: 1 }, { to: 'other', id: 2 }, { to: 'one', id: 3 }, { to: 'one', id: 4 }]])
    expect(parts[0].rows).toBe(4)
    expect(parts[0].batches.flatMap(b => [...encodedRecords(b)]).map(r => [r.topic, r.partition, r.count])).toEqual([['one', 0, 3], ['other', 0, 1]])
  })
})

describe('where records go', () => {
  const keyed = schema({ key: t.nullable(t.string()), value: t.string() })

  test('a key decides as in the Java client', async () => {
    const rows = Array.from({ length: 50 }, (_, i) => ({ key: `key-${i}`, value: String(i) }))
    for (const { key, partition } of await recordsOf(keyed, { topic: 'out' }, rows)) expect(partition, key as string).toBe(partitionOf(key as string, 3))
  })

  test('without a key, tasks and batches take turns, and a large task goes through all partitions', async () => {
    const first = async (batchId: number): Promise<number[]> => {
      const { parts } = await write(keyed, { topic: 'out' }, [[{ key: null, value: 'a' }], [{ key: null, value: 'b' }]], { batchId })
      return parts.map(p => [...encodedRecords(p.batches[0])][0].partition)
    }
    expect([await first(0), await first(1), await first(2)]).toEqual([[0, 1], [1, 2], [2, 0]])
    const many = Array.from({ length: 3000 }, () => ({ key: null, value: 'x'.repeat(100) }))
    const { parts } = await write(keyed, { topic: 'out' }, [many])
    const counts = [...encodedRecords(parts[0].batches[0])].map(r => r.count)
    expect(counts).toHaveLength(3)
    expect(Math.min(...counts)).toBeGreaterThan(500)
  })
})

describe('the same rows give the same part', () => {
  const columns = schema({ account: t.nullable(t.string()), amount: t.integer() })
  const rows = Array.from({ length: 3000 }, (_, i) => ({ account: i % 5 === 0 ? null : `a${i % 11}`, amount: i }))
  const options = { topic: 'out', key: 'account', maxRecordBatchBytes: 4096 }

  test('however they were cut into record batches', async () => {
    const whole = (await write(columns, options, [rows])).parts[0]
    const pieces = (await write(columns, options, [rows], { cut: 7 })).parts[0]
    expect(pieces).toEqual(whole)
    expect(whole).toMatchObject({ rows: 3000, partition: 0, handle: null })
  })

  test('and another value gives another digest', async () => {
    const digest = async (given: readonly Row[], more: object = {}): Promise<string> => (await write(columns, { ...options, ...more }, [given])).parts[0].digest
    const base = await digest(rows)
    expect(await digest(rows.map(r => (r.amount === 2999 ? { ...r, amount: 3000 } : r)))).not.toBe(base)
    expect(await digest(rows, { topic: 'other' })).not.toBe(base)
    expect(await digest(rows.slice(1))).not.toBe(base)
  })

  test('and what the driver stamps is not in it', async () => {
    const { parts } = await write(columns, options, [rows])
    const before = parts[0].digest
    for (const { records } of encodedRecords(parts[0].batches[0])) stampBatches(records, { producerId: 7n, epoch: 3, firstSequence: 0, transactional: true })
    expect((await write(columns, options, [rows])).parts[0].digest).toBe(before)
  })
})

test('requests are of bounded size, in order, and name whole record batches', async () => {
  const columns = schema({ value: t.string() })
  const rows = Array.from({ length: 2000 }, (_, i) => ({ value: `${i} `.padEnd(50, 'x') }))
  const { parts } = await write(columns, { topic: 'one', maxRecordBatchBytes: 2048 }, [rows, [{ value: 'y'.repeat(20_000) }]])
  const requests = [...requestsOf(parts, 10_000)]
  const size = (request: (typeof requests)[number]): number => request.reduce((n, b) => n + b.records.length, 0)
  expect(requests.filter(r => size(r) > 10_000).map(r => r.length)).toEqual([1])
  expect(requests.length).toBeGreaterThan(10)
  const cluster = clusterWith(threeTopics)
  const producer = await cluster.client().idempotent()
  for (const request of requests) await producer.send(request)
  expect((await readTopic(cluster.client(), 'one')).map(r => r.value)).toEqual([...rows.map(r => r.value), 'y'.repeat(20_000)])
})

describe('what is refused', () => {
  const columns = schema({ id: t.integer(), to: t.nullable(t.string()), shard: t.nullable(t.integer()), headers: t.array(t.struct({ key: t.nullable(t.string()), value: t.nullable(t.binary()) })) })
  const row = { id: 1, to: 'out', shard: 0, headers: [] }

  test.each<[string, object, Row, string]>([
    ['a topic that is null', { topic: { column: 'to' } }, { ...row, to: null }, 'its topic is null'],
    ['a partition beyond the last', { topic: 'out', partition: 'shard' }, { ...row, shard: 3 }, 'partition 3, but topic "out" has 3'],
    ['a negative partition', { topic: 'out', partition: 'shard' }, { ...row, shard: -1 }, 'partition -1'],
    ['a header without a name', { topic: 'out', headers: 'headers' }, { ...row, headers: [{ key: null, value: null }] }, 'has no name'],
  ])('%s', async (_name, options, bad, message) => {
    await expect(write(columns, options, [[bad]])).rejects.toMatchObject({ code: 'SINK_RECORD_REFUSED', message: expect.stringContaining(message) })
  })

  test('a topic that a row names and the cluster does not have', async () => {
    await expect(write(columns, { topic: { column: 'to' } }, [[{ ...row, to: 'nowhere' }]])).rejects.toMatchObject({ code: 'KAFKA_UNKNOWN_TOPIC' })
  })

  test.each<[string, object, string, string]>([
    ['no topic', {}, 'PLAN_INVALID_OPTION', 'needs a topic'],
    ['an unknown column', { topic: 'out', key: 'idd' }, 'PLAN_UNKNOWN_COLUMN', 'Did you mean "id"?'],
    ['a topic column that is no string', { topic: { column: 'id' } }, 'PLAN_INVALID_OPTION', 'must be a string'],
    ['a partition column that is no whole number', { topic: 'out', partition: 'to' }, 'PLAN_INVALID_OPTION', 'must be a whole number'],
    ['a timestamp column that is none', { topic: 'out', timestamp: 'id' }, 'PLAN_INVALID_OPTION', 'must be a timestamp'],
    ['a column of headers that is none', { topic: 'out', headers: 'to' }, 'PLAN_INVALID_OPTION', 'headers: { name: "column" }'],
    ['nothing left for the value', { topic: 'out', key: ['id', 'to', 'shard', 'headers'] }, 'PLAN_INVALID_OPTION', 'No column is left'],
    ['an unknown option', { topic: 'out', compresion: 'lz4' }, 'PLAN_UNKNOWN_OPTION', 'Did you mean "compression"?'],
    ['a value that is none', { topic: 'out', value: { format: 'xml' } }, 'PLAN_INVALID_OPTION', 'format: "json"'],
    ['a prefix that is no name of a topic', { topic: 'out', transactionalIdPrefix: 'a b' }, 'PLAN_INVALID_OPTION', 'letters, digits'],
    ['a delivery that is none', { topic: 'out', delivery: 'exactly' }, 'PLAN_INVALID_OPTION', '"exactly-once", "at-least-once"'],
  ])('%s', async (_name, options, code, message) => {
    await expect(write(columns, options, [[row]])).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
  })
})

test('what comes last is in the last request, and in one of its own where there is no other', () => {
  const batch = (topic: string) => ({ topic, partition: 0, records: new Uint8Array(1) })
  const topics = (requests: readonly (readonly string[])[]): string[][] => [...endingWith(batch('last'), requests.map(r => r.map(batch)))].map(r => r.map(b => b.topic))
  expect(topics([])).toEqual([['last']])
  expect(topics([['a', 'b']])).toEqual([['a', 'b', 'last']])
  expect(topics([['a'], ['b', 'c'], ['d']])).toEqual([['a'], ['b', 'c'], ['d', 'last']])
})
