import { type DataFrame, isMillraceError, memory, MemorySink, memorySink, MemorySource, schema, Session, type StreamingQuery, t } from 'millrace'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { writeFile } from 'node:fs/promises'
import { versionedModel } from '../../src/testing/torture/versioned-model.ts'
import { problem, registryWith } from './model-support.ts'

const event = schema({ user: t.nullable(t.string()), value: t.float64() })
type Event = { user: string | null; value: number }
type Scored = Event & { version: number; model: string; way: string }

async function openSession(executors = 0): Promise<Session> {
  const session = await Session.start({ executors })
  onTestFinished(() => session.stop())
  return session
}

const users = (count: number, from = 0): Event[] => Array.from({ length: count }, (_, i) => ({ user: `u${from + i}`, value: i }))

/** A registry whose champion is 1, and challenger 2. */
async function championAndChallenger() {
  const made = await registryWith(4)
  await made.registry.setAlias('m', 'champion', 1)
  await made.registry.setAlias('m', 'challenger', 2)
  return made
}

type Registry = Awaited<ReturnType<typeof registryWith>>['registry']

async function routed(registry: Registry, checkpointLocation: string, { executors = 0, weights = { champion: 0.8, challenger: 0.2 } as { [label: string]: number }, salt = undefined as string | undefined, sink = new MemorySink<Scored>(), input = new MemorySource(event) } = {}) {
  const session = await openSession(executors)
  const query = await session
    .readStream(memory(input))
    .score('m@champion', { registry, output: { version: 'prediction' }, digest: 'model', provenance: { route: 'way' }, route: { by: 'user', weights, ...(salt === undefined ? {} : { salt }) } })
    .writeStream({ sink: memorySink(sink), checkpointLocation })
    .start()
  const feed = async (rows: Event[]): Promise<Scored[]> => {
    const before = sink.rows().length
    input.addData(rows)
    await query.processAllAvailable()
    return sink.rows().slice(before)
  }
  return { query, feed }
}

const waysOf = (rows: readonly Scored[]): Map<string | null, string> => new Map(rows.map(r => [r.user, r.way]))

