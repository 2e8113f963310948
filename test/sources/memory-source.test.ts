import { describe, expect, test } from 'vitest'
import { batchOfRows } from '../../src/columnar/batch-builder.ts'
import { makeSchema } from '../../src/columnar/schema.ts'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import { batchToData } from '../../src/columnar/transfer.ts'
import { MemorySource } from '../../src/sources/memory/memory-source.ts'
import { loadSource } from '../../src/sources/registry.ts'
import { drain, openSource } from './support.ts'

const row = schema({ v: t.int32(), name: t.nullable(t.string()) })

describe('memory source', () => {
  test('gives each addData() call as one partition, all of them in one batch', async () => {
    const input = new MemorySource(row)
    const opened = await openSource('memory', { id: 'm' }, row, { live: new Map([['m', input]]) })
    expect(await opened.batch(null)).toBeUndefined()
    expect(input.addData([{ v: 1, name: 'a' }, { v: 2, name: null }])).toBe(1)
    expect(input.addData(batchOfRows(row, [{ v: 3, name: 'c' }]))).toBe(2)
    const batch = await opened.batch(null)
    expect(batch).toEqual({
      end: 2, rows: [{ v: 1, name: 'a' }, { v: 2, name: null }, { v: 3, name: 'c' }],
      partitions: [{ spec: { entry: 0 }, label: 'memory[0]' }, { spec: { entry: 1 }, label: 'memory[1]' }],
    })
    expect(await opened.read(batch?.partitions ?? [], makeSchema([row.fields[1]]))).toEqual([{ name: 'a' }, { name: null }, { name: 'c' }])
  })

  test('keeps its rows through a restart of the query and after their memory was sent away', async () => {
    const input = new MemorySource(row)
    input.addData([{ v: 1, name: 'a' }])
    const live = new Map([['m', input]])
    const first = await openSource('memory', { id: 'm' }, row, { live })
    const batch = await first.batch(null)
    const moved = new Set<ArrayBuffer>()
    const data = (await first.source.data?.(batch?.partitions[0] as never)) ?? []
    structuredClone(batchToData(data[0], moved), { transfer: [...moved] })
    const second = await openSource('memory', { id: 'm' }, row, { live })
    expect(await second.read(batch?.partitions ?? [])).toEqual([{ v: 1, name: 'a' }])
    expect(await second.batch(1)).toBeUndefined()
  })

  test('wakes a waiting query at once', async () => {
    const input = new MemorySource(row)
    const { source } = await openSource('memory', { id: 'm' }, row, { live: new Map([['m', input]]) })
    const woken = source.changed(new AbortController().signal)
    input.addData([])
    await woken
    await source.latestOffset(1, 'limited')
    const stop = new AbortController()
    const waiting = source.changed(stop.signal)
    stop.abort()
    await waiting
  })

  test('cuts batches by bytes and stops at what was there when it was pinned', async () => {
    const input = new MemorySource(row)
    for (const v of [1, 2, 3]) input.addData([{ v, name: 'x' }])
    const opened = await openSource('memory', { id: 'm', maxBytesPerTrigger: 1 }, row, { live: new Map([['m', input]]) })
    expect(await opened.source.latestOffset(null, 'limited')).toBe(1)
    await opened.source.changed(new AbortController().signal)
    await opened.source.pinAvailable()
    input.addData([{ v: 4, name: null }])
    expect((await drain(opened, null)).batches.map(b => b.map(r => r['v']))).toEqual([[1], [2], [3]])
    expect(opened.source.newest?.()).toBe(4)
  })

  test('refuses rows that are not of the schema, and adds none of them', () => {
    const input = new MemorySource(row)
    const bad = (v: unknown, name: unknown): unknown => [{ v: 1, name: null }, { v, name }]
    for (const [v, name, column] of [[1.5, null, 'v'], [2 ** 31, null, 'v'], ['1', null, 'v'], [null, null, 'v'], [undefined, null, 'v'], [1, 7, 'name']]) {
      expect(() => input.addData(bad(v, name) as never)).toThrow(expect.objectContaining({ code: 'SOURCE_ROW_INVALID', context: expect.objectContaining({ row: 1, column }) }))
    }
    expect(() => input.addData([7] as never)).toThrow(expect.objectContaining({ code: 'SOURCE_ROW_INVALID' }))
    expect(input.offset).toBe(0)
  })

  test('checks values of every type', () => {
    const all = schema({
      boolean: t.boolean(), int64: t.int64(), integer: t.integer(), float64: t.float64(), binary: t.binary(), timestamp: t.timestamp(), date: t.date(),
      list: t.array(t.nullable(t.int32())), point: t.struct({ x: t.float64() }), features: t.vector(2),
    })
    const good = {
      boolean: true, int64: 2n ** 63n - 1n, integer: 2 ** 53 - 1, float64: Number.NaN, binary: Uint8Array.of(1), timestamp: new Date(5), date: '2024-02-29' as const,
      list: [1, null], point: { x: 1 }, features: Float64Array.of(1, 2),
    }
    const input = new MemorySource(all)
    expect(input.addData([good])).toBe(1)
    const bad = { boolean: 1, int64: 2n ** 63n, integer: 2 ** 53, float64: '1', binary: [1], timestamp: new Date(Number.NaN), date: '2023-02-29', list: ['a'], point: { y: 1 }, features: [1] }
    for (const [column, value] of Object.entries(bad)) {
      expect(() => input.addData([{ ...good, [column]: value }] as never), column).toThrow(expect.objectContaining({ context: expect.objectContaining({ column }) }))
    }
  })

  test('says that rows are gone when they were released or never added in this process', async () => {
    const input = new MemorySource(row)
    for (const v of [1, 2]) input.addData([{ v, name: null }])
    const live = new Map([['m', input]])
    const { source } = await openSource('memory', { id: 'm' }, row, { live })
    await expect(source.latestOffset(5, 'limited')).rejects.toMatchObject({ code: 'SOURCE_DATA_LOST', context: { needed: 5, offset: 2 } })
    input.release(1)
    await expect(source.latestOffset(null, 'limited')).rejects.toMatchObject({ code: 'SOURCE_DATA_LOST', context: { entry: 0, released: 1 } })
    expect(await source.latestOffset(1, 'limited')).toBe(2)
    await expect(openSource('memory', { id: 'other' }, row, { live })).rejects.toMatchObject({ code: 'PLAN_INVALID_OPTION' })
  })
})

