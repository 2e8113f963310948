import { describe, expect, test } from 'vitest'
import { field, int64Type, timestampType } from '../../src/columnar/data-type.ts'
import { makeSchema } from '../../src/columnar/schema.ts'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import { nodePorts } from '../../src/common/node/node-ports.ts'
import { rateSchema } from '../../src/sources/rate/generated-rows.ts'
import { rowsAfter, secondOfRow } from '../../src/sources/rate/ramp.ts'
import { drain, openSource } from './support.ts'

function clockAt(start: number) {
  const state = { now: start, slept: [] as number[] }
  return { state, ports: { ...nodePorts, clock: { ...nodePorts.clock, now: () => state.now, async sleep(ms: number) { state.slept.push(ms) } } } }
}

describe('rate source', () => {
  test('gives rows as seconds pass, each the same whatever range it is in', async () => {
    const { state, ports } = clockAt(100_000)
    const opened = await openSource('rate', { rowsPerSecond: 2 }, rateSchema, { ports })
    expect(await opened.batch(null)).toBeUndefined()
    state.now += 2500
    const expected = [0, 1, 2, 3].map(i => ({ timestamp: new Date(100_000 + i * 500), value: i }))
    expect(await opened.batch(null)).toMatchObject({ end: 2, rows: expected })
    state.now += 600
    expect((await opened.batch(2))?.rows).toEqual([{ timestamp: new Date(102_000), value: 4 }, { timestamp: new Date(102_500), value: 5 }])
    expect((await opened.batch(1))?.rows).toHaveLength(4)
  })

  test('keeps its start through a restart, and cuts a long absence into batches', async () => {
    const { state, ports } = clockAt(0)
    const first = await openSource('rate', { rowsPerSecond: 10 }, rateSchema, { ports })
    state.now = 1000
    await first.batch(null)
    expect([...first.remembered]).toEqual([['start', 0]])
    state.now = 7000
    const second = await openSource('rate', { rowsPerSecond: 10, maxBytesPerTrigger: 330 }, rateSchema, { ports, remembered: first.remembered })
    const { end, batches } = await drain(second, 1)
    expect(end).toBe(7)
    expect(batches.map(b => b.map(r => r['value']))).toEqual([[10, 30], [30, 50], [50, 70]].map(([a, b]) => Array.from({ length: b - a }, (_, i) => a + i)))
  })

  test('grows to its rate as Spark does', () => {
    const ramp = { rowsPerSecond: 1000, rampUpSeconds: 4 }
    expect([0, 1, 2, 3, 4, 5, 6].map(s => rowsAfter(ramp, s))).toEqual([0, 200, 600, 1200, 2000, 3000, 4000])
    for (let row = 0; row < 4000; row++) {
      const second = secondOfRow(ramp, row)
      expect(rowsAfter(ramp, second) <= row && row < rowsAfter(ramp, second + 1)).toBe(true)
    }
  })

  test('has as many rows with partitions as without, in order', async () => {
    const { state, ports } = clockAt(0)
    const opened = await openSource('rate', { rowsPerSecond: 7, numPartitions: 3, rampUpTime: '2 seconds' }, makeSchema([field('value', int64Type, false), field('timestamp', timestampType)]), { ports })
    state.now = 4000
    const batch = await opened.batch(null)
    expect(batch?.partitions.map(p => p.spec)).toEqual([{ from: 0, to: 6, startMs: 0 }, { from: 6, to: 13, startMs: 0 }, { from: 13, to: 20, startMs: 0 }])
    expect(batch?.rows.map(r => r['value'])).toEqual(Array.from({ length: 20 }, (_, i) => BigInt(i)))
    const times = batch?.rows.map(r => Number(r['timestamp'])) ?? []
    expect([...times].sort((a, b) => a - b)).toEqual(times)
  })

  test('sleeps until the next second is due', async () => {
    const { state, ports } = clockAt(0)
    const { source } = await openSource('rate', {}, rateSchema, { ports })
    state.now = 1250
    await source.latestOffset(null, 'limited')
    await source.changed(new AbortController().signal)
    expect(state.slept).toEqual([750])
  })

  test('refuses other columns', async () => {
    await expect(openSource('rate', {}, schema({ v: t.int32() }))).rejects.toMatchObject({ code: 'PLAN_INVALID_OPTION' })
    await expect(openSource('rate', { rowsPerSecond: 0 }, rateSchema)).rejects.toMatchObject({ code: 'PLAN_INVALID_OPTION' })
  })
})

describe('rate-micro-batch source', () => {
  test('gives the same number of rows in every batch, a fixed time apart', async () => {
    const opened = await openSource('rate-micro-batch', { rowsPerBatch: 3, startTimestamp: 5000, advanceMillisPerBatch: 700, numPartitions: 2 }, rateSchema)
    const rows = (ms: number, first: number) => [0, 1, 2].map(i => ({ timestamp: new Date(ms), value: first + i }))
    expect(await opened.batch(null)).toMatchObject({ end: { offset: 3, timestamp: 5700 }, rows: rows(5000, 0) })
    expect(await opened.batch({ offset: 3, timestamp: 5700 })).toMatchObject({ end: { offset: 6, timestamp: 6400 }, rows: rows(5700, 3) })
  })

  test('gives one batch with availableNow', async () => {
    const opened = await openSource('rate-micro-batch', { rowsPerBatch: 2 }, rateSchema)
    await opened.source.pinAvailable()
    expect((await drain(opened, null)).batches).toHaveLength(1)
  })
})
