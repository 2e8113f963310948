import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { count, files, json, kafka as kafkaConnector, schema, Session, t, Trigger } from 'millrace'
import { openKafka } from '../../../src/clients/kafka/open-kafka.ts'
import type { KafkaPort } from '../../../src/clients/kafka/port.ts'
import { RecordEncoder } from '../../../src/clients/kafka/records/record-encoder.ts'
import { describeKafka } from '../../support/kafka.ts'
import { tempFolder } from '../support.ts'
import { readTopic } from './support.ts'

const payment = schema({ id: t.integer(), account: t.string() })

describeKafka('queries that write to Kafka', kafka => {
  let reader: KafkaPort
  beforeAll(async () => {
    reader = await openKafka(kafka.connection)
  })
  afterAll(() => reader.close())

  async function newTopic(partitions = 2): Promise<string> {
    const topic = kafka.topic('query')
    await reader.createTopic({ topic, partitions })
    return topic
  }

  async function produce(topic: string, partition: number, values: readonly string[]): Promise<void> {
    const encoder = new RecordEncoder()
    const key = new Uint8Array(0)
    for (const value of values) {
      const bytes = new TextEncoder().encode(value)
      encoder.append(Date.now(), key, -1, -1, bytes, 0, bytes.length)
    }
    await (await reader.idempotent()).send([{ topic, partition, records: encoder.finish() }])
  }

  const broker = () => ({ brokers: [kafka.bootstrap], connectionTimeout: '20 seconds' }) as const
  const ids = async (topic: string) => (await readTopic(reader, topic)).map(r => (JSON.parse(r.value as string) as { readonly id: number }).id).sort((a, b) => a - b)

  test.each([0, 2])('from Kafka into Kafka with dead letters, started again on its checkpoint, with %i executors', async executors => {
    const [input, output, dead] = [await newTopic(), await newTopic(), await newTopic(1)]
    const checkpointLocation = join(await tempFolder(), 'checkpoint')
    const run = async (): Promise<void> => {
      await using session = await Session.start({ executors })
      const query = await session
        .readStream(kafkaConnector({ ...broker(), topic: input, value: json(payment), startingOffsets: 'earliest', onBadRecord: 'deadLetter', maxOffsetsPerTrigger: 3 }))
        .writeStream({
          sink: kafkaConnector({ ...broker(), topic: output, key: 'account', transactionalIdPrefix: output }),
          deadLetters: kafkaConnector({ ...broker(), topic: dead, transactionalIdPrefix: output }),
          checkpointLocation, trigger: Trigger.availableNow(),
        })
        .start()
      await query.awaitTermination()
    }
    const line = (id: number): string => JSON.stringify({ id, account: `a${id % 3}` })
    await produce(input, 0, [line(0), line(1), 'no json', line(2)])
    await produce(input, 1, [line(3), '[]', line(4)])
    await run()
    expect(await ids(output)).toEqual([0, 1, 2, 3, 4])
    await produce(input, 1, [line(5), ''])
    await run()
    await run()
    const records = await readTopic(reader, output)
    expect(records.map(r => [r.key, r.value]).sort()).toEqual([0, 1, 2, 3, 4, 5].map(id => [`a${id % 3}`, `{"id":${id}}`]).sort())
    const letters = await readTopic(reader, dead)
    expect(letters.map(r => [r.value, r.headers['topic'], r.headers['partition'], r.headers['offset']]).sort()).toEqual([['', input, '1', '4'], ['[]', input, '1', '1'], ['no json', input, '0', '2']])
    for (const { headers } of letters) expect(headers['reason']).toMatch(/./)
    // One marker for both sinks: all of them stand under the key of the first.
    const markers = await readTopic(reader, `${output}.commits`)
    expect(new Set(markers.map(r => (r.key as string).split('/')[1]))).toEqual(new Set(['output']))
  })

  test('changed rows of an update query, by key', async () => {
    const output = await newTopic(1)
    const folder = await tempFolder()
    await mkdir(join(folder, 'in'))
    await using session = await Session.start()
    for (const [name, accounts] of [['a', ['x', 'y', 'x']], ['b', ['x']]] as const) {
      await writeFile(join(folder, 'in', `${name}.jsonl`), accounts.map((account, id) => `${JSON.stringify({ id, account })}\n`).join(''))
    }
    const query = await session
      .readStream(files({ path: join(folder, 'in'), format: 'jsonl', schema: payment, maxFilesPerTrigger: 1 }))
      .groupBy('account')
      .agg(() => ({ payments: count() }))
      .writeStream({ sink: kafkaConnector({ ...broker(), topic: output, key: 'account', transactionalIdPrefix: output }), outputMode: 'update', checkpointLocation: join(folder, 'checkpoint'), trigger: Trigger.availableNow() })
      .start()
    await query.awaitTermination()
    const newest = new Map((await readTopic(reader, output)).map(r => [r.key, r.value]))
    expect([...newest].sort()).toEqual([['x', '{"payments":3}'], ['y', '{"payments":1}']])
    expect(query.lastProgress?.sink.description).toBe(`kafka[${output}]`)
  })

  test('a query on a copy of the checkpoint takes over; the first one is fenced and has written nothing more', { timeout: 120_000 }, async () => {
    const output = await newTopic()
    const folder = await tempFolder()
    await mkdir(join(folder, 'in'))
    const add = (name: string, id: number): Promise<void> => writeFile(join(folder, 'in', `${name}.jsonl`), `{"id":${id},"account":"a"}\n`)
    const start = (session: Session, checkpoint: string) =>
      session
        .readStream(files({ path: join(folder, 'in'), format: 'jsonl', schema: payment, maxFilesPerTrigger: 1 }))
        .writeStream({ sink: kafkaConnector({ ...broker(), topic: output, value: { format: 'json', columns: ['id'] }, transactionalIdPrefix: output }), checkpointLocation: join(folder, checkpoint), trigger: Trigger.processingTime('50 milliseconds') })
        .start()
    await using one = await Session.start()
    await using two = await Session.start()
    await add('0', 0)
    const first = await start(one, 'checkpoint')
    await first.processAllAvailable()
    await cp(join(folder, 'checkpoint'), join(folder, 'copy'), { recursive: true })
    const second = await start(two, 'copy')
    await add('1', 1)
    await expect(first.awaitTermination()).rejects.toMatchObject({ code: 'CHECKPOINT_FENCED' })
    await add('2', 2)
    await second.processAllAvailable()
    await second.stop()
    expect(await ids(output)).toEqual([0, 1, 2])
  })

  test('an empty topic of markers beside a checkpoint that knows one is a loss', async () => {
    const [output, other] = [await newTopic(), await newTopic()]
    const folder = await tempFolder()
    await mkdir(join(folder, 'in'))
    await writeFile(join(folder, 'in', '0.jsonl'), '{"id":0,"account":"a"}\n')
    await using session = await Session.start()
    const run = async (prefix: string): Promise<void> => {
      const query = await session
        .readStream(files({ path: join(folder, 'in'), format: 'jsonl', schema: payment }))
        .writeStream({ sink: kafkaConnector({ ...broker(), topic: output, transactionalIdPrefix: prefix }), checkpointLocation: join(folder, 'checkpoint'), trigger: Trigger.availableNow() })
        .start()
      await query.awaitTermination()
    }
    await run(output)
    await expect(run(other)).rejects.toMatchObject({ code: 'SINK_MARKER_LOST', message: expect.stringContaining(`kafka[${output}]`) })
    await run(output)
    expect(await readTopic(reader, output)).toHaveLength(1)
  })
})
