import { join } from 'node:path'
import { count, memory, MemorySource, noop, rateMicroBatch, schema, Session, type StreamingQuery, t } from 'millrace'
import { describe, expect, test } from 'vitest'
import { batchOfRows } from '../../src/columnar/batch-builder.ts'
import { field, int32Type, integerType } from '../../src/columnar/data-type.ts'
import { makeSchema } from '../../src/columnar/schema.ts'
import { nodePorts } from '../../src/common/node/node-ports.ts'
import { Exchange } from '../../src/exec/exchange/exchange.ts'
import { attemptTag } from '../../src/exec/exchange/outbox.ts'
import { MemoryBudget, MemoryLease } from '../../src/exec/memory-lease.ts'
import { compileAggregation } from '../../src/exec/operators/aggregation.ts'
import { MergeAggregation } from '../../src/exec/operators/merge-aggregation.ts'
import { PartialAggregation } from '../../src/exec/operators/partial-aggregation.ts'
import type { PhysicalPlan } from '../../src/exec/physical-plan.ts'
import { RuntimeHost } from '../../src/exec/runtime-host.ts'
import type { AggregateTask, ScanTask } from '../../src/exec/tasks.ts'
import type { AggregateExpr } from '../../src/expr/expr.ts'
import { resolveAggregate } from '../../src/expr/resolve-aggregate.ts'
import { createState } from '../../src/state/tables.ts'
import { temporaryFolder } from '../streaming/support.ts'

describe('a lease', () => {
  test('counts what all executors hold together, and refuses what is too much', () => {
    const data = new MemoryBudget(1000).lease()
    const [one, two] = [new MemoryLease(data), new MemoryLease(data)]
    one.hold('state', 600)
    two.hold('state', 400)
    one.hold('state', 500)
    two.change(100)
    expect([one.usedBytes, two.usedBytes]).toEqual([1000, 1000])
    expect(() => two.hold('partial', 1)).toThrow(
      expect.objectContaining({ code: 'STATE_BUDGET_EXCEEDED', message: expect.stringMatching(/needs 1001 bytes, more than the 1000 bytes that the session may use/) as string, context: { used: 1001, session: 1001, budget: 1000 } }),
    )
    two.release('partial')
    two.release('state')
    two.note('state', 0)
    expect(one.usedBytes).toBe(600)
  })

  test('is one of the session: all queries together may hold the budget, and what one has held is free when it has ended', () => {
    const budget = new MemoryBudget(1000)
    const [first, second] = [budget.lease(), budget.lease()]
    new MemoryLease(first).hold('state', 700)
    const other = new MemoryLease(second)
    other.hold('state', 300)
    expect(() => other.hold('state', 400)).toThrow(
      expect.objectContaining({ code: 'STATE_BUDGET_EXCEEDED', message: expect.stringMatching(/needs 400 bytes, and the other queries of the session 700 bytes: together more than the 1000 bytes/) as string }),
    )
    budget.giveBack(first)
    other.hold('state', 1000)
    expect([other.usedBytes, other.sessionBytes]).toEqual([1000, 1000])
  })
})

const rows = makeSchema([field('v', int32Type)])
const provider = { provider: 'memory', options: { id: 'rows' } }
const counted: AggregateExpr = { kind: 'aggregate', name: 'count', args: [], filter: null, distinct: false, ignoreNulls: false }
const plan: PhysicalPlan = {
  scans: [{ source: 'rows', provider, declared: rows, schema: rows, onBadRecord: 'fail', operators: [] }],
  aggregations: [{
    name: 'counts', input: rows, keys: [{ name: 'v', expr: { kind: 'column', name: 'v' } }], aggregates: [{ name: 'n', expr: counted }], time: { kind: 'none' }, paneMicros: null,
    table: { keys: [{ name: 'v', type: int32Type }], values: [{ name: 'count', column: 'n', buffers: resolveAggregate(counted, rows, 'agg()').signature.buffers }] },
    output: makeSchema([field('v', int32Type), field('n', integerType)]), operators: [],
  }],
  sinks: [], partitions: 1, outputMode: 'update', timeZone: 'UTC',
}
const batch = { batchId: 0, attempt: { epoch: 1, random: 'a' }, nowMicros: 0, timeZone: 'UTC', seed: 0, models: [], lateMicros: null, evictMicros: null }
const slices = 10
const perSlice = 20_000

/** A host with the query open, and its first stage run: a frame per slice waits, no key in two of them. */
async function afterStageOne(limitBytes: number): Promise<{ readonly host: RuntimeHost; readonly exchange: Exchange; readonly lease: MemoryLease; readonly merging: AggregateTask }> {
  const exchange = new Exchange('inline')
  const host = new RuntimeHost('inline', nodePorts, { taskTimeoutMs: null, exchange })
  const lease = new MemoryBudget(limitBytes).lease()
  await host.open('run', { plan, queryId: 'query', lease, tables: [], models: [] })
  const scans = Array.from({ length: slices }, (_, position): ScanTask => {
    const data = [batchOfRows(rows, Array.from({ length: perSlice }, (__, i) => ({ v: position * perSlice + i })))]
    return { kind: 'scan', batch, scan: 0, position, partition: { spec: {}, label: 'rows' }, data }
  })
  const results = await host.run('run', scans, new AbortController().signal)
  const frames = results.map((r, position) => ({ executor: 'inline', position, bytes: r.frames[0] ?? 0 }))
  return { host, exchange, lease: new MemoryLease(lease), merging: { kind: 'aggregate', batch, aggregation: 0, partition: 0, frames } }
}

