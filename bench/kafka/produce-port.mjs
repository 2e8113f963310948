import { openKafka } from '../../dist/clients/kafka/open-kafka.js'
import { RecordEncoder } from '../../dist/clients/kafka/records/record-encoder.js'

// Messages of 200 bytes in transactions of 10,000 over four partitions, encoded from bytes and sent by the client port.
const [bootstrap, topic, messages] = [process.argv[2], `${process.argv[3]}-${process.pid}`, Number(process.argv[4])]
const client = await openKafka({ brokers: [bootstrap], clientId: 'bench', connectionTimeoutMs: 20_000, requestTimeoutMs: 30_000 })
await client.createTopic({ topic, partitions: 4 })
const producer = await client.transactional(topic, 60_000)
const value = Buffer.alloc(200, 'x')
const none = new Uint8Array(0)
const before = process.cpuUsage()
const start = performance.now()
for (let sent = 0; sent < messages; sent += 10_000) {
  const encoders = Array.from({ length: 4 }, () => new RecordEncoder())
  const now = Date.now()
  for (let i = 0; i < 10_000; i++) encoders[i % 4].append(now, none, -1, 0, value, 0, value.length)
  producer.begin()
  await producer.send(encoders.map((encoder, partition) => ({ topic, partition, records: encoder.finish() })))
  await producer.commit()
}
const seconds = (performance.now() - start) / 1000
const { user, system } = process.cpuUsage(before)
const ends = await client.offsets([0, 1, 2, 3].map(partition => ({ topic, partition })), 'latest')
await client.close()
// A marker in each partition for each transaction.
console.log(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, answer: `${ends.reduce((sum, e) => sum + Number(e.offset), 0) - (4 * messages) / 10_000}` }))
