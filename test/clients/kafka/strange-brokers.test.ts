import { createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { openKafka } from '../../../src/clients/kafka/open-kafka.ts'
import { apis } from '../../../src/clients/kafka/protocol/request.ts'

/** A server that answers each request with the bytes that `answer` gives for its API key. */
async function strangeBroker(answer: (apiKey: number) => Buffer): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('data', request => {
      const body = answer(request.readInt16BE(4))
      const head = Buffer.alloc(8)
      head.writeInt32BE(4 + body.length)
      request.copy(head, 4, 8, 12) // correlation id
      socket.write(Buffer.concat([head, body]))
    })
  })
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** ApiVersions version 0, which claims `newest` of every API. */
function apiVersions(newest: (name: string, needed: number) => number): Buffer {
  const all = Object.values(apis)
  const bytes = Buffer.alloc(6 + 6 * all.length)
  bytes.writeInt32BE(all.length, 2)
  all.forEach(({ key, name, version }, i) => {
    bytes.writeInt16BE(key, 6 + 6 * i)
    bytes.writeInt16BE(newest(name, version), 10 + 6 * i)
  })
  return bytes
}

const open = (broker: string): Promise<unknown> => openKafka({ brokers: [broker], clientId: 'c', connectionTimeoutMs: 500, requestTimeoutMs: 500 })

test('a broker that is too old is named with what it lacks', async () => {
  const broker = await strangeBroker(() => apiVersions((name, needed) => (name === 'Fetch' ? 11 : needed)))
  await expect(open(broker)).rejects.toMatchObject({ code: 'KAFKA_PROTOCOL', context: { broker, api: 'Fetch', needed: 13, supports: '0 to 11' }, message: expect.stringContaining('3.1') })
})

test('a broker that knows nothing of transactions is named too', async () => {
  const broker = await strangeBroker(() => Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 1]), Buffer.from([0, 0, 0, 0, 0, 9])]))
  await expect(open(broker)).rejects.toMatchObject({ code: 'KAFKA_PROTOCOL', context: { supports: 'not at all' } })
})

test.each([
  ['nothing', Buffer.alloc(0)],
  ['a list longer than the answer', Buffer.from([0, 0, 0x7f, 0xff, 0xff, 0xff])],
])('an answer of %s to the first question is none of Kafka’s', async (_, bytes) => {
  const broker = await strangeBroker(() => bytes)
  await expect(open(broker)).rejects.toMatchObject({ code: 'KAFKA_PROTOCOL', context: { broker, operation: 'ApiVersions' } })
})

test('an answer that is cut off is none of Kafka’s', async () => {
  const broker = await strangeBroker(key => (key === 18 ? apiVersions((_, needed) => needed) : Buffer.from([0, 0, 0, 0, 0, 200])))
  await expect(open(broker)).rejects.toMatchObject({ code: 'KAFKA_PROTOCOL', context: { broker, operation: 'Metadata' } })
})

test('an answer without any broker is waited over', async () => {
  const broker = await strangeBroker(key => (key === 18 ? apiVersions((_, needed) => needed) : Buffer.alloc(32)))
  await expect(open(broker)).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' })
})