test('what a query holds is counted while it holds it: frames until they are merged, then the state', async () => {
  const { host, lease, merging } = await afterStageOne(2 ** 40)
  expect(lease.usedBytes).toBe(merging.frames.reduce((n, f) => n + f.bytes, 0))
  const [{ state }] = await host.run('run', [merging], new AbortController().signal)
  expect(lease.usedBytes).toBe(state?.memoryBytes)
  await host.stop()
})

test('a merge that outgrows the budget ends at the frame that does, not after all of them', async () => {
  const free = await afterStageOne(2 ** 40)
  const framesBytes = free.lease.usedBytes
  await free.host.run('run', [free.merging], new AbortController().signal)
  const stateBytes = free.lease.usedBytes
  await free.host.stop()
  // The state must outgrow what stage one held, for the end to come in stage two.
  const budget = Math.floor((framesBytes + stateBytes) / 2)
  expect(stateBytes).toBeGreaterThan(framesBytes * 1.3)

  const { host, exchange, merging } = await afterStageOne(budget)
  await expect(host.run('run', [merging], new AbortController().signal)).rejects.toMatchObject({ code: 'STATE_BUDGET_EXCEEDED', context: { budget } })
  const last = { ...merging, frames: merging.frames.slice(-1) }
  const left = await exchange.frames(attemptTag('run', batch), [last]).next(new AbortController().signal)
  expect(left.numRows).toBe(perSlice)
  await host.stop()
})

test('a frame of any number of rows is merged in pieces of at most a record batch', () => {
  const aggregation = compileAggregation(plan.aggregations[0])
  const partial = new PartialAggregation(aggregation, null)
  for (let at = 0; at < 180_000; at += 60_000) partial.add(batchOfRows(rows, Array.from({ length: 60_000 }, (_, i) => ({ v: at + i }))), { nowMicros: 0, timeZone: 'UTC', seed: 0, firstRow: 0 })
  const [frame] = partial.finish(1)
  const state = createState({ queryId: 'query', operator: 'counts', partition: 0 }, aggregation.stage.table, aggregation.inits)
  const pieces = frame === null ? [] : [...new MergeAggregation(aggregation, state).merge(frame)]
  expect([pieces, state.numRows]).toEqual([[65_536, 65_536, 180_000 - 2 * 65_536], 180_000])
})

test.each([0, 2])('a first stage that would fill the heap ends with the same error while it runs, on %i workers', async executors => {
  const folder = await temporaryFolder()
  const memoryBudgetBytes = 32 * 1024 * 1024
  await using session = await Session.start({ executors, memoryBudgetBytes })
  // As many groups as rows: many gigabytes.
  const query = await session
    .readStream(rateMicroBatch({ rowsPerBatch: 400_000_000, numPartitions: 2 }))
    .groupBy('value')
    .agg(() => ({ n: count() }))
    .writeStream({ sink: noop(), outputMode: 'update', checkpointLocation: join(folder, 'checkpoint') })
    .start()
  const error = await query.awaitTermination().catch((e: unknown) => e)
  expect(error).toMatchObject({ code: 'EXEC_FAILED', cause: { code: 'STATE_BUDGET_EXCEEDED', context: { budget: memoryBudgetBytes } } })
  const { used } = (error as { cause: { context: { used: number } } }).cause.context
  // Noticed soon: a table doubles at most between two record batches, and there are two of them.
  expect(used).toBeLessThan(memoryBudgetBytes * 5)
})

test('a restored state that is too large for the budget is refused before any batch runs', async () => {
  const folder = await temporaryFolder()
  const input = new MemorySource(schema({ v: t.int32() }))
  input.addData(Array.from({ length: 20_000 }, (_, v) => ({ v })))
  const start = (session: Session): Promise<StreamingQuery> =>
    session.readStream(memory(input)).groupBy('v').agg(() => ({ n: count() })).writeStream({ sink: noop(), outputMode: 'update', checkpointLocation: join(folder, 'checkpoint') }).start()
  {
    await using session = await Session.start({ memoryBudgetBytes: 2 ** 30 })
    await (await start(session)).processAllAvailable()
  }
  await using session = await Session.start({ memoryBudgetBytes: 100_000 })
  const query = await start(session)
  await expect(query.awaitTermination()).rejects.toMatchObject({ cause: { code: 'STATE_BUDGET_EXCEEDED', context: { budget: 100_000 } } })
  expect(query.recentProgress).toEqual([])
})
