import { describe, expect, test } from 'vitest'
import { EventParser } from '../../dashboard/src/api/event-parser.ts'
import { columnsOf, compareBy, valueText } from '../../dashboard/src/live/columns.ts'
import { chartData, firstChoice } from '../../dashboard/src/live/chart-data.ts'
import { LiveRows } from '../../dashboard/src/live/live-rows.ts'
import { durationText } from '../../dashboard/src/format.ts'
import { stacked } from '../../dashboard/src/charts/series.ts'

describe('the rows of a live table', () => {
  test('change as the server’s do: replaced by key at the end, deleted by key, no batch twice', () => {
    const rows = new LiveRows(['id'])
    rows.load({ batchId: 3, watermark: null, rows: [{ id: 1, v: 'a' }, { id: 2, v: 'b' }] })
    const changed = rows.apply({ batchId: 4, watermark: '2024-01-01T00:00:00.000Z', upserts: [{ id: 1, v: 'c' }, { id: 3, v: 'd' }], deletes: [{ id: 2 }] })
    expect([rows.rows(), [...changed], rows.batchId, rows.watermark]).toEqual([[{ id: 1, v: 'c' }, { id: 3, v: 'd' }], ['[1]', '[3]'], 4, '2024-01-01T00:00:00.000Z'])
    expect(rows.apply({ batchId: 4, watermark: null, upserts: [{ id: 9 }], deletes: [] }).size).toBe(0)
    expect(rows.size).toBe(2)
    rows.load({ batchId: 0, watermark: null, rows: [] })
    expect([rows.size, rows.batchId]).toEqual([0, 0])
  })

  test('of a table without a key leave at its beginning', () => {
    const rows = new LiveRows([])
    rows.load({ batchId: 0, watermark: null, rows: [{ v: 1 }, { v: 1 }, { v: 2 }] })
    rows.apply({ batchId: 1, watermark: null, upserts: [{ v: 3 }, { v: 3 }], deletes: [0, 1] })
    expect(rows.rows()).toEqual([{ v: 2 }, { v: 3 }, { v: 3 }])
  })

  test('have keys that are called like parts of the language', () => {
    const rows = new LiveRows(['__proto__', 'constructor'])
    const row = (a: string, b: string): { readonly [name: string]: unknown } => JSON.parse(`{"__proto__":"${a}","constructor":"${b}"}`) as { readonly [name: string]: unknown }
    rows.load({ batchId: 0, watermark: null, rows: [row('a', 'b'), row('a', 'c')] })
    rows.apply({ batchId: 1, watermark: null, upserts: [], deletes: [row('a', 'b')] })
    expect(rows.rows().map(r => JSON.stringify(r))).toEqual(['{"__proto__":"a","constructor":"c"}'])
  })
})

test('events come whole, however the bytes were cut', () => {
  const text = 'event: snapshot\nid: q:1\ndata: {"a":1}\n\n: \n\nevent: batch\nid: q:2\ndata: {"b":"x: y"}\n\n'
  for (const size of [1, 3, 7, 1000]) {
    const parser = new EventParser()
    const events = []
    for (let at = 0; at < text.length; at += size) events.push(...parser.push(text.slice(at, at + size)))
    expect(events).toEqual([{ event: 'snapshot', id: 'q:1', data: '{"a":1}' }, { event: 'batch', id: 'q:2', data: '{"b":"x: y"}' }])
  }
})

describe('columns', () => {
  const rows = [{ hour: '2024-03-01T12:00:00Z', place: 'a', n: 1, x: null }, { hour: '2024-03-01T13:00:00Z', place: 'b', n: 2, x: 1 }, { hour: '2024-03-01T13:00:00Z', place: 'a', n: 3, x: 'mixed' }]
  const columns = columnsOf(rows)

  test('are what their values look like', () => {
    expect(columns).toEqual([{ name: 'hour', kind: 'time' }, { name: 'place', kind: 'text' }, { name: 'n', kind: 'number' }, { name: 'x', kind: 'text' }])
    expect([valueText('2024-03-01T12:00:00Z', 'time'), valueText(null, 'text'), valueText([1, 'a'], 'text'), valueText(12_345.678, 'number')]).toEqual(['2024-03-01 12:00:00', '–', '[1,"a"]', '12345.7'])
  })

  test('order rows by value, what is missing last', () => {
    const by = (name: string, descending: boolean): unknown[] => rows.toSorted(compareBy(name, descending)).map(r => r.n)
    expect([by('n', true), by('place', false), by('x', false)]).toEqual([[3, 2, 1], [1, 3, 2], [2, 3, 1]])
  })

  test('make a chart with a line for each value of a text key', () => {
    const choice = firstChoice(columns, ['hour', 'place'])
    expect(choice).toEqual({ x: 'hour', y: 'n', by: 'place' })
    const data = chartData(rows, columns, { x: 'hour', y: 'n', by: 'place' })
    expect([data.xs, data.series.map(s => [s.label, s.values]), data.left]).toEqual([[1_709_294_400, 1_709_298_000], [['a', [1, 3]], ['b', [null, 2]]], 0])
    const many = Array.from({ length: 12 }, (_, i) => ({ hour: '2024-03-01T12:00:00Z', place: `p${i}`, n: i }))
    expect(chartData(many, columns, { x: 'hour', y: 'n', by: 'place' }).left).toBe(4)
    expect(firstChoice([{ name: 'a', kind: 'text' }], [])).toBeNull()
  })
})

test('layers stand on those before them', () => {
  expect(stacked([[1, null, 2], [3, 4, null], [null, 1, 1]])).toEqual([[1, null, 2], [4, 4, 2], [4, 5, 3]])
})

test('lengths of time in the units of people', () => {
  expect([0, 3.4, 35, 999, 1200, 89_000, 95_000, 3_600_000, 6_000_000, 86_400_000 * 3, 86_400_000 * 365 * 13].map(durationText)).toEqual(['0 ms', '3.4 ms', '35 ms', '999 ms', '1.2 s', '89 s', '2 min', '60 min', '1 h 40 min', '3 days', '13 years'])
})
