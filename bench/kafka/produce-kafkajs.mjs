import { Kafka, logLevel } from 'kafkajs'

// The same transactions by the producer of kafkajs.
process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1'
const [bootstrap, topic, messages] = [process.argv[2], `${process.argv[3]}-${process.pid}`, Number(process.argv[4])]
const kafka = new Kafka({ brokers: [bootstrap], clientId: 'bench', logLevel: logLevel.NOTHING })
const admin = kafka.admin()
await admin.connect()
await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 4 }] })
const producer = kafka.producer({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 })
await producer.connect()
const value = Buffer.alloc(200, 'x')
const before = process.cpuUsage()
const start = performance.now()
for (let sent = 0; sent < messages; sent += 10_000) {
  const transaction = await producer.transaction()
  await transaction.send({ topic, messages: Array.from({ length: 10_000 }, (_, i) => ({ partition: i % 4, value })) })
  await transaction.commit()
}
const seconds = (performance.now() - start) / 1000
const { user, system } = process.cpuUsage(before)
const offsets = await admin.fetchTopicOffsets(topic)
console.log(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, answer: `${offsets.reduce((sum, p) => sum + Number(p.high), 0) - (4 * messages) / 10_000}` }))
process.exit(0)
