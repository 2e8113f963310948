import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { answerOf, windowMs } from '../ysb/events.mjs'

// What a programmer writes over kafkajs: eachBatch, JSON.parse, a Map. Nothing is durable.
const [bootstrap, topic, messages, folder] = [process.argv[2], process.argv[3], Number(process.argv[4]), process.argv[5]]
const start = performance.now()
const campaigns = new Map(readFileSync(join(folder, 'ads.jsonl'), 'utf8').trimEnd().split('\n').map(l => JSON.parse(l)).map(a => [a.ad_id, a.campaign_id]))
const counts = new Map()
const consumer = new Kafka({ brokers: [bootstrap], clientId: 'bench', logLevel: logLevel.NOTHING }).consumer({ groupId: `bench-${process.pid}`, maxBytesPerPartition: 1024 * 1024 })
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
let seen = 0
await new Promise(resolve => {
  void consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: 4,
    eachBatch: async ({ batch }) => {
      for (const message of batch.messages) {
        const event = JSON.parse(message.value.toString())
        if (event.event_type !== 'view') continue
        const campaign = campaigns.get(event.ad_id)
        if (campaign === undefined) continue
        const time = Number(event.event_time)
        const key = `${campaign} ${time - (time % windowMs)}`
        counts.set(key, (counts.get(key) ?? 0) + 1)
      }
      seen += batch.messages.length
      if (seen >= messages) resolve()
    },
  })
})
const seconds = (performance.now() - start) / 1000
const { user, system } = process.cpuUsage()
console.log(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, answer: answerOf(counts) }))
process.exit(0)
