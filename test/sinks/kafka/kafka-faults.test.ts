import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { schema, t } from '../../../src/columnar/schema-builder.ts'
import { nodePorts } from '../../../src/common/node/node-ports.ts'
import { openKafka } from '../../../src/clients/kafka/open-kafka.ts'
import type { KafkaPort } from '../../../src/clients/kafka/port.ts'
import { makeKafkaSinkProvider } from '../../../src/sinks/kafka/kafka-sink-provider.ts'
import type { Sink } from '../../../src/sinks/sink.ts'
import { FaultProxy, isRequest } from '../../support/fault-proxy.ts'
import { connectionTo, describeKafka, type OwnBroker, startOwnBroker } from '../../support/kafka.ts'
import { attempt, outputOf, readTopic, writeParts } from './support.ts'

const endTxn = 26
const rows = schema({ account: t.string(), amount: t.integer() })

// A broker of its own, reached through a network that fails.
describeKafka('the Kafka sink on a bad network', kafka => {
  let own: OwnBroker
  let proxy: FaultProxy
  let reader: KafkaPort
  const sinks: Sink[] = []
  /** Makes the client give up at once, which it does after a minute. */
  let aheadMs = 0
  const unreachable = (): void => {
    proxy.set({ refuse: true })
    aheadMs += 120_000
  }

  beforeAll(async () => {
    proxy = await FaultProxy.start(() => own.state.ports.PROXIED!)
    own = await startOwnBroker({ proxyPort: proxy.port })
    reader = await openKafka(connectionTo(own.state.bootstrap))
  }, 600_000)
  afterEach(() => proxy.set({}))
  afterAll(async () => {
    for (const sink of sinks) await sink.close()
    await reader?.close()
    await proxy?.stop()
    await own?.dispose()
  }, 60_000)

  async function open() {
    const topic = kafka.topic('faults')
    await reader.createTopic({ topic, partitions: 2 })
    const options = { brokers: [`127.0.0.1:${proxy.port}`], topic, key: 'account', transactionalIdPrefix: topic, connectionTimeout: '2 seconds', requestTimeout: '2 seconds' }
    const provider = makeKafkaSinkProvider(connection => openKafka(connection, { ...nodePorts, clock: { ...nodePorts.clock, monotonic: () => nodePorts.clock.monotonic() + aheadMs } }))
    const sink = (await provider.open(options, { ports: nodePorts, live: new Map(), queryId: 'q1', name: 'output', schema: rows, outputMode: 'append' })) as Sink
    sinks.push(sink)
    await sink.fence(1)
    const parts = await writeParts({ provider, options, schema: rows }, 0, attempt(1), [[{ account: 'a', amount: 1 }, { account: 'b', amount: 2 }]])
    return { sink, topic, output: outputOf(0, 1, parts) }
  }

  const values = async (topic: string) => (await readTopic(reader, topic)).map(r => r.value).sort()

  test('the answer to a commit is lost, and the broker cannot be reached: unknown, then found', async () => {
    const { sink, topic, output } = await open()
    const lost = proxy.watch('toServer', isRequest(endTxn)).then(() => proxy.cutAt('toClient', () => true)).then(unreachable)
    expect(await sink.commit(output)).toBe('unknown')
    await lost
    proxy.set({})
    expect(await sink.fence(1)).toMatchObject({ last: { batchId: 0, token: 'token-0' } })
    expect(await values(topic)).toEqual(['{"amount":1}', '{"amount":2}'])
  })

  test('a commit never arrives, and the broker cannot be reached: unknown, then sent again', async () => {
    const { sink, topic, output } = await open()
    const lost = proxy.cutAt('toServer', isRequest(endTxn)).then(unreachable)
    expect(await sink.commit(output)).toBe('unknown')
    await lost
    proxy.set({})
    expect(await sink.fence(1)).toMatchObject({ last: null })
    expect(await sink.commit(output)).toBe('done')
    expect(await values(topic)).toEqual(['{"amount":1}', '{"amount":2}'])
  })

  test('a connection that is cut within a batch costs nothing but time', async () => {
    const { sink, topic, output } = await open()
    const cut = proxy.cutAt('toServer', isRequest(0))
    expect(await sink.commit(output)).toBe('done')
    await cut
    expect(await values(topic)).toEqual(['{"amount":1}', '{"amount":2}'])
  })

  test('a broker that dies and comes back between two batches is gone on with', { timeout: 120_000 }, async () => {
    const { sink, topic, output } = await open()
    await own.broker.stop('kill')
    await own.broker.start()
    let outcome = await sink.commit(output).catch((error: { code: string }) => error.code)
    for (let tries = 0; outcome !== 'done' && outcome !== 'already' && tries < 20; tries++) {
      await nodePorts.clock.sleep(500)
      outcome = await sink.fence(1).then(() => sink.commit(output)).catch((error: { code: string }) => error.code)
    }
    expect(outcome).toMatch(/^(done|already)$/)
    expect(await values(topic)).toEqual(['{"amount":1}', '{"amount":2}'])
  })
})
