import { afterAll, beforeAll, expect, test } from 'vitest'
import { openKafka } from '../../src/clients/kafka/open-kafka.ts'
import type { KafkaPort } from '../../src/clients/kafka/port.ts'
import { settled } from '../clients/kafka/log.ts'
import { encoded, eventually } from '../sources/kafka/support.ts'
import { connectionTo, startOwnBroker } from '../support/kafka.ts'
import { compileJavaClient, describeWithJavaClient, type JavaClient } from '../support/kafka-java.ts'
import { corpus } from './corpus.ts'
import { readLines } from './read-lines.ts'

const isolations = ['read_committed', 'read_uncommitted'] as const

describeWithJavaClient("logs that we and Kafka's own client read alike", kafka => {
  let port: KafkaPort
  let java: JavaClient
  beforeAll(async () => {
    java = compileJavaClient()
    port = await openKafka(kafka.connection)
  }, 120_000)
  afterAll(async () => {
    await port?.close()
    java?.dispose()
  })

  test('all of the corpus, whatever fits into an answer', { timeout: 240_000 }, async () => {
    const topics = await Promise.all(
      corpus.map(async log => {
        const topic = kafka.topic('corpus')
        await port.createTopic({ topic, partitions: 1, ...(log.config === undefined ? {} : { config: log.config }) })
        return topic
      }),
    )
    for (const [i, log] of corpus.entries()) {
      await log.write({ port, java, bootstrap: kafka.bootstrap, topic: topics[i] })
      if (!log.name.startsWith('an open transaction')) await settled(port, topics[i], 0)
    }
    for (const isolation of isolations) {
      const theirs = await java.read(kafka.bootstrap, isolation, ...topics)
      for (const [i, log] of corpus.entries()) {
        const expected = theirs.filter(line => line.startsWith(`${topics[i]}\t`))
        expect(expected, `${log.name}, ${isolation}`).toHaveLength(isolation === 'read_committed' ? log.committed : log.all)
        for (const maxBytes of [1, 700, 1 << 20]) {
          const ours = await readLines(port, topics[i], 0, isolation, maxBytes)
          expect(ours.lines, `${log.name}, ${isolation}, answers of ${maxBytes} bytes`).toEqual(expected)
        }
      }
    }
  })

  test('compacted logs, with gaps and batches that compaction emptied', { timeout: 240_000 }, async () => {
    // The cleaner of the shared broker comes every 15 seconds.
    const own = await startOwnBroker({ set: { 'log.cleaner.backoff.ms': '50' } })
    const log = await openKafka(connectionTo(own.state.bootstrap))
    try {
      const topic = kafka.topic('compacted')
      await log.createTopic({ topic, partitions: 1, config: { 'cleanup.policy': 'compact', 'segment.ms': '50', 'min.cleanable.dirty.ratio': '0.001', 'delete.retention.ms': '0' } })
      const keyed = (round: number) => encoded(topic, 0, Array.from({ length: 6 }, (_, i) => ({ key: `k${i % 3}`, value: `${round}-${i}` })))
      const a = await log.transactional(`${topic}.a`, 60_000)
      // What an aborted transaction wrote last stays as an empty batch, so that its producer is remembered.
      for (const end of ['commit', 'abort', 'commit', 'abort'] as const) {
        a.begin()
        await a.send([keyed(0)])
        await a[end]()
      }
      await (await log.idempotent()).send([keyed(1)])
      // The newest segment is left alone, so that something must follow.
      const last = await log.idempotent()
      let round = 2
      await eventually(
        async () => {
          await last.send([keyed(round++)])
          return (await readLines(log, topic, 0, 'read_uncommitted', 1 << 20)).emptyBatches
        },
        empty => empty > 0,
      )
      await settled(log, topic, 0)
      for (const isolation of isolations) {
        // The cleaner goes on, so that both must have looked at the same state of the log.
        await eventually(
          async () => {
            const before = (await readLines(log, topic, 0, isolation, 1 << 20)).lines
            const theirs = await java.read(own.state.bootstrap, isolation, topic)
            const after = (await readLines(log, topic, 0, isolation, 1 << 20)).lines
            if (before.join('\n') !== after.join('\n')) return false
            expect(after).toEqual(theirs)
            expect((await readLines(log, topic, 0, isolation, 1)).lines).toEqual(theirs)
            const offsets = theirs.map(line => Number(line.split('\t')[2]))
            expect(offsets.some((offset, i) => i > 0 && offset > offsets[i - 1] + 1)).toBe(true)
            return true
          },
          same => same,
        )
      }
    } finally {
      await log.close()
      await own.dispose()
    }
  })
})
