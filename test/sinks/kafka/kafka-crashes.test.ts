import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { files, schema, Session, t, Trigger } from '../../../src/index.ts'
import type { Json } from '../../../src/common/json.ts'
import { sinkConnector } from '../../../src/session/connector.ts'
import { makeKafkaSinkProvider } from '../../../src/sinks/kafka/kafka-sink-provider.ts'
import { addSinkProvider } from '../../../src/sinks/registry.ts'
import { SeededRandom } from '../../../src/testing/simulation/seeded-random.ts'
import { tempFolder } from '../support.ts'
import { FakeCluster, type Fate, type Life, type StepName } from './fake-cluster.ts'
import { readTopic } from './support.ts'

const payment = schema({ id: t.integer(), account: t.string() })
const fileCount = 3

let worlds = 0

/** One cluster, one checkpoint, one input of three files: two payments and one bad line each. */
class World {
  readonly cluster = new FakeCluster()
  readonly #folder: string
  readonly #provider = `fake-kafka-${worlds++}`
  #fate: (step: StepName, index: number) => Fate = () => 'ok'
  #life: Life = { index: 0, dead: false }

  constructor(folder: string) {
    this.#folder = folder
    this.cluster.create({ topic: 'out', partitions: 2 })
    this.cluster.create({ topic: 'dead', partitions: 1 })
    addSinkProvider({ ...makeKafkaSinkProvider(async () => this.cluster.client((step, index) => this.#fate(step, index), this.#life)), name: this.#provider })
  }

  static async make(): Promise<World> {
    const folder = await tempFolder()
    await mkdir(join(folder, 'in'))
    for (let f = 0; f < fileCount; f++) {
      await writeFile(join(folder, 'in', `${f}.jsonl`), `{"id":${f * 2},"account":"a"}\n!${f}\n{"id":${f * 2 + 1},"account":"b"}\n`)
    }
    return new World(folder)
  }

  /** Runs the query until it ends, or until its fate ends it. Answers the calls to the cluster that it made, and what ended it. */
  async run(fate: (step: StepName, index: number) => Fate = () => 'ok', deadPrefix = 'millrace'): Promise<{ readonly steps: number; readonly error: unknown }> {
    this.#fate = fate
    this.#life = { index: 0, dead: false }
    const to = (topic: string, more: { readonly [key: string]: Json } = {}) => sinkConnector(this.#provider, { brokers: ['fake:1'], topic, ...more }, () => {})
    const session = await Session.start()
    let error: unknown
    try {
      const query = await session
        .readStream(files({ path: join(this.#folder, 'in'), format: 'jsonl', schema: payment, maxFilesPerTrigger: 1, onBadRecord: 'deadLetter' }))
        .writeStream({
          sink: to('out', { key: 'account', value: { format: 'json', columns: ['id', 'account'] } }), deadLetters: to('dead', { transactionalIdPrefix: deadPrefix }),
          checkpointLocation: join(this.#folder, 'checkpoint'), trigger: Trigger.availableNow(),
        })
        .start()
      await query.awaitTermination()
    } catch (e) {
      error = e
    } finally {
      await session.stop()
    }
    return { steps: this.#life.index, error }
  }

  /** What is committed: payments by id, and the bytes of dead letters. */
  async committed(): Promise<{ readonly ids: readonly number[]; readonly dead: readonly (string | null)[] }> {
    const reader = this.cluster.client()
    const out = await readTopic(reader, 'out', 'read_committed', true)
    const dead = await readTopic(reader, 'dead', 'read_committed', true)
    return { ids: out.map(r => (JSON.parse(r.value as string) as { readonly id: number }).id).sort((a, b) => a - b), dead: dead.map(r => r.value).sort() }
  }
}

const all = { ids: [0, 1, 2, 3, 4, 5], dead: ['!0', '!1', '!2'] }

test('a run without misfortune writes every row once, a dead letter with its reason', async () => {
  const world = await World.make()
  expect((await world.run()).error).toBeUndefined()
  expect(await world.committed()).toEqual(all)
  const [first] = await readTopic(world.cluster.client(), 'dead')
  expect(first).toMatchObject({ key: null, value: '!0', headers: { origin: '0.jsonl', reason: 'the line is no JSON object but "!0"' } })
  expect(first.headers).not.toHaveProperty('topic')
  // Started again, it has nothing to do and says nothing.
  expect((await world.run()).error).toBeUndefined()
  expect(await world.committed()).toEqual(all)
})

test('a crash at every call to the cluster, before and after it took effect, loses nothing and repeats nothing', { timeout: 120_000 }, async () => {
  const { steps } = await (await World.make()).run()
  expect(steps).toBeGreaterThan(15)
  for (let at = 0; at < steps; at++) {
    for (const fate of ['die before', 'die after'] as const) {
      const world = await World.make()
      const { error } = await world.run((_step, index) => (index === at ? fate : 'ok'))
      const where = `${fate} call ${at}`
      expect(error, where).toBeDefined()
      const { ids, dead } = await world.committed()
      // Rows and dead letters of a batch come together.
      expect(ids.length, where).toBe(dead.length * 2)
      expect((await world.run()).error, where).toBeUndefined()
      expect(await world.committed(), where).toEqual(all)
    }
  }
})

test('sinks that do not share a transaction are two, whose output is kept until both have it', { timeout: 120_000 }, async () => {
  const { steps } = await (await World.make()).run(undefined, 'other')
  for (let at = 10; at < steps; at += 1) {
    const world = await World.make()
    const where = `call ${at}`
    expect((await world.run((_step, index) => (index === at ? 'die after' : 'ok'), 'other')).error, where).toBeDefined()
    expect((await world.run(undefined, 'other')).error, where).toBeUndefined()
    expect(await world.committed(), where).toEqual(all)
    expect(world.cluster.has('millrace.commits') && world.cluster.has('other.commits')).toBe(true)
  }
})

test('crashes and unknown outcomes at random, several lives long', { timeout: 120_000 }, async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = new SeededRandom(seed)
    const world = await World.make()
    const script: string[] = []
    const answerless = new Set<StepName>(['send', 'commit', 'abort'])
    for (let life = 0; life < 1 + random.below(4); life++) {
      await world.run((step, index) => {
        if (!random.chance(0.12)) return 'ok'
        const fate: Fate = random.chance(0.35) || !answerless.has(step) ? (random.chance(0.5) ? 'die before' : 'die after') : (['lost', 'never', 'late'] as const)[random.below(3)]
        script.push(`life ${life}: ${fate} ${step} ${index}`)
        return fate
      })
      if (random.chance(0.2)) world.cluster.expireTransactions()
      const { ids, dead } = await world.committed()
      expect(ids.length, `seed ${seed}\n${script.join('\n')}`).toBe(dead.length * 2)
    }
    expect((await world.run()).error, `seed ${seed}\n${script.join('\n')}`).toBeUndefined()
    expect(await world.committed(), `seed ${seed}\n${script.join('\n')}`).toEqual(all)
  }
})
