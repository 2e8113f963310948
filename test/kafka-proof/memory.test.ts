import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { openKafka } from '../../src/clients/kafka/open-kafka.ts'
import { encoded } from '../sources/kafka/support.ts'
import { describeKafka } from '../support/kafka.ts'

const program = fileURLToPath(new URL('programs/slow-sink.mjs', import.meta.url))
const partitions = 4
const rounds = 16
const value = 'x'.repeat(2000)
const records = Array.from({ length: 1000 }, () => ({ value }))

describeKafka('a broker that is faster than the sink', kafka => {
  test('does not fill the memory with what nobody has asked for yet', { timeout: 120_000 }, async () => {
    const port = await openKafka(kafka.connection)
    const folder = await mkdtemp(join(tmpdir(), 'millrace-kafka-memory-'))
    try {
      const topic = kafka.topic('memory')
      await port.createTopic({ topic, partitions })
      const producer = await port.idempotent()
      // 128 MB in all.
      for (let round = 0; round < rounds; round++) await producer.send(Array.from({ length: partitions }, (_, partition) => encoded(topic, partition, records)))
      const { stdout } = await promisify(execFile)(process.execPath, [program, kafka.bootstrap, topic, join(folder, 'checkpoint')])
      const { rows, most } = JSON.parse(stdout) as { readonly rows: number; readonly most: number }
      expect(rows).toBe(partitions * rounds * records.length)
      // A batch, its columns, and the answers under way; half of what the topic holds would be something else.
      expect(most).toBeLessThan(64 * 1024 * 1024)
    } finally {
      await port.close()
      await rm(folder, { recursive: true, force: true })
    }
  })
})