describe('a route', () => {
  test('shares rows out by the hash of the key, the same on any number of executors and after a restart', async () => {
    const { registry, folder } = await championAndChallenger()
    const kept = { sink: new MemorySink<Scored>(), input: new MemorySource(event) }
    const first = await routed(registry, `${folder}/a`, kept)
    const rows = await first.feed([...users(2000), { user: null, value: -1 }])
    await first.query.stop()
    const share = rows.filter(r => r.way === 'challenger').length / rows.length
    expect(share).toBeGreaterThan(0.15)
    expect(share).toBeLessThan(0.25)
    expect(rows.every(r => r.version === (r.way === 'champion' ? 1 : 2))).toBe(true)
    expect(new Set(rows.map(r => `${r.way} ${r.model}`))).toEqual(new Set([`champion ${(await versionedModel(1)).digest}`, `challenger ${(await versionedModel(2)).digest}`]))
    expect(rows.map(r => r.user)).toEqual([...users(2000).map(u => u.user), null])
    for (const [location, executors] of [['a', 2], ['b', 2], ['c', 0]] as const) {
      const again = await routed(registry, `${folder}/${location}`, { executors, ...(location === 'a' ? kept : {}) })
      expect(waysOf(await again.feed([...users(2000), { user: null, value: -1 }]))).toEqual(waysOf(rows))
      await again.query.stop()
    }
  })

  test('keeps the order of rows', async () => {
    const { registry } = await championAndChallenger()
    const session = await openSession()
    const input = new MemorySource(event)
    input.addData(users(500))
    const rows = await session.readBatch(memory(input)).score('m@champion', { registry, output: { version: 'prediction' }, route: { by: 'user', weights: { champion: 1, challenger: 1 } } }).collect()
    expect(rows.map(r => r.user)).toEqual(users(500).map(u => u.user))
    expect(new Set(rows.map(r => r.version))).toEqual(new Set([1, 2]))
  })

  test('moves only the rows between the old cut and the new one, and another salt shuffles them', async () => {
    const { registry, folder } = await championAndChallenger()
    const ways = async (location: string, options: Parameters<typeof routed>[2]) => {
      const { feed, query } = await routed(registry, `${folder}/${location}`, options)
      const rows = waysOf(await feed(users(1000)))
      await query.stop()
      return rows
    }
    const some = await ways('a', { weights: { champion: 0.9, challenger: 0.1 } })
    const more = await ways('b', { weights: { champion: 60, challenger: 40 } })
    const salted = await ways('c', { weights: { champion: 0.9, challenger: 0.1 }, salt: 'another' })
    const challenged = (m: Map<string | null, string>) => new Set([...m].filter(([, way]) => way === 'challenger').map(([user]) => user))
    expect([...challenged(some)].every(user => challenged(more).has(user))).toBe(true)
    expect(challenged(more).size).toBeGreaterThan(challenged(some).size)
    expect(challenged(salted)).not.toEqual(challenged(some))
    expect((await ways('d', { weights: { champion: 0, challenger: 1 } })).get('u1')).toBe('challenger')
  })

  test.each([0, 2])('follows its aliases and the weights of the registry at a batch boundary, each batch by its record, on %i workers', async executors => {
    const { registry, folder } = await championAndChallenger()
    const { query, feed } = await routed(registry, `${folder}/checkpoint`, { executors })
    await feed(users(50))
    expect(query.models.routes()).toEqual([{ name: 'm', weights: { champion: 0.8, challenger: 0.2 }, sinceBatch: 0, refused: null }])
    await registry.setWeights('m', { champion: 0, challenger: 1 })
    await vi.waitFor(async () => expect(new Set((await feed(users(50))).map(r => r.version))).toEqual(new Set([2])), 5000)
    await registry.setAlias('m', 'challenger', 3)
    await vi.waitFor(async () => expect(new Set((await feed(users(50))).map(r => r.version))).toEqual(new Set([3])), 5000)
    await registry.setAlias('m', 'other', 4)
    await registry.setWeights('m', { champion: 0.5, other: 0.5 })
    await vi.waitFor(() => expect(query.models.routes()[0].refused).toContain('"other"'), 5000)
    expect(new Set((await feed(users(50))).map(r => r.version))).toEqual(new Set([3]))
    await registry.setWeights('m', undefined)
    await vi.waitFor(async () => expect(new Set((await feed(users(50))).map(r => r.version))).toEqual(new Set([1, 3])), 5000)
    expect(query.models.routes()).toMatchObject([{ weights: { champion: 0.8, challenger: 0.2 }, refused: null }])
  })

  test('begins with the weights of the registry', async () => {
    const { registry, folder } = await championAndChallenger()
    await registry.setWeights('m', { challenger: 1 })
    const { feed } = await routed(registry, `${folder}/checkpoint`)
    expect(new Set((await feed(users(50))).map(r => r.way))).toEqual(new Set(['challenger']))
  })

  test('says what is wrong with it', async () => {
    const { registry, folder } = await championAndChallenger()
    const session = await openSession()
    const rows = session.readStream(memory(new MemorySource(event)))
    const score = (route: unknown, model = 'm@champion' as const, more: object = { registry }) => problem(() => rows.score(model, { ...more, output: { version: 'prediction' }, route: route as never }))
    expect([
      await score({ by: 'usr', weights: { champion: 1 } }),
      await score({ by: 'user', weights: { challenger: 1 } }),
      await score({ by: 'user', weights: { champion: 1, nobody: 1 } }),
      await score({ by: 'user', weights: { champion: -1 } }),
      await score({ by: 'user', weights: {} }),
      await score({ by: 'user', weights: { champion: 0 } }),
      await score({ by: 'user', weight: { champion: 1 } }),
      await score('user'),
      await problem(async () => rows.score(await registry.load('m@champion'), { output: { version: 'prediction' }, route: { by: 'user', weights: { champion: 1 } } })),
      await problem(() => registry.setWeights('m', { champion: NaN })),
      await problem(() => registry.setWeights('m', { nobody: 1 })),
    ]).toEqual(['PLAN_UNKNOWN_COLUMN', 'PLAN_INVALID_OPTION', 'ML_VERSION_UNKNOWN', 'PLAN_INVALID_OPTION', 'PLAN_INVALID_OPTION', 'PLAN_INVALID_OPTION', 'PLAN_UNKNOWN_OPTION', 'PLAN_INVALID_OPTION', 'PLAN_INVALID_OPTION', 'PLAN_INVALID_OPTION', 'ML_VERSION_UNKNOWN'])
    // The registry's weights are looked at when the query starts.
    await registry.setAlias('m', 'other', 3)
    await registry.setWeights('m', { other: 1 })
    expect(await problem(() => routed(registry, `${folder}/x`))).toBe('PLAN_INVALID_OPTION')
    await writeFile(`${folder}/registry/m/routes.json`, '{"champion":"much"}')
    expect(await problem(() => routed(registry, `${folder}/y`))).toBe('ML_REGISTRY_UNREADABLE')
  })
})

