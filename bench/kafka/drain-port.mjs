import { openKafka } from '../../dist/clients/kafka/open-kafka.js'
import { openRecords } from '../../dist/clients/kafka/records/record-reader.js'

// Everything that the topic holds through the client port, every record walked and checked, nothing decoded.
const [bootstrap, topic, messages] = [process.argv[2], process.argv[3], Number(process.argv[4])]
const start = performance.now()
const client = await openKafka({ brokers: [bootstrap], clientId: 'bench', connectionTimeoutMs: 20_000, requestTimeoutMs: 30_000 })
const partitions = [0, 1, 2, 3].map(partition => ({ topic, partition }))
const ends = await client.offsets(partitions, 'lastStable')
const positions = ends.map(() => 0n)
const blocks = ends.map(() => undefined)
let seen = 0
let bytes = 0
await Promise.all(
  partitions.map(async (p, i) => {
    while (positions[i] < ends[i].offset) {
      const [fetched] = await client.fetchRecords([{ ...p, offset: positions[i] }], { isolation: 'read_committed', maxWaitMs: 500, minBytes: 1, maxBytes: 1024 * 1024 })
      const reader = await openRecords(fetched, { from: positions[i], to: ends[i].offset, isolation: 'read_committed', block: blocks[i] })
      for (let block = reader.next(); block !== undefined; block = reader.next()) {
        blocks[i] = block
        seen += block.count
        for (let r = 0; r < block.count; r++) bytes += block.valueEnd[r] - block.valueStart[r]
      }
      positions[i] = reader.position
    }
  }),
)
const seconds = (performance.now() - start) / 1000
const { user, system } = process.cpuUsage()
await client.close()
console.log(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, answer: `${seen} ${bytes}`, seen: seen === messages }))
