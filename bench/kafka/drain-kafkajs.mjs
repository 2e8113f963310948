import { Kafka, logLevel } from 'kafkajs'

// What eachBatch gives, counted.
const [bootstrap, topic, messages] = [process.argv[2], process.argv[3], Number(process.argv[4])]
process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'
const start = performance.now()
const consumer = new Kafka({ brokers: [bootstrap], clientId: 'bench', logLevel: logLevel.NOTHING }).consumer({ groupId: `bench-${process.pid}`, maxBytesPerPartition: 1024 * 1024 })
await consumer.connect()
await consumer.subscribe({ topic, fromBeginning: true })
let seen = 0
let bytes = 0
await new Promise(resolve => {
  void consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: 4,
    eachBatch: async ({ batch }) => {
      for (const { value } of batch.messages) bytes += value.length
      seen += batch.messages.length
      if (seen >= messages) resolve()
    },
  })
})
const seconds = (performance.now() - start) / 1000
const { user, system } = process.cpuUsage()
console.log(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, answer: `${seen} ${bytes}` }))
process.exit(0)