interface Disagreement extends Event {
  version: number
  shadow: string
  shadow_digest: string
  shadow_error: string | null
  shadow_version: number | null
}

async function shadowed(registry: Registry, checkpointLocation: string, { executors = 0, tolerance = 0, shadow = ['m@candidate'] as `${string}@${string}`[] } = {}) {
  const session = await openSession(executors)
  const input = new MemorySource(event)
  const sink = new MemorySink<Event & { version: number }>()
  const differences = new MemorySink<Disagreement>()
  const query: StreamingQuery = await session
    .readStream(memory(input))
    .score('m@champion', { registry, output: { version: 'prediction' }, shadow, shadowTolerance: tolerance })
    .where(({ value }) => value.lt(3))
    .writeStream({ sink: memorySink(sink), disagreements: memorySink(differences), checkpointLocation })
    .start()
  const feed = async (rows: Event[]) => {
    const [out, other] = [sink.rows().length, differences.rows().length]
    input.addData(rows)
    await query.processAllAvailable()
    return { rows: sink.rows().slice(out), differences: differences.rows().slice(other) }
  }
  return { query, feed }
}

describe('a shadow', () => {
  test.each([0, 2])('is compared and never comes out; rows at which it differs go to their sink, on %i workers', async executors => {
    const { registry, folder } = await championAndChallenger()
    await registry.setAlias('m', 'candidate', 1)
    const { query, feed } = await shadowed(registry, `${folder}/checkpoint`, { executors })
    expect(await feed(users(5))).toEqual({ rows: users(3).map(u => ({ ...u, version: 1 })), differences: [] })
    await registry.setAlias('m', 'candidate', 4)
    await vi.waitFor(async () => expect((await feed(users(1))).differences.length).toBe(1), 5000)
    const { rows, differences } = await feed(users(4))
    expect(rows).toEqual(users(3).map(u => ({ ...u, version: 1 })))
    const { digest } = await versionedModel(4)
    expect(differences).toEqual(users(4).map(u => ({ ...u, version: 1, shadow: 'm@candidate', shadow_digest: digest, shadow_error: null, shadow_version: 4 })))
    expect(query.models.status().map(s => [s.reference, s.version])).toEqual([['m@champion', '1'], ['m@candidate', '4']])
  })

  test('agrees within the tolerance, and several are compared one by one', async () => {
    const { registry, folder } = await championAndChallenger()
    await registry.setAlias('m', 'near', 2)
    await registry.setAlias('m', 'far', 4)
    const { feed } = await shadowed(registry, `${folder}/checkpoint`, { tolerance: 1, shadow: ['m@near', 'm@far'] })
    expect((await feed(users(2))).differences.map(d => [d.user, d.shadow, d.shadow_version])).toEqual([['u0', 'm@far', 4], ['u1', 'm@far', 4]])
  })

  test('goes with a route', async () => {
    const { registry, folder } = await championAndChallenger()
    await registry.setAlias('m', 'candidate', 2)
    const session = await openSession()
    const input = new MemorySource(event)
    const sink = new MemorySink<Event & { version: number }>()
    const differences = new MemorySink<Disagreement>()
    const query = await session
      .readStream(memory(input))
      .score('m@champion', { registry, output: { version: 'prediction' }, route: { by: 'user', weights: { champion: 1, challenger: 1 } }, shadow: ['m@candidate'] })
      .writeStream({ sink: memorySink(sink), disagreements: memorySink(differences), checkpointLocation: `${folder}/checkpoint` })
      .start()
    input.addData(users(100))
    await query.processAllAvailable()
    expect(differences.rows().map(d => d.user)).toEqual(sink.rows().filter(r => r.version === 1).map(r => r.user))
    expect(sink.rows().map(r => r.user)).toEqual(users(100).map(u => u.user))
  })

  test('needs a sink, and the sink a shadow', async () => {
    const { registry, folder } = await championAndChallenger()
    const session = await openSession()
    const frame = session.readStream(memory(new MemorySource(event)))
    const options = { registry, output: { version: 'prediction' } } as const
    const start = (scored: DataFrame<never>, disagreements: boolean) => problem(() => scored.writeStream({ sink: memorySink(new MemorySink()), ...(disagreements ? { disagreements: memorySink(new MemorySink()) } : {}), checkpointLocation: `${folder}/checkpoint` }).start())
    expect([
      await start(frame.score('m@champion', { ...options, shadow: ['m@challenger'] }).$assertRow<never>(), false),
      await start(frame.score('m@champion', options).$assertRow<never>(), true),
      await start(frame.score('m@champion', { ...options, shadow: ['m@challenger'] }).score('m@champion', { registry, output: { second: 'prediction' }, shadow: ['m@challenger'] }).$assertRow<never>(), true),
      await problem(() => frame.score('m@champion', { ...options, shadow: [] })),
      await problem(() => frame.score('m@champion', { ...options, shadow: ['m@nobody'] })),
    ]).toEqual(['PLAN_INVALID_OPTION', 'PLAN_INVALID_OPTION', 'PLAN_INVALID_OPTION', 'PLAN_INVALID_OPTION', 'ML_VERSION_UNKNOWN'])
  })

  test('is not asked by a bounded query', async () => {
    const { registry } = await championAndChallenger()
    const session = await openSession()
    const input = new MemorySource(event)
    input.addData(users(2))
    expect((await session.readBatch(memory(input)).score('m@champion', { registry, output: { version: 'prediction' }, shadow: ['m@challenger'] }).collect()).map(r => r.version)).toEqual([1, 1])
  })
})

