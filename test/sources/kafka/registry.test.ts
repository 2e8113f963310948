import { join } from 'node:path'
import { avro, files, kafka, MemorySink, memorySink, registry, schema, Session, t, Trigger } from 'millrace'
import { describe, expect, onTestFinished, test } from 'vitest'
import { avroType } from '../../formats/avro/support.ts'
import { encoderOf } from '../../formats/protobuf/support.ts'
import { readJsonLines, temporaryFolder } from '../../streaming/support.ts'
import { describeKafka } from '../../support/kafka.ts'
import { framed, TestRegistry } from '../../support/schema-registry.ts'
import { openKafkaSource, testCluster } from './support.ts'

const field = (name: string, type: unknown, more: object = {}) => ({ name, type, ...more })
const v1 = { type: 'record', name: 'Payment', namespace: 'shop', fields: [field('account', 'string'), field('amount', 'int'), field('at', { type: 'long', logicalType: 'timestamp-millis' })] }
const v2 = { ...v1, fields: [field('currency', ['null', 'string']), ...v1.fields.map(f => (f.name === 'amount' ? field('amount', 'double') : f))] }
const payment = schema({ account: t.string(), amount: t.float64(), at: t.timestamp(), currency: t.nullable(t.string()) })
const at = Date.UTC(2026, 0, 1)
const old = (account: string, amount: number): Uint8Array => avroType(v1).toBuffer({ account, amount, at: BigInt(at) })
const recent = (account: string, amount: number, currency: string | null): Uint8Array => avroType(v2).toBuffer({ account, amount, at: BigInt(at), currency: currency === null ? null : { string: currency } })
const row = (account: string, amount: number, currency: string | null = null) => ({ account, amount, at: new Date(at), currency })
const record = (value: Uint8Array, key: Uint8Array | null = null) => ({ value, key })

