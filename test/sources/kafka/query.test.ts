import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { count, files, json, kafka, MemorySink, memorySink, schema, Session, sum, t, Trigger, window } from 'millrace'
import { expect, onTestFinished, test } from 'vitest'
import { describeKafka } from '../../support/kafka.ts'
import { readJsonLines, temporaryFolder } from '../../streaming/support.ts'
import { baseTime, eventually, numbers, testCluster, values } from './support.ts'

const payment = schema({ account: t.string(), amount: t.float64(), at: t.timestamp() })

async function session(executors: number): Promise<Session> {
  const started = await Session.start({ executors })
  onTestFinished(() => started.stop())
  return started
}

/** Payments of two accounts, one each ten seconds. */
const payments = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({ value: JSON.stringify({ account: `a${(from + i) % 2}`, amount: from + i, at: new Date(Date.UTC(2026, 0, 1) + (from + i) * 10_000).toISOString(), more: ['not', 'wanted'] }) }))

describeKafka('a query over Kafka', broker => {
  test.each([0, 2])('reads every record once, over restarts, with %i executors', async executors => {
    const cluster = await testCluster(broker)
    const topic = await cluster.topic(3)
    const folder = await temporaryFolder()
    const run = async (): Promise<void> => {
      const s = await session(executors)
      const query = await s
        .readStream(kafka({ brokers: broker.bootstrap, topic, value: json(payment), startingOffsets: 'earliest', maxOffsetsPerTrigger: 50 }))
        .withWatermark('at', '0 seconds')
        .groupBy(window('at', '1 minute'), 'account')
        .agg(({ amount }) => ({ payments: count(), total: sum(amount) }))
        .writeStream({ sink: files({ path: join(folder, 'out'), format: 'jsonl' }), outputMode: 'append', checkpointLocation: join(folder, 'checkpoint'), trigger: Trigger.availableNow() })
        .start()
      await query.awaitTermination()
      await s.stop()
    }
    for (let p = 0; p < 3; p++) await cluster.produce(topic, p, payments(0, 60).filter((_, i) => i % 3 === p))
    await run()
    for (let p = 0; p < 3; p++) await cluster.produce(topic, p, payments(60, 120).filter((_, i) => i % 3 === p))
    await run()
    await run()
    const out = (await readJsonLines(join(folder, 'out'))) as { window: { start: string }; account: string; payments: number; total: number }[]
    // Six payments a minute, three of each account; the newest minutes wait for the watermark of the slowest partition.
    const minute = (row: (typeof out)[number]): number => (Date.parse(row.window.start) - Date.UTC(2026, 0, 1)) / 60_000
    expect(new Set(out.map(row => `${minute(row)} ${row.account}`)).size).toBe(out.length)
    expect(out.length).toBeGreaterThanOrEqual(36)
    for (const row of out) {
      const first = minute(row) * 6 + Number(row.account.slice(1))
      expect(row).toMatchObject({ payments: 3, total: first * 3 + 6 })
    }
  })

  test('goes on where it began when it has seen nothing yet', async () => {
    const cluster = await testCluster(broker)
    const topic = await cluster.topic(1)
    await cluster.produce(topic, 0, numbers(0, 3))
    const folder = await temporaryFolder()
    const run = async () => {
      const s = await session(0)
      const query = await s.readStream(kafka({ brokers: broker.bootstrap, topic, value: json(schema({ n: t.int32() })) }))
        .writeStream({ sink: files({ path: join(folder, 'out'), format: 'jsonl' }), checkpointLocation: join(folder, 'checkpoint'), trigger: Trigger.availableNow() }).start()
      await query.awaitTermination()
      await s.stop()
    }
    await run()
    await cluster.produce(topic, 0, numbers(3, 5))
    await run()
    expect(await readJsonLines(join(folder, 'out'))).toEqual([{ n: 3 }, { n: 4 }])
  })

  test('hears of new records while it runs, and tells how far behind it is', async () => {
    const cluster = await testCluster(broker)
    const topic = await cluster.topic(2)
    const folder = await temporaryFolder()
    const s = await session(2)
    const sink = new MemorySink<{ n: number }>()
    const query = await s.readStream(kafka({ 'kafka.bootstrap.servers': broker.bootstrap, subscribe: topic, startingOffsets: 'earliest', value: json(schema({ n: t.int32() })) }))
      .writeStream({ sink: memorySink(sink), checkpointLocation: join(folder, 'checkpoint') }).start()
    for (let i = 0; i < 4; i++) {
      await cluster.produce(topic, i % 2, numbers(i, i + 1))
      await eventually(async () => sink.rows().length, length => length === i + 1)
    }
    expect(sink.rows().map(r => r.n)).toEqual([0, 1, 2, 3])
    await eventually(async () => query.lastProgress?.sources[0]?.endOffset, end => JSON.stringify(end).includes('"0":2,"1":2'))
    expect(query.lastProgress?.sources[0]).toMatchObject({
      description: `kafka[${topic}]`, endOffset: { offsets: { [topic]: { 0: 2, 1: 2 } } }, latestOffset: { offsets: { [topic]: { 0: 2, 1: 2 } } },
      metrics: { minOffsetsBehindLatest: 0, maxOffsetsBehindLatest: 0, avgOffsetsBehindLatest: 0 },
    })
    await query.stop()
  })

  test('puts what it cannot read into the dead letters, with topic, partition and offset', async () => {
    const cluster = await testCluster(broker)
    const topic = await cluster.topic(1)
    await cluster.produce(topic, 0, values('{"n":1}', 'oops', '{"n":2}'))
    const folder = await temporaryFolder()
    const s = await session(2)
    const query = await s.readStream(kafka({ brokers: broker.bootstrap, topic, startingOffsets: 'earliest', value: json(schema({ n: t.int32() })), onBadRecord: 'deadLetter' }))
      .writeStream({ sink: files({ path: join(folder, 'out'), format: 'jsonl' }), deadLetters: files({ path: join(folder, 'dead'), format: 'jsonl' }), checkpointLocation: join(folder, 'checkpoint'), trigger: Trigger.availableNow() }).start()
    await query.awaitTermination()
    expect(query.lastProgress?.sources[0]).toMatchObject({ numInputRows: 2, numBadRecords: 1 })
    expect(await readJsonLines(join(folder, 'dead'))).toMatchObject([{ origin: `${topic}-0`, line: 0, topic, partition: 0, offset: 1, raw: Buffer.from('oops').toString('base64') }])
  })

  test('reads a topic once, and joins with it', async () => {
    const cluster = await testCluster(broker)
    const topic = await cluster.topic(2)
    await cluster.produce(topic, 0, numbers(0, 3))
    await cluster.produce(topic, 1, numbers(3, 5))
    const s = await session(0)
    const n = json(schema({ n: t.int32() }))
    expect(await s.readBatch(kafka({ brokers: broker.bootstrap, topic, value: n })).agg(({ n }) => ({ rows: count(), total: sum(n) })).collect()).toEqual([{ rows: 5, total: 10 }])
    expect(await s.readBatch(kafka({ brokers: broker.bootstrap, topic, value: n, endingOffsets: { [topic]: { 0: 1, 1: 1 } } })).collect()).toEqual([{ n: 0 }, { n: 3 }])
    expect(await s.readBatch(kafka({ brokers: broker.bootstrap, topic, metadata: ['timestamp'] })).withWatermark('timestamp', '1 minute').collect()).toHaveLength(5)
    expect(baseTime).toBeLessThan(Date.now())
  })

  test('has its password in no progress, error, plan or file of the checkpoint', async () => {
    const { ports, tls, user } = broker.state
    const cluster = await testCluster(broker)
    const topic = await cluster.topic(1)
    await cluster.produce(topic, 0, numbers(0, 3))
    const folder = await temporaryFolder()
    const secret = join(folder, 'secret')
    await writeFile(secret, user.password)
    const s = await session(2)
    const source = (password: string) =>
      kafka({ brokers: `localhost:${ports.SASL_SSL}`, topic, startingOffsets: 'earliest', value: json(schema({ n: t.int32() })), tls: { caFile: tls?.ca }, sasl: { mechanism: 'scram-sha-512', username: user.name, password: { file: password } } })
    const frame = s.readStream(source(secret))
    const query = await frame.writeStream({ sink: files({ path: join(folder, 'out'), format: 'jsonl' }), checkpointLocation: join(folder, 'checkpoint'), trigger: Trigger.availableNow() }).start()
    await query.awaitTermination()
    expect(await readJsonLines(join(folder, 'out'))).toHaveLength(3)
    const wrong = join(folder, 'wrong')
    await writeFile(wrong, 'not-the-pass-word')
    const failed: unknown = await s.readBatch(source(wrong)).collect().catch((error: unknown) => error)
    expect(failed).toMatchObject({ code: 'KAFKA_AUTHENTICATION_FAILED' })
    const shown = [JSON.stringify(query.recentProgress), String(failed), JSON.stringify(failed), frame.explain()].join('\n')
    for (const text of [user.password, 'not-the-pass-word']) {
      expect(shown).not.toContain(text)
      for (const entry of await readdir(join(folder, 'checkpoint'), { recursive: true, withFileTypes: true })) {
        if (entry.isFile()) expect((await readFile(join(entry.parentPath, entry.name))).includes(text)).toBe(false)
      }
    }
  })
})