test('a model that gives another kind of output cannot stand in', async () => {
  const { registry, folder } = await championAndChallenger()
  const document = JSON.parse(Buffer.from((await versionedModel(9)).artefact.files[0].bytes).toString()) as { learner: { objective: object; learner_model_param: { num_class: string }; gradient_booster: { model: { trees: object[]; tree_info: number[]; iteration_indptr: number[]; gbtree_model_param: { num_trees: string } } } } }
  const { model } = document.learner.gradient_booster
  document.learner.objective = { name: 'multi:softprob', softmax_multiclass_param: { num_class: '2' } }
  document.learner.learner_model_param.num_class = '2'
  Object.assign(model, { trees: [model.trees[0], { ...model.trees[0], id: 1 }], tree_info: [0, 1], iteration_indptr: [0, 2] })
  model.gbtree_model_param.num_trees = '2'
  await writeFile(`${folder}/classes.json`, JSON.stringify(document))
  await registry.setAlias('m', 'classes', await registry.register('m', `${folder}/classes.json`))
  const session = await openSession()
  const frame = session.readStream(memory(new MemorySource(event)))
  const thrown = await (async () => frame.score('m@champion', { registry, output: { p: 'margin' }, route: { by: 'user', weights: { champion: 1, classes: 1 } } }))().catch((error: unknown) => error)
  expect(isMillraceError(thrown) ? `${thrown.code}: ${thrown.message}` : thrown).toMatch(/^ML_SCHEMA_MISMATCH: Model "m@5" gives a vector.* and model "m@1" a double/)
})
