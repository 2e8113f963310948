import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Kafka, logLevel } from 'kafkajs'
import { fromIterable, kafka, schema, Session, t, Trigger } from 'millrace'
import { describe } from '../flights/run.ts'

const usage = `example:kafka:generate --brokers HOST:PORT[,…] [--topic payments] [--create TOPIC,…] [--rows N] [--rate N]

Makes the topic (and those of --create) with four partitions where they are missing, and puts payments into it: --rows of
them (10000 unless given, 0 for no end), --rate a second (as fast as it goes unless given). One in 200 is no valid payment.`

const merchants = ['grocery', 'fuel', 'travel', 'books', 'café "№1"'] as const
const broken = ['not json', '{"id": "x", "account": 5}', '[]', 'null', '{"id": 7, "account": "A1"'] as const

/** Numbers in [0, 1): the same for the same seed. */
function numbers(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let x = Math.imul(state ^ (state >>> 15), 1 | state)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Payments of 500 accounts, in order of time but for some seconds: most are small, at night some are large. */
async function* payments(rows: number, rate: number, signal: AbortSignal): AsyncGenerator<{ account: string; value: string }> {
  const next = numbers(7)
  const begun = Date.now()
  for (let i = 0; (rows === 0 || i < rows) && !signal.aborted; i++) {
    if (rate > 0) {
      const due = begun + (i * 1000) / rate
      if (due > Date.now()) await sleep(due - Date.now(), undefined, { signal }).catch(() => undefined)
    }
    const account = `A${String(Math.floor(next() * 500)).padStart(4, '0')}`
    const at = new Date((rate > 0 ? Date.now() : begun + i * 20) - Math.floor(next() * 10_000))
    const amount = Math.round(Math.exp(4.2 + 1.3 * (next() + next() + next() - 1.5) * 1.6) * 100) / 100
    const value = i % 200 === 7 ? broken[Math.floor(next() * broken.length)] : JSON.stringify({ id: i, account, amount, merchant: merchants[Math.floor(next() * merchants.length)], at: at.toISOString() })
    yield { account, value }
  }
}

async function createTopics(brokers: string[], topics: readonly string[]): Promise<void> {
  const admin = new Kafka({ brokers, clientId: 'payments-generator', logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const known = await admin.listTopics()
    const missing = topics.filter(topic => !known.includes(topic))
    if (missing.length > 0) await admin.createTopics({ waitForLeaders: true, topics: missing.map(topic => ({ topic, numPartitions: 4 })) })
  } finally {
    await admin.disconnect()
  }
}

async function run(signal: AbortSignal): Promise<void> {
  const { values } = parseArgs({
    options: {
      brokers: { type: 'string' },
      topic: { type: 'string', default: 'payments' },
      create: { type: 'string', default: '' },
      rows: { type: 'string', default: '10000' },
      rate: { type: 'string', default: '0' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    return
  }
  if (values.brokers === undefined) throw new TypeError(`--brokers is needed.\n${usage}`)
  for (const name of ['rows', 'rate'] as const) if (!/^\d+$/.test(values[name])) throw new TypeError(`--${name} is a whole number, not "${values[name]}".`)
  const brokers = values.brokers.split(',')
  await createTopics(brokers, [values.topic, ...values.create.split(',').filter(topic => topic !== '')])
  const folder = await mkdtemp(join(tmpdir(), 'payments-'))
  try {
    await using session = await Session.start()
    const source = fromIterable(payments(Number(values.rows), Number(values.rate), signal), schema({ account: t.string(), value: t.string() }))
    const query = await session
      .readStream(source)
      .writeStream({ sink: kafka({ brokers, topic: values.topic, key: 'account', value: 'value', delivery: 'at-least-once' }), checkpointLocation: folder, trigger: Trigger.default(), signal })
      .start()
    let rows = 0
    query.progress.subscribe(p => {
      rows += p.numInputRows
      console.log(`${rows} payments in ${values.topic}`)
      // A query does not end by itself when its input does.
      if (rows === Number(values.rows)) void query.stop()
    })
    await query.awaitTermination()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const stopping = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort())
try {
  await run(stopping.signal)
} catch (error) {
  console.error(describe(error))
  process.exitCode = 1
}
