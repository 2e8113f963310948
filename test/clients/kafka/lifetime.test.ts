import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { describeKafka } from '../../support/kafka.ts'

const openKafka = new URL('../../../dist/clients/kafka/open-kafka.js', import.meta.url).href

interface Ended {
  readonly code: number | null
  readonly output: string
}

/** Runs a program of its own, as nothing in this process could prove that a timer is gone. */
function run(program: string): Promise<Ended> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', `import { openKafka } from '${openKafka}'\n${program}`], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => (output += text))
  return new Promise(ended => child.on('close', code => ended({ code, output })))
}

describeKafka('a program that closes its client', kafka => {
  const settings = (broker: string): string => JSON.stringify({ brokers: [broker], clientId: 'lifetime', connectionTimeoutMs: 20_000, requestTimeoutMs: 3_600_000 })

  test('ends by itself, and kafkajs has printed nothing', async () => {
    const topic = kafka.topic()
    expect(
      await run(`
        const port = await openKafka(${settings(kafka.bootstrap)})
        await port.createTopic({ topic: '${topic}', partitions: 2 })
        await port.transactional('${topic}', 60_000)
        await port.idempotent()
        // Waits at the broker for longer than this test may take.
        port.fetchRecords([{ topic: '${topic}', partition: 0, offset: 0n }], { isolation: 'read_committed', maxWaitMs: 3_600_000, minBytes: 1, maxBytes: 1 }).catch(e => console.log(e.code))
        await port.offsets([{ topic: '${topic}', partition: 1 }], 'latest')
        await port.close()
        console.log('closed')`),
    ).toEqual({ code: 0, output: expect.stringMatching(/^(KAFKA_UNAVAILABLE\nclosed|closed\nKAFKA_UNAVAILABLE)\n$/) })
  })

  test('ends by itself when it was never connected', async () => {
    const unreachable = settings('127.0.0.1:1').replace('"connectionTimeoutMs":20000', '"connectionTimeoutMs":200')
    expect(await run(`await openKafka(${unreachable}).catch(e => console.log(e.code))`)).toEqual({ code: 0, output: 'KAFKA_UNAVAILABLE\n' })
  })

  test('ends by itself when it gives up while it connects', async () => {
    // Nobody answers there: a listener that is full.
    expect(
      await run(`
        import { createServer } from 'node:net'
        const server = createServer(() => undefined).listen(0, '127.0.0.1', async () => {
          const opening = openKafka({ brokers: ['127.0.0.1:' + server.address().port], clientId: 'c', connectionTimeoutMs: 300, requestTimeoutMs: 300 })
          await opening.catch(e => console.log(e.code))
          server.close()
          server.closeAllConnections?.()
        })
        server.on('connection', s => s.on('close', () => undefined).resume())`),
    ).toEqual({ code: 0, output: 'KAFKA_UNAVAILABLE\n' })
  })
})