test('an unknown source is answered with the ones there are', async () => {
  await expect(loadSource('flies')).rejects.toMatchObject({ code: 'SOURCE_UNKNOWN', message: expect.stringContaining('Did you mean "files"?') })
})

test('what is no list of rows is refused, and nothing is added', () => {
  const source = new MemorySource(schema({ v: t.int32() }))
  expect(() => source.addData({ v: 1 } as never)).toThrow(new TypeError('addData() takes an array of rows, such as [{ … }], or a RecordBatch, but got object.'))
  expect(() => source.addData(null as never)).toThrow(/but got null/)
  expect(source.offset).toBe(0)
})

test('a property that is no column is refused with the one that was probably meant, and nothing is added', () => {
  const source = new MemorySource(schema({ user: t.string(), amount: t.nullable(t.int32()) }))
  expect(() => source.addData([{ user: 'ann', amount: 1 }, { user: 'bob', amuont: 2 } as never])).toThrow(
    expect.objectContaining({
      code: 'SOURCE_ROW_INVALID',
      message: 'Row 1 of a memory source has "amuont", but the columns are "user", "amount". Did you mean "amount"? Correct the name, or leave it out.',
      context: { origin: 'a memory source', row: 1, column: 'amuont', columns: ['user', 'amount'] },
    }),
  )
  expect(source.offset).toBe(0)
  // Absent is null; what the row inherits is not its own.
  expect(source.addData([{ user: 'ann' } as never, Object.assign(Object.create({ more: 1 }), { user: 'bob', amount: 2 })])).toBe(1)
})
