import { setTimeout as delay } from 'node:timers/promises'
import { Kafka, logLevel } from 'kafkajs'
import { onTestFinished } from 'vitest'
import type { Schema } from '../../../src/columnar/schema.ts'
import { rowsOf, type Row } from '../../../src/columnar/values.ts'
import { openKafka } from '../../../src/clients/kafka/open-kafka.ts'
import type { KafkaPort, ProduceBatch } from '../../../src/clients/kafka/port.ts'
import { RecordEncoder } from '../../../src/clients/kafka/records/record-encoder.ts'
import { canonicalJson } from '../../../src/common/json.ts'
import { nodePorts } from '../../../src/common/node/node-ports.ts'
import type { Ports } from '../../../src/common/ports.ts'
import type { BadRecord, OnBadRecord } from '../../../src/formats/format.ts'
import type { SourceConnector } from '../../../src/session/connector.ts'
import { kafkaSourceProvider } from '../../../src/sources/kafka/kafka-provider.ts'
import type { InputPartition, ReadLimit, Source, SourceOffset } from '../../../src/sources/source.ts'
import type { TestKafka } from '../../support/kafka.ts'

export interface TestRecord {
  readonly key?: string | Uint8Array | null
  readonly value: string | Uint8Array | null
  readonly timestamp?: number
  readonly headers?: readonly (readonly [name: string, value: string | null])[]
}

/** A time that brokers take and keep: they refuse what is more than an hour ahead, and delete what is older than a week. */
export const baseTime: number = Date.now() - 600_000

export function encoded(topic: string, partition: number, records: readonly TestRecord[], maxBatchBytes?: number): ProduceBatch {
  const encoder = new RecordEncoder(maxBatchBytes === undefined ? {} : { maxBatchBytes })
  for (const { key = null, value, timestamp, headers = [] } of records) {
    const k = Buffer.from(key ?? '')
    const v = Buffer.from(value ?? '')
    encoder.append(timestamp ?? baseTime, k, key === null ? -1 : 0, k.length, v, value === null ? -1 : 0, v.length, headers.map(([name, of]) => ({ name: Buffer.from(name), value: of === null ? null : Buffer.from(of) })))
  }
  return { topic, partition, records: encoder.finish() }
}

/** A cluster in which a test has topics of its own. */
export interface TestCluster {
  readonly port: KafkaPort
  readonly admin: ReturnType<Kafka['admin']>
  /** Makes a topic and answers its name. */
  topic(partitions: number, config?: { readonly [key: string]: string }): Promise<string>
  produce(topic: string, partition: number, records: readonly TestRecord[], maxBatchBytes?: number): Promise<void>
  transaction(topic: string, partition: number, records: readonly TestRecord[], end: 'commit' | 'abort'): Promise<void>
}

export async function testCluster(kafka: TestKafka): Promise<TestCluster> {
  const port = await openKafka(kafka.connection)
  const admin = new Kafka({ brokers: [kafka.bootstrap], logLevel: logLevel.NOTHING, connectionTimeout: 20_000 }).admin()
  await admin.connect()
  onTestFinished(async () => {
    await admin.disconnect()
    await port.close()
  })
  return {
    port,
    admin,
    async topic(partitions, config) {
      const topic = kafka.topic('source')
      await port.createTopic({ topic, partitions, ...(config === undefined ? {} : { config }) })
      await eventually(() => port.topics([topic]), found => found.length === 1 && found[0].partitions.every(p => p.leader >= 0) && found[0].partitions.length === partitions)
      return topic
    },
    async produce(topic, partition, records, maxBatchBytes) {
      await (await port.idempotent()).send([encoded(topic, partition, records, maxBatchBytes)])
    },
    async transaction(topic, partition, records, end) {
      const producer = await port.transactional(kafka.topic('tx'), 60_000)
      producer.begin()
      await producer.send([encoded(topic, partition, records)])
      await producer[end]()
      await eventually(async () => [await port.offsets([{ topic, partition }], 'lastStable'), await port.offsets([{ topic, partition }], 'latest')], ([[stable], [latest]]) => stable.offset === latest.offset)
    },
  }
}

/** Asks until the answer is the one waited for. The test's own time limit is the only one. */
export async function eventually<T>(ask: () => Promise<T>, until: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (until(answer)) return answer
    await delay(20)
  }
}

export const values = (...texts: readonly (string | null)[]): TestRecord[] => texts.map(value => ({ value }))
export const numbers = (from: number, to: number): TestRecord[] => Array.from({ length: to - from }, (_, i) => ({ value: `{"n":${from + i}}`, timestamp: baseTime + from + i }))

export interface Batch {
  readonly end: SourceOffset
  readonly rows: Row[]
  readonly partitions: readonly InputPartition[]
}

export interface OpenedKafka {
  readonly source: Source
  readonly bad: BadRecord[]
  /** One batch from `start` on, as the engine does it; undefined when there is nothing new. */
  batch(start: SourceOffset | null, limit?: ReadLimit): Promise<Batch | undefined>
  /** Batches until there is nothing new. */
  drain(start: SourceOffset | null): Promise<{ readonly end: SourceOffset | null; readonly batches: Row[][] }>
  read(partitions: readonly InputPartition[], wanted?: Schema): Promise<Row[]>
  readonly schema: Schema
}

/** Drives the source of a connector as the engine does. `bounded`: as readBatch() does. */
export async function openKafkaSource(connector: SourceConnector<unknown>, open: { readonly bounded?: boolean; readonly onBadRecord?: OnBadRecord; readonly ports?: Ports } = {}): Promise<OpenedKafka> {
  connector.checkSource?.()
  const ports = open.ports ?? nodePorts
  const { schema } = connector
  const source = await kafkaSourceProvider.open(connector.options, schema, { ports, live: new Map(), directory: open.bounded === true ? undefined : '/nowhere' })
  const reader = await kafkaSourceProvider.reader(connector.options, schema)
  onTestFinished(async () => {
    await reader.close?.()
    await source.close()
  })
  await source.restore(new Map())
  const bad: BadRecord[] = []
  const read = async (partitions: readonly InputPartition[], wanted = schema): Promise<Row[]> => {
    const rows: Row[] = []
    for (const partition of partitions) {
      const context = { ports, signal: new AbortController().signal, onBadRecord: open.onBadRecord ?? 'fail', bad: (r: BadRecord) => void bad.push(r), data: [] }
      for await (const batch of reader.read(partition, wanted, context)) rows.push(...rowsOf(batch))
    }
    return rows
  }
  const batch = async (start: SourceOffset | null, limit: ReadLimit = 'limited'): Promise<Batch | undefined> => {
    const end = await source.latestOffset(start, limit)
    if (end === null || canonicalJson(end) === canonicalJson(start)) return undefined
    const { partitions } = await source.plan(start, end)
    return { end, rows: await read(partitions), partitions }
  }
  return {
    source, bad, batch, read, schema,
    async drain(start) {
      const batches: Row[][] = []
      let end = start
      for (;;) {
        const next = await batch(end)
        if (next === undefined) return { end, batches }
        end = next.end
        batches.push(next.rows)
      }
    },
  }
}
