import { json, kafka, schema, t } from 'millrace'
import { expect, test } from 'vitest'
import { connectionTo, describeKafka, startOwnBroker } from '../../support/kafka.ts'
import { eventually, numbers, openKafkaSource, testCluster } from './support.ts'

describeKafka('compacted topics of a Kafka source', shared => {
  test('have gaps, also at the end of what was planned', async () => {
    // The cleaner of the shared broker comes every 15 seconds.
    const own = await startOwnBroker({ set: { 'log.cleaner.backoff.ms': '50' } })
    try {
      const { bootstrap } = own.state
      const cluster = await testCluster({ state: own.state, bootstrap, connection: connectionTo(bootstrap), topic: shared.topic })
      const topic = await cluster.topic(1, { 'cleanup.policy': 'compact', 'segment.ms': '50', 'min.cleanable.dirty.ratio': '0.001', 'delete.retention.ms': '0' })
      const open = () => openKafkaSource(kafka({ brokers: bootstrap, topic, value: json(schema({ n: t.int32() })), metadata: ['offset'], startingOffsets: 'earliest' }))
      await cluster.produce(topic, 0, numbers(0, 12).map((r, i) => ({ ...r, key: `k${i % 3}` })))
      const source = await open()
      const planned = await source.batch(null)
      expect(planned?.rows.map(r => r['n'])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
      // The newest segment is left alone, so that something must follow for a while.
      let written = 12
      const read = await eventually(
        async () => {
          await cluster.produce(topic, 0, numbers(written, written + 3).map((r, i) => ({ ...r, key: `k${i}` })))
          written += 3
          return source.read(planned?.partitions ?? [])
        },
        rows => rows.length === 0,
      )
      expect(read).toEqual([])
      const { batches, end } = await (await open()).drain(null)
      expect(end).toMatchObject({ offsets: { [topic]: { 0: written } } })
      const left = batches.flat()
      expect(left.length).toBeLessThan(written)
      expect(left.slice(-3).map(r => r['n'])).toEqual([written - 3, written - 2, written - 1])
      expect(left.every(r => r['n'] === r['offset'])).toBe(true)
    } finally {
      await own.dispose()
    }
  }, 180_000)
})
