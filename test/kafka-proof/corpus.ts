import type { KafkaPort, TransactionalProducer } from '../../src/clients/kafka/port.ts'
import { baseTime, encoded, type TestRecord, values } from '../sources/kafka/support.ts'
import type { JavaClient } from '../support/kafka-java.ts'

export interface Writing {
  readonly port: KafkaPort
  readonly java: JavaClient
  readonly bootstrap: string
  readonly topic: string
}

/** A log of one partition: how it comes to be, and how many records each isolation must find in it. */
export interface CorpusLog {
  readonly name: string
  readonly config?: { readonly [key: string]: string }
  readonly committed: number
  readonly all: number
  write(writing: Writing): Promise<void>
}

/** Each transactional id has its own producer. `send` is one record batch. */
async function producers({ port, topic }: Writing, count: number): Promise<{ readonly producer: TransactionalProducer; send(records: readonly TestRecord[], maxBatchBytes?: number): Promise<void> }[]> {
  return await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const producer = await port.transactional(`${topic}.${i}`, 60_000)
      return { producer, send: (records: readonly TestRecord[], maxBatchBytes?: number) => producer.send([encoded(topic, 0, records, maxBatchBytes)]) }
    }),
  )
}

const plain = async ({ port, topic }: Writing, records: readonly TestRecord[], maxBatchBytes?: number): Promise<void> => (await port.idempotent()).send([encoded(topic, 0, records, maxBatchBytes)])
const numbered = (count: number, prefix = 'v'): TestRecord[] => values(...Array.from({ length: count }, (_, i) => `${prefix}${i}`))

/** The four bytes that are the key of a marker of an abort. */
const zeroKey = Uint8Array.of(0, 0, 0, 0)

const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const

export const corpus: readonly CorpusLog[] = [
  {
    name: 'committed and aborted transactions of one producer, several of each in a row',
    committed: 3 * 4,
    all: 3 * 8,
    async write(writing) {
      const [a] = await producers(writing, 1)
      for (const end of ['commit', 'abort', 'abort', 'commit', 'commit', 'abort', 'commit', 'abort'] as const) {
        a.producer.begin()
        await a.send(numbered(3, end))
        await a.producer[end]()
      }
    },
  },
  {
    name: 'an open transaction, with committed and plain records behind its begin',
    committed: 2,
    all: 9,
    async write(writing) {
      const [a, b] = await producers(writing, 2)
      await plain(writing, numbered(2))
      b.producer.begin()
      await b.send(numbered(3, 'open'))
      a.producer.begin()
      await a.send(numbered(2, 'behind'))
      await a.producer.commit()
      await plain(writing, numbered(2))
    },
  },
  {
    name: 'transactions of four producers, open together, that end in another order than they began',
    committed: 12 + 12 + 3,
    all: 12 * 4 + 3,
    async write(writing) {
      const four = await producers(writing, 4)
      for (const { producer } of four) producer.begin()
      for (let i = 0; i < 4; i++) for (const [p, { send }] of four.entries()) await send(numbered(3, `p${p}-${i}-`))
      await four[2].producer.abort()
      await plain(writing, numbered(3, 'plain'))
      await four[0].producer.commit()
      await four[1].producer.abort()
      await four[3].producer.commit()
    },
  },
  {
    name: 'batches of one record, so that answers end before and behind each marker',
    committed: 20,
    all: 40,
    async write(writing) {
      const [a, b] = await producers(writing, 2)
      for (let i = 0; i < 4; i++) {
        a.producer.begin()
        b.producer.begin()
        await a.send(numbered(5, 'abort'), 61)
        await b.send(numbered(5, 'commit'), 61)
        await a.producer.abort()
        await b.producer.commit()
      }
    },
  },
  {
    name: 'keys that are those of markers, in transactions and outside of them',
    committed: 5,
    all: 8,
    async write(writing) {
      const [a, b] = await producers(writing, 2)
      const zero = (value: string): TestRecord => ({ key: zeroKey, value })
      a.producer.begin()
      b.producer.begin()
      await a.send([zero('aborted'), { value: 'aborted too' }])
      await b.send([zero('committed'), { key: Uint8Array.of(0, 0, 0, 1), value: 'committed too' }])
      await a.send([zero('aborted at last')])
      await plain(writing, [zero('plain'), zero('plain')])
      await a.producer.abort()
      await b.send([zero('behind the abort')])
      await b.producer.commit()
    },
  },
  {
    name: 'null and empty keys and values, tombstones, headers that repeat or are null',
    committed: 7,
    all: 7,
    async write(writing) {
      await plain(writing, [
        { key: null, value: null },
        { key: '', value: '' },
        { key: 'k', value: null },
        { key: null, value: 'v', headers: [['a', '1'], ['a', '2'], ['', '']] },
        { key: 'é', value: '☃', headers: [['ü', null], ['ü', 'ö']] },
        { key: new Uint8Array(300), value: new Uint8Array([0xff, 0xfe, 0]), headers: Array.from({ length: 70 }, (_, i) => [`h${i}`, i % 5 === 0 ? null : 'x'.repeat(i)] as const) },
        { value: 'times before and behind', timestamp: baseTime - 3_000_000 },
      ])
    },
  },
  {
    name: 'times that the broker sets',
    config: { 'message.timestamp.type': 'LogAppendTime' },
    committed: 10,
    all: 14,
    async write(writing) {
      const [a] = await producers(writing, 1)
      await plain(writing, numbered(6).map((r, i) => ({ ...r, timestamp: baseTime + 977 * i })), 100)
      a.producer.begin()
      await a.send(numbered(4, 'abort'))
      await a.producer.abort()
      await plain(writing, numbered(4))
    },
  },
  {
    name: 'records larger than what is asked for at a time, among small ones',
    committed: 7,
    all: 8,
    async write(writing) {
      const [a] = await producers(writing, 1)
      await plain(writing, [...numbered(3), { key: 'large', value: 'x'.repeat(700_000) }, ...numbered(3)], 1000)
      a.producer.begin()
      await a.send(values('y'.repeat(600_000)))
      await a.producer.abort()
    },
  },
  ...codecs.map(
    (codec): CorpusLog => ({
      name: `transactions of Kafka's own producer, ${codec}`,
      committed: 2 * 400,
      all: 4 * 400,
      write: ({ java, bootstrap, topic }) => java.write(bootstrap, topic, codec, 400, baseTime),
    }),
  ),
]
