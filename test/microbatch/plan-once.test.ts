import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { count, explode, lit, sum } from '../../src/expr/api/index.ts'
import { window } from '../../src/expr/window.ts'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import { Trigger } from '../../src/microbatch/trigger.ts'
import { files } from '../../src/session/connectors/files.ts'
import { Session } from '../../src/session/session.ts'
import { temporaryFolder } from '../streaming/support.ts'

const calls = vi.hoisted(() => new Map<string, number>())

/** A module whose functions count their calls. */
const counted = vi.hoisted(() => (module: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(module).map(([name, value]) => {
    if (typeof value !== 'function' || /^[A-Z]/.test(name)) return [name, value]
    const work = value as (...args: unknown[]) => unknown
    return [name, (...args: unknown[]) => {
      calls.set(name, (calls.get(name) ?? 0) + 1)
      return work(...args)
    }]
  })))

vi.mock('../../src/expr/resolve.ts', async original => counted(await original()))
vi.mock('../../src/expr/resolve-aggregate.ts', async original => counted(await original()))
vi.mock('../../src/expr/resolve-generator.ts', async original => counted(await original()))
vi.mock('../../src/plan/output-schema.ts', async original => counted(await original()))
vi.mock('../../src/plan/prune-columns.ts', async original => counted(await original()))
vi.mock('../../src/plan/name-plan.ts', async original => counted(await original()))
vi.mock('../../src/microbatch/incremental-planner.ts', async original => counted(await original()))
vi.mock('../../src/exec/operators/aggregation.ts', async original => {
  const module = await original<Record<string, unknown>>()
  const { compileAggregation } = counted({ compileAggregation: module['compileAggregation'] })
  return { ...module, compileAggregation }
})
vi.mock('../../src/expr/evaluate.ts', async original => {
  const module = await original<Record<string, unknown>>()
  // Only what makes an evaluator; the others are what a batch calls.
  const { compile } = counted({ compile: module['compile'] })
  return { ...module, compile }
})

test('names, types and kernels are found when the query starts, and never again for a batch', async () => {
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'in'))
  const event = schema({ at: t.timestamp(), user: t.string(), tags: t.array(t.string()), amount: t.float64() })
  const session = await Session.start()
  try {
    const static1 = join(folder, 'users.jsonl')
    await writeFile(static1, '{"user":"ann","home":"here"}\n')
    const query = await session
      .readStream(files({ path: join(folder, 'in'), format: 'jsonl', schema: event }))
      .where(({ amount }) => amount.gt(0))
      .join(session.readBatch(files({ path: static1, format: 'jsonl', schema: schema({ user: t.string(), home: t.string() }) })), { on: ['user'] })
      .select('at', 'user', ({ tags, amount }) => ({ tag: explode(tags), twice: amount.times(lit(2)) }))
      .withWatermark('at', '0 seconds')
      .groupBy(window('at', '1 minute'), 'user', 'tag')
      .agg(({ twice }) => ({ n: count(), total: sum(twice) }))
      .writeStream({ sink: files({ path: join(folder, 'out'), format: 'jsonl' }), checkpointLocation: join(folder, 'checkpoint'), trigger: Trigger.default() })
      .start()
    await query.processAllAvailable()
    expect(calls.get('compile')).toBeGreaterThan(4)
    expect(calls.get('planIncrementally')).toBeGreaterThan(0)
    calls.clear()
    for (let batch = 0; batch < 3; batch++) {
      await writeFile(join(folder, 'in', `${batch}.jsonl`), `{"at":"2024-01-01T00:0${batch}:00Z","user":"ann","tags":["x","y"],"amount":1}\n`)
      await query.processAllAvailable()
    }
    expect(query.recentProgress.filter(p => p.numInputRows > 0)).toHaveLength(3)
    expect([...calls]).toEqual([])
    await query.stop()
  } finally {
    await session.stop()
  }
})
