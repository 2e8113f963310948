import { type ChildProcess, spawn } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openKafka } from '../../src/clients/kafka/open-kafka.ts'
import type { KafkaPort } from '../../src/clients/kafka/port.ts'
import { SeededRandom } from '../../src/testing/simulation/seeded-random.ts'
import { settled } from '../clients/kafka/log.ts'
import { encoded, eventually } from '../sources/kafka/support.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import { connectionTo, type OwnBroker, startOwnBroker } from '../support/kafka.ts'
import { compileJavaClient, describeWithJavaClient, type JavaClient } from '../support/kafka-java.ts'
import { lineOf, partitions, Payments } from './payments.ts'

const program = fileURLToPath(new URL('programs/three-queries.mjs', import.meta.url))
const number = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise)

// test/kill/kafka.mjs asks for more of each.
const kills = number('MILLRACE_TEST_KAFKA_KILLS', 20)
const restarts = number('MILLRACE_TEST_KAFKA_RESTARTS', 1)
const seed = number('MILLRACE_TEST_SEED', Date.now() % 1e6)

const names = ['copied', 'scored', 'summed'] as const

describeWithJavaClient('queries from Kafka to Kafka', kafka => {
  let own: OwnBroker
  let proxy: FaultProxy
  let port: KafkaPort
  let java: JavaClient
  const folders: string[] = []
  const children: ChildProcess[] = []

  beforeAll(async () => {
    java = compileJavaClient()
    proxy = await FaultProxy.start(() => own.state.ports.PROXIED!)
    own = await startOwnBroker({ proxyPort: proxy.port })
    port = await openKafka(connectionTo(own.state.bootstrap))
  }, 600_000)
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
  })
  afterAll(async () => {
    await port?.close()
    await proxy?.stop()
    await own?.dispose()
    java?.dispose()
    for (const folder of folders) await rm(folder, { recursive: true, force: true })
  }, 60_000)

  async function world(made: Payments) {
    const prefix = kafka.topic('proof')
    const folder = await mkdtemp(join(tmpdir(), 'millrace-kafka-proof-'))
    folders.push(folder)
    await port.createTopic({ topic: `${prefix}.in`, partitions })
    for (const name of names) for (const topic of [name, `${name}.dead`]) await port.createTopic({ topic: `${prefix}.${topic}`, partitions })
    const produce = async (count: number): Promise<void> => {
      const records = made.next(count)
      await (await port.idempotent()).send(records.flatMap((some, partition) => (some.length === 0 ? [] : [encoded(`${prefix}.in`, partition, some)])))
    }
    const start = (trigger: 'continuous' | 'available-now', executors: number, checkpoints = 'checkpoints') => {
      const child = spawn(process.execPath, [program, `127.0.0.1:${proxy.port}`, prefix, join(folder, checkpoints), String(executors), trigger], { stdio: ['ignore', 'pipe', 'pipe'] })
      children.push(child)
      const run = { child, out: '', errors: '', ended: new Promise<number | NodeJS.Signals | null>(settle => child.on('close', (code, signal) => settle(signal ?? code))) }
      child.stdout.on('data', text => (run.out += String(text)))
      child.stderr.on('data', text => (run.errors += String(text)))
      return run
    }
    /** Everything that was made is in each topic, once, and nothing else: asked of Kafka's own client, read_committed. */
    const everythingOnce = async (): Promise<void> => {
      const topics = names.flatMap(name => [name, `${name}.dead`])
      for (const topic of topics) await settled(port, `${prefix}.${topic}`, ...Array.from({ length: partitions }, (_, p) => p))
      const lines = (await java.read(own.state.bootstrap, 'read_committed', ...topics.map(topic => `${prefix}.${topic}`))).map(line => line.split('\t'))
      for (const [topic, expected] of Object.entries(made.expected())) {
        const found = lines.filter(([of]) => of === `${prefix}.${topic}`).map(([, , , , , , value]) => lineOf(topic, Buffer.from(value, 'hex').toString()))
        expect(found.sort(), topic).toEqual(expected)
      }
    }
    return { folder, prefix, produce, start, everythingOnce }
  }

  test(`killed ${kills} times, with connections cut and the broker crashed ${restarts} times: every row comes once (seed ${seed})`, { timeout: 120_000 + kills * 15_000 + restarts * 60_000 }, async () => {
    const random = new SeededRandom(seed)
    const { produce, start, everythingOnce } = await world(new Payments(seed))
    let killed = 0
    let broken = 0
    for (let life = 0; killed < kills; life++) {
      await produce(60 + random.below(200))
      const run = start('continuous', life % 4 === 3 ? 2 : 0)
      // Some die while they start or recover, most when there is something to do.
      if (random.below(5) > 0) await Promise.race([run.ended, eventually(async () => run.out.includes('started'), started => started)])
      const until = Date.now() + 50 + random.below(1500)
      const cuts = random.below(3) === 0
      while (Date.now() < until) {
        await delay(20 + random.below(300))
        if (cuts) proxy.cut()
        else if (random.below(4) === 0) await produce(20)
      }
      if (broken < restarts && killed >= Math.floor(((broken + 1) * kills) / (restarts + 1))) {
        broken++
        await own.broker.stop('kill')
        await delay(random.below(1000))
        await own.broker.start()
        await delay(random.below(3000))
      }
      // A query waits for its broker, and connections that are cut are made again; only a client whose very first request is
      // cut off takes the address for a wrong one.
      if (run.child.exitCode !== null && run.errors.includes('KAFKA_UNAVAILABLE Kafka gave no answer to the first request')) continue
      expect(run.child.exitCode, `life ${life}: ${run.errors}`).toBeNull()
      run.child.kill('SIGKILL')
      expect(await run.ended).toBe('SIGKILL')
      killed++
    }
    expect(broken).toBe(restarts)
    const last = start('available-now', 2)
    expect(await last.ended, last.errors).toBe(0)
    await everythingOnce()
  })

  test('stopped and displaced on a copy of its checkpoint: it wakes up fenced and has written nothing', { timeout: 180_000 }, async () => {
    const { folder, produce, start, everythingOnce } = await world(new Payments(seed + 1))
    await produce(600)
    const first = start('continuous', 0)
    await eventually(async () => names.every(name => first.out.includes(`${name} batch 1`)) || first.child.exitCode !== null, done => done)
    expect(first.child.exitCode, first.errors).toBeNull()
    first.child.kill('SIGSTOP')
    await cp(join(folder, 'checkpoints'), join(folder, 'copy'), { recursive: true })
    // The checkpoint itself is held, also by a process that sleeps.
    const beside = start('available-now', 0)
    expect(await beside.ended).toBe(1)
    expect(beside.errors).toContain('CHECKPOINT_IN_USE')
    const successor = start('available-now', 0, 'copy')
    expect(await successor.ended, successor.errors).toBe(0)
    // Something to do for the one that wakes up, which it must not do.
    first.child.kill('SIGCONT')
    expect(await first.ended).toBe(1)
    expect(first.errors).toContain('CHECKPOINT_FENCED')
    await everythingOnce()
  })
})
