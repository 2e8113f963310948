import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openKafka } from '../../../src/clients/kafka/open-kafka.ts'
import type { KafkaConnection, KafkaPort } from '../../../src/clients/kafka/port.ts'
import { FaultProxy, isRequest } from '../../support/fault-proxy.ts'
import { connectionTo, describeKafka, type OwnBroker, startOwnBroker } from '../../support/kafka.ts'
import { batch, fetchOptions, settled, valuesOf } from './log.ts'

const [produce, fetch, addPartitionsToTxn, endTxn, initProducerId] = [0, 1, 24, 26, 22]

// A broker of its own: it crashes here, and clients reach it through a network that fails.
describeKafka('a network and a broker that fail', kafka => {
  let own: OwnBroker
  let proxy: FaultProxy
  let port: KafkaPort
  let watcher: KafkaPort

  beforeAll(async () => {
    proxy = await FaultProxy.start(() => own.state.ports.PROXIED!)
    own = await startOwnBroker({ proxyPort: proxy.port })
    watcher = await openKafka(connectionTo(own.state.bootstrap))
  }, 600_000)
  afterAll(async () => {
    await watcher?.close()
    await proxy?.stop()
    await own?.dispose()
  }, 60_000)
  afterEach(async () => {
    proxy.set({})
    await port?.close()
  })

  const open = async (more: Partial<KafkaConnection> = {}): Promise<KafkaPort> => (port = await openKafka(connectionTo(`127.0.0.1:${proxy.port}`, more)))
  const makeTopic = async (): Promise<string> => {
    const topic = kafka.topic()
    await watcher.createTopic({ topic, partitions: 1 })
    return topic
  }
  const committed = async (topic: string): Promise<(string | null)[]> => {
    await settled(watcher, topic, 0)
    return await valuesOf(watcher, topic, 0)
  }

  describe.each([
    ['the request is lost', 'toServer'],
    ['the answer is lost', 'toClient'],
  ] as const)('%s', (_, direction) => {
    /** Cuts at the request, or at the answer to it: the first piece that comes back after it. */
    const cutAt = async (apiKey: number): Promise<void> => {
      if (direction === 'toServer') return await proxy.cutAt('toServer', isRequest(apiKey))
      await proxy.watch('toServer', isRequest(apiKey))
      await proxy.cutAt('toClient', () => true)
    }

    test('of records without a transaction: they arrive once', async () => {
      const topic = await makeTopic()
      const producer = await (await open()).idempotent()
      await producer.send([batch(topic, 0, ['a', 'b'])])
      const cut = cutAt(produce)
      await producer.send([batch(topic, 0, ['c', 'd'], { batchBytes: 70 })])
      await cut
      await producer.send([batch(topic, 0, ['e'])])
      expect(await valuesOf(watcher, topic, 0)).toEqual(['a', 'b', 'c', 'd', 'e'])
    })

    test.each([['records', produce], ['partitions', addPartitionsToTxn], ['commit', endTxn]] as const)('of %s in a transaction: it is committed once, and the next one too', async (__, apiKey) => {
      const topic = await makeTopic()
      const producer = await (await open()).transactional(kafka.topic('id'), 60_000)
      const cut = cutAt(apiKey)
      for (const value of ['a', 'b', 'c']) {
        producer.begin()
        await producer.send([batch(topic, 0, [value])])
        await producer.commit()
      }
      await cut
      expect(await committed(topic)).toEqual(['a', 'b', 'c'])
    })

    test('of the takeover of a transactional id: it is taken over', async () => {
      const topic = await makeTopic()
      await open()
      const cut = cutAt(initProducerId)
      const producer = await port.transactional(kafka.topic('id'), 60_000)
      await cut
      producer.begin()
      await producer.send([batch(topic, 0, ['a'])])
      await producer.commit()
      expect(await committed(topic)).toEqual(['a'])
    })

    test('of a fetch: it is asked for again', async () => {
      const topic = await makeTopic()
      await (await watcher.idempotent()).send([batch(topic, 0, ['a'])])
      await open()
      const cut = cutAt(fetch)
      expect(await valuesOf(port, topic, 0)).toEqual(['a'])
      await cut
    })
  })

  test('a commit whose answer is lost, when somebody newer came meanwhile, has an unknown outcome', async () => {
    const [topic, id] = [await makeTopic(), kafka.topic('id')]
    const producer = await (await open()).transactional(id, 60_000)
    producer.begin()
    await producer.send([batch(topic, 0, ['a'])])
    const lost = proxy.watch('toServer', isRequest(endTxn)).then(() => proxy.cutAt('toClient', () => true))
    const refused = lost.then(() => proxy.set({ refuse: true }))
    const outcome = producer.commit().then(() => 'committed', (error: { code: string }) => error.code)
    await refused
    await watcher.transactional(id, 60_000)
    proxy.set({})
    expect(await outcome).toBe('KAFKA_OUTCOME_UNKNOWN')
    expect(await committed(topic)).toEqual(['a'])
    expect(() => producer.begin()).toThrow(/dead/)
  })

  test('an end that was held back on the way does not end a later transaction', async () => {
    const [topic, id] = [await makeTopic(), kafka.topic('id')]
    const producer = await (await open()).transactional(id, 60_000)
    producer.begin()
    await producer.send([batch(topic, 0, ['a'])])
    const held = proxy.holdAt('toServer', isRequest(endTxn))
    await producer.commit()
    producer.begin()
    await producer.send([batch(topic, 0, ['b'])])
    // The first try of the commit arrives now, in the middle of the second transaction.
    await (await held)()
    await delay(300)
    await producer.send([batch(topic, 0, ['c'])])
    await producer.abort()
    expect(await committed(topic)).toEqual(['a'])
  })

  describe('when tries end', () => {
    const impatient = { connectionTimeoutMs: 3000, requestTimeoutMs: 500, retryTimeoutMs: 1500 }

    test('records whose answers were lost have an unknown outcome, and the producer goes on under a new id', async () => {
      const topic = await makeTopic()
      const producer = await (await open(impatient)).idempotent()
      await producer.send([batch(topic, 0, ['a'])])
      proxy.set({ swallow: 'toClient' })
      await expect(producer.send([batch(topic, 0, ['b'])])).rejects.toMatchObject({ code: 'KAFKA_OUTCOME_UNKNOWN', retryable: true })
      proxy.set({})
      await producer.send([batch(topic, 0, ['c'])])
      expect(await valuesOf(watcher, topic, 0)).toEqual(['a', 'b', 'c'])
    })

    test('a commit whose answers were lost has an unknown outcome, which a takeover settles', async () => {
      const [topic, id] = [await makeTopic(), kafka.topic('id')]
      const producer = await (await open(impatient)).transactional(id, 60_000)
      producer.begin()
      await producer.send([batch(topic, 0, ['a'])])
      proxy.set({ swallow: 'toClient' })
      await expect(producer.commit()).rejects.toMatchObject({ code: 'KAFKA_OUTCOME_UNKNOWN' })
      expect(() => producer.begin()).toThrow(/dead/)
      proxy.set({})
      const next = await port.transactional(id, 60_000)
      next.begin()
      await next.send([batch(topic, 0, ['b'])])
      await next.commit()
      expect(await committed(topic)).toEqual(['a', 'b'])
    })

    test('what never left is no unknown outcome', async () => {
      const topic = await makeTopic()
      const producer = await (await open(impatient)).transactional(kafka.topic('id'), 60_000)
      producer.begin()
      proxy.set({ refuse: true })
      proxy.cut()
      await expect(producer.send([batch(topic, 0, ['a'])])).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' })
      expect(await committed(topic)).toEqual([])
    })
  })

  test('a half-open connection is given up after the request timeout', async () => {
    const topic = await makeTopic()
    await (await watcher.idempotent()).send([batch(topic, 0, ['a'])])
    await open({ requestTimeoutMs: 1000 })
    await port.offsets([{ topic, partition: 0 }], 'latest')
    proxy.set({ swallow: 'toClient' })
    const offsets = port.offsets([{ topic, partition: 0 }], 'latest')
    await proxy.watch('toServer', () => true)
    // Connections that are there stay deaf; new ones are sound.
    proxy.set({})
    proxy.deafen()
    expect(await offsets).toMatchObject([{ offset: 1n }])
  })

  test('slow answers are waited for', async () => {
    const topic = await makeTopic()
    proxy.set({ delayMs: 100 })
    const producer = await (await open()).transactional(kafka.topic('id'), 60_000)
    producer.begin()
    await producer.send([batch(topic, 0, ['a'])])
    await producer.commit()
    expect(await committed(topic)).toEqual(['a'])
  })

  test('brokers that are never reached are named', async () => {
    proxy.set({ refuse: true })
    await expect(open({ connectionTimeoutMs: 500 })).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE', retryable: true, context: { brokers: [`127.0.0.1:${proxy.port}`] } })
  })

  test('a broker that crashes and comes back is waited for, with a transaction under way', async () => {
    const topic = await makeTopic()
    const producer = await (await open()).transactional(kafka.topic('id'), 60_000)
    producer.begin()
    await producer.send([batch(topic, 0, ['before'])])
    await own.broker.stop('kill')
    const restarted = own.broker.start()
    await producer.send([batch(topic, 0, ['after'])])
    await restarted
    await producer.commit()
    expect(await committed(topic)).toEqual(['before', 'after'])
  }, 300_000)

  test('a fetch waits for a broker that restarts', async () => {
    const topic = await makeTopic()
    await (await watcher.idempotent()).send([batch(topic, 0, ['a'])])
    await open()
    await port.fetchRecords([{ topic, partition: 0, offset: 0n }], fetchOptions)
    await own.broker.stop()
    const restarted = own.broker.start()
    expect(await valuesOf(port, topic, 0)).toEqual(['a'])
    await restarted
  }, 120_000)
})
