import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brokerJars } from '../../build/scripts/kafka/jars.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A broker of its own for one run of the benchmark. */
export function startBroker() {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-kafka-'))
  const command = (...args) => execFileSync(process.execPath, [join(root, 'build/scripts/kafka/main.js'), ...args, '--dir', folder], { encoding: 'utf8' })
  command('start', '--fresh')
  const { bootstrap } = JSON.parse(command('status', '--json'))
  return {
    bootstrap,
    stop: () => {
      command('stop', '--purge')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The class path that the broker was started from. */
export function jarsOf() {
  return brokerJars(join(root, 'scripts/kafka'))
}

/** A topic of four partitions with the events of a folder of JSON lines, spread evenly, through the client port. */
export async function fillTopic(bootstrap, topic, folder) {
  const { openKafka } = await import('../../dist/clients/kafka/open-kafka.js')
  const { RecordEncoder } = await import('../../dist/clients/kafka/records/record-encoder.js')
  const client = await openKafka({ brokers: [bootstrap], clientId: 'bench', connectionTimeoutMs: 20_000, requestTimeoutMs: 30_000 })
  await client.createTopic({ topic, partitions: 4 })
  const producer = await client.idempotent()
  // Not the time of the events: brokers remove what is older than a week.
  const now = Date.now()
  const none = new Uint8Array(0)
  let messages = 0
  for (const name of readdirSync(folder).sort()) {
    const bytes = readFileSync(join(folder, name))
    const encoders = Array.from({ length: 4 }, () => new RecordEncoder({ maxBatchBytes: 512 * 1024 }))
    for (let at = 0; at < bytes.length; messages++) {
      const end = bytes.indexOf(10, at)
      encoders[messages % 4].append(now, none, -1, 0, bytes, at, end)
      at = end + 1
    }
    const batches = []
    for (const [partition, encoder] of encoders.entries()) batches.push({ topic, partition, records: encoder.finish() })
    await producer.send(batches)
  }
  await client.close()
  return messages
}