describeKafka('records with schemas', broker => {
  const open = (topic: string, options: object, how: object = {}) => openKafkaSource(kafka({ brokers: broker.bootstrap, topic, startingOffsets: 'earliest', ...options } as never), how)
  const rows = async (topic: string, options: object, how: object = {}) => (await (await open(topic, options, how)).drain(null)).batches.flat()

  test('of one Avro schema become columns', async () => {
    const cluster = await testCluster(broker)
    const topic = await cluster.topic(1)
    await cluster.produce(topic, 0, [record(old('a', 1)), record(old('b', 2).subarray(0, 5)), record(old('c', 3))])
    const value = avro({ schema: schema({ at: t.timestamp(), account: t.string(), amount: t.int64() }), avroSchema: JSON.stringify(v1) })
    const source = await open(topic, { value, metadata: ['offset'] }, { onBadRecord: 'skip' })
    expect((await source.drain(null)).batches.flat()).toEqual([{ account: 'a', amount: 1n, at: new Date(at), offset: 0 }, { account: 'c', amount: 3n, at: new Date(at), offset: 2 }])
    expect(source.bad.map(b => b.reason)).toEqual(['it ends in the middle of a value'])
  })

  test('of several versions are resolved each by its own, keys too', async () => {
    const cluster = await testCluster(broker)
    const server = await TestRegistry.start()
    const topic = await cluster.topic(1)
    const [one, key, two] = [server.register(`${topic}-value`, v1), server.register(`${topic}-key`, '"long"'), server.register(`${topic}-value`, v2)]
    const id = (n: bigint): Uint8Array => framed(key, avroType('long').toBuffer(n))
    await cluster.produce(topic, 0, [record(framed(one, old('a', 1)), id(7n)), record(framed(two, recent('b', 0.5, 'EUR')), id(8n)), record(framed(one, old('c', 3)), id(9n))])
    const { url } = server
    const options = { value: registry({ url, schema: payment }), key: registry({ url, schema: schema({ id: t.int64() }) }) }
    expect(await rows(topic, options)).toEqual([{ ...row('a', 1), id: 7n }, { ...row('b', 0.5, 'EUR'), id: 8n }, { ...row('c', 3), id: 9n }])
    // The latest of both subjects at start, then each schema once.
    expect(server.asked.filter(path => path.startsWith('/schemas')).sort()).toEqual([one, key, two].map(n => `/schemas/ids/${n}`).sort())
    const reader = { ...v1, fields: [field('account', 'string'), field('amount', 'double'), field('paid_at', 'long', { aliases: ['at'] }), field('currency', 'string', { default: 'USD' })] }
    const renamed = registry({ url, schema: schema({ paid_at: t.timestamp(), account: t.string() }), readerSchema: { ...reader, fields: reader.fields.map(f => (f.name === 'paid_at' ? { ...f, type: { type: 'long', logicalType: 'timestamp-millis' } } : f)) } })
    expect(await rows(topic, { value: renamed })).toEqual(['a', 'b', 'c'].map(account => ({ paid_at: new Date(at), account })))
  })

  test('in JSON have the header alone', async () => {
    const cluster = await testCluster(broker)
    const server = await TestRegistry.start()
    const topic = await cluster.topic(1)
    const [json, binary] = [server.register('json', { type: 'object' }, 'JSON'), server.register(`${topic}-value`, v1)]
    await cluster.produce(topic, 0, [record(framed(json, Buffer.from('{"account":"j",\n"amount":1,"at":"2026-01-01T00:00:00Z"}'))), record(framed(binary, old('a', 2))), record(framed(json, Buffer.from('{"account":"k"}')))])
    const source = await open(topic, { value: registry({ url: server.url, schema: payment }) }, { onBadRecord: 'skip' })
    expect((await source.drain(null)).batches.flat()).toEqual([row('j', 1), row('a', 2)])
    expect(source.bad.map(b => b.reason)).toEqual(['column "amount" (float64) is missing'])
    const only = await open(topic, { value: registry({ url: server.url, schema: payment, subject: 'json', format: 'json' }) }, { onBadRecord: 'skip' })
    expect((await only.drain(null)).batches.flat()).toEqual([row('j', 1)])
    expect(only.bad[0].reason).toBe(`its schema ${binary} is of the format "avro", and only "json" is read`)
  })

  test('in Protobuf say which message of the file they are, and files may import others', async () => {
    const cluster = await testCluster(broker)
    const server = await TestRegistry.start()
    const topic = await cluster.topic(1)
    const money = 'syntax = "proto3"; package shop; message Currency { string code = 1; } message Money { double amount = 1; Currency currency = 2; }'
    const file = 'syntax = "proto3"; package shop; import "money.proto"; import "confluent/meta.proto"; message Other { int32 x = 1; } message Order { message Payment { string account = 1 [(confluent.field_meta).doc = "who"]; Money total = 2; } repeated Payment payments = 1; }'
    server.register('money.proto', money, 'PROTOBUF')
    const id = server.register(`${topic}-value`, file, 'PROTOBUF', [{ name: 'money.proto', subject: 'money.proto', version: 1 }])
    const payments = encoderOf(`${file.replace('import "money.proto";', '')} ${money.replace('syntax = "proto3"; package shop;', '')}`, 'shop.Order')({ payments: [{ account: 'a', total: { amount: 1.5, currency: { code: 'EUR' } } }] })
    // Of the list of one payment, what follows its key and length.
    const one = payments.subarray(2)
    const columns = schema({ account: t.string(), total: t.nullable(t.struct({ amount: t.float64(), currency: t.nullable(t.struct({ code: t.string() })) })) })
    const values = [framed(id, one, Buffer.of(4, 2, 0)), framed(id, one, Buffer.of(4, 2, 2)), framed(id, one, Buffer.of(0)), framed(id, Buffer.of(), Buffer.of(4, 2)), framed(id, Buffer.of()), framed(id, Buffer.of(0xff), Buffer.of(4, 2, 0)), framed(id, Buffer.of(), Buffer.of(4, 2, 0))]
    await cluster.produce(topic, 0, values.map(v => record(v)))
    const source = await open(topic, { value: registry({ url: server.url, schema: columns, subject: 'money.proto' }) }, { onBadRecord: 'skip' }).catch((error: unknown) => error)
    expect(source).toMatchObject({ code: 'KAFKA_REGISTRY_MISMATCH', message: expect.stringContaining('column "account" (string) is no field of message "shop.Currency"') as string })
    server.register('elsewhere', 'syntax = "proto3"; message A { int32 b = 1; } message P { string account = 1; }', 'PROTOBUF')
    const read = await open(topic, { value: registry({ url: server.url, schema: columns, subject: 'elsewhere' }) }, { onBadRecord: 'skip' })
    expect((await read.drain(null)).batches.flat()).toEqual([{ account: 'a', total: { amount: 1.5, currency: { code: 'EUR' } } }, { account: '', total: null }])
    expect(read.bad.map(b => b.reason)).toEqual([
      'its schema cannot be used: it has no message at [1,1]', 'its schema cannot be used: column "account" (string) is no field of message "shop.Other", which has "x"', 'its indexes of a message are damaged', 'it has no indexes of its message',
      'it ends in the middle of a value',
    ])
  })

  test('in Avro may refer to schemas of other subjects', async () => {
    const cluster = await testCluster(broker)
    const server = await TestRegistry.start()
    const topic = await cluster.topic(1)
    const place = { type: 'record', name: 'Place', namespace: 'geo', fields: [field('x', 'int')] }
    server.register('place', place)
    const id = server.register(`${topic}-value`, { type: 'record', name: 'Trip', fields: [field('from', 'geo.Place'), field('to', 'geo.Place')] }, 'AVRO', [{ name: 'geo.Place', subject: 'place', version: 1 }])
    await cluster.produce(topic, 0, [record(framed(id, Buffer.of(2, 4)))])
    expect(await rows(topic, { value: registry({ url: server.url, schema: schema({ from: t.struct({ x: t.int32() }), to: t.struct({ x: t.integer() }) }) }) })).toEqual([{ from: { x: 1 }, to: { x: 2 } }])
  })

  test('that cannot be read follow onBadRecord, with the reason', async () => {
    const cluster = await testCluster(broker)
    const server = await TestRegistry.start()
    const topic = await cluster.topic(1)
    const [good, other, damaged] = [server.register('any', v1), server.register('any', { ...v1, fields: [field('account', 'int')] }), server.register('any', '{"type":"record"}')]
    const values = [framed(good, old('a', 1)), framed(4242, old('b', 1)), framed(other, old('c', 1)), framed(damaged, old('d', 1)), Buffer.from('{"account":"e"}'), Buffer.of(0, 0), framed(good, Buffer.of(0xff)), framed(good, Buffer.concat([old('f', 1), Buffer.of(1)])), Buffer.of(), framed(good, old('z', 2))]
    await cluster.produce(topic, 0, values.map(v => record(v)))
    const value = registry({ url: server.url, schema: payment })
    await expect(rows(topic, { value })).rejects.toMatchObject({ code: 'FORMAT_BAD_RECORD', context: { offset: 1 } })
    const source = await open(topic, { value }, { onBadRecord: 'deadLetter' })
    expect((await source.drain(null)).batches.flat()).toEqual([row('a', 1), row('z', 2)])
    expect(source.bad.map(b => [b.kafka?.offset, b.reason])).toEqual([
      [1, `the schema registry "${server.url}" has no schema 4242`],
      [2, `its schema ${other} cannot be used: column "account" (string) cannot hold int`],
      [3, `its schema ${damaged} cannot be used: a type has no proper name but nothing`],
      [4, 'it begins with the byte 0x7b, and with 0 in the framing of a schema registry; it looks like plain JSON'],
      [5, 'it has 2 bytes, and the framing of a schema registry has 5'],
      [6, expect.stringContaining('it ends in the middle of a value')],
      [7, 'there are 1 bytes behind the Avro record'],
      [8, 'it is empty'],
    ])
  })

  test('that do not fit the columns are told before one is read', async () => {
    const cluster = await testCluster(broker)
    const server = await TestRegistry.start()
    const topic = await cluster.topic(1)
    server.register(`${topic}-value`, { ...v1, fields: [field('account', 'long')] })
    const value = registry({ url: server.url, schema: payment })
    await expect(open(topic, { value })).rejects.toMatchObject({ code: 'KAFKA_REGISTRY_MISMATCH', message: expect.stringContaining('column "account" (string) cannot hold long') as string })
    await expect(open(topic, { value: registry({ url: server.url, schema: payment, subject: 'nothing' }) })).rejects.toMatchObject({ code: 'KAFKA_REGISTRY_REFUSED' })
    await expect(open(topic, { value: registry({ url: server.url, schema: payment, format: 'protobuf' }) })).rejects.toMatchObject({ code: 'KAFKA_REGISTRY_MISMATCH' })
  })

  test.each([0, 2])('are read by queries with %i executors, over a registry that fails', async executors => {
    const cluster = await testCluster(broker)
    const server = await TestRegistry.start()
    const topic = await cluster.topic(2)
    const id = server.register(`${topic}-value`, v2)
    for (const p of [0, 1]) await cluster.produce(topic, p, Array.from({ length: 50 }, (_, i) => record(framed(id, recent(`p${p}`, i, null)))))
    let failures = 3
    server.instead = (request, response) => {
      if (failures-- <= 0 || request.url?.startsWith('/schemas') !== true) return false
      response.writeHead(500).end()
      return true
    }
    const folder = await temporaryFolder()
    const session = await Session.start({ executors })
    onTestFinished(() => session.stop())
    const query = await session
      .readStream(kafka({ brokers: broker.bootstrap, topic, value: registry({ url: server.url, schema: payment }), startingOffsets: 'earliest' }))
      .select('account', 'amount')
      .writeStream({ sink: files({ path: join(folder, 'out'), format: 'jsonl' }), outputMode: 'append', checkpointLocation: join(folder, 'checkpoint'), trigger: Trigger.availableNow() })
      .start()
    await query.awaitTermination()
    const out = (await readJsonLines(join(folder, 'out'))) as { account: string; amount: number }[]
    expect(out.length).toBe(100)
    expect(new Set(out.map(r => `${r.account} ${r.amount}`)).size).toBe(100)
  })

  test('do not hold up a query that is stopped while their registry says nothing', async () => {
    const cluster = await testCluster(broker)
    const server = await TestRegistry.start()
    const topic = await cluster.topic(1)
    await cluster.produce(topic, 0, [record(framed(server.register(`${topic}-value`, v1), old('a', 1)))])
    const asked = new Promise<void>(resolve => {
      server.instead = request => {
        const silent = request.url?.startsWith('/schemas') === true
        if (silent) resolve()
        return silent
      }
    })
    const session = await Session.start({ executors: 1 })
    onTestFinished(() => session.stop())
    const query = await session
      .readStream(kafka({ brokers: broker.bootstrap, topic, value: registry({ url: server.url, schema: payment, requestTimeout: '10 minutes' }), startingOffsets: 'earliest' }))
      .writeStream({ sink: memorySink(new MemorySink()), outputMode: 'append', checkpointLocation: join(await temporaryFolder(), 'checkpoint') })
      .start()
    await asked
    await query.stop()
    await query.awaitTermination()
    expect(query.exception ?? null).toBeNull()
  })

  test('wait for a registry that is down no longer than they may, and lose nothing', async () => {
    const cluster = await testCluster(broker)
    const server = await TestRegistry.start()
    const topic = await cluster.topic(1)
    const id = server.register(`${topic}-value`, v1)
    await cluster.produce(topic, 0, [record(framed(id, old('a', 1)))])
    const source = await open(topic, { value: registry({ url: server.url, schema: payment, retryFor: '0 seconds' }) })
    server.instead = (request, response) => {
      response.writeHead(502).end()
      return request.method === 'GET'
    }
    await expect(source.batch(null)).rejects.toMatchObject({ code: 'KAFKA_REGISTRY_UNAVAILABLE', retryable: true })
    server.instead = undefined
    expect((await source.batch(null))?.rows).toEqual([row('a', 1)])
  })
})

describe('options of records with schemas', () => {
  const check = (value: object) => () => kafka({ brokers: 'h:1', topic: 't', value } as never).checkSource?.()

  test.each([
    [avro({ schema: payment, avroSchema: v1 }), 'column "currency" (string) is no field of record "shop.Payment"'],
    [avro({ schema: payment, avroSchema: '{' }), 'it is no JSON'],
    [avro({ schema: payment } as never), 'Option "avroSchema" of format "avro" is missing'],
    [registry({ url: 'http://h', schema: payment, readerSchema: v1 }), 'Option "readerSchema"'],
    [registry({ url: 'h', schema: payment }), 'Option "url"'],
    [registry({ url: 'http://h', schema: payment, subjects: 'x' } as never), 'There is no option "subjects"'],
  ])('say what is wrong where they are used (%#)', (value, why) => {
    expect(check(value)).toThrow(why)
  })
})
