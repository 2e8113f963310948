import * as arrow from 'apache-arrow'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { batchOfRows } from '../../src/columnar/batch-builder.ts'
import type { DataType } from '../../src/columnar/data-type.ts'
import { type ColumnType, schema, t } from '../../src/columnar/schema-builder.ts'
import { arrowFormat } from '../../src/formats/arrow/arrow-format.ts'
import { importVector } from '../../src/formats/arrow/import-vector.ts'
import { RecordBatch } from '../../src/columnar/record-batch.ts'
import { makeSchema } from '../../src/columnar/schema.ts'
import { anyBatches } from './arbitrary-batches.ts'
import { decode, decodeStream, encode, infer, values } from './support.ts'

const { nullable } = t
const day = (n: number): Date => new Date(n * 86_400_000)
const item = (type: arrow.DataType): arrow.Field => new arrow.Field('item', type, true)
const u8 = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes)

/** What the library's own builders make, and what we should read. */
const cases: readonly (readonly [string, arrow.DataType, readonly unknown[], ColumnType<unknown>, readonly unknown[]])[] = [
  ['Bool', new arrow.Bool(), [true, null, false], t.boolean(), [true, null, false]],
  ['Int8', new arrow.Int8(), [-128, null, 127], t.int32(), [-128, null, 127]],
  ['Int16', new arrow.Int16(), [-32768, null, 5], t.int32(), [-32768, null, 5]],
  ['Int32', new arrow.Int32(), [-(2 ** 31), null, 5], t.int32(), [-(2 ** 31), null, 5]],
  ['Int64', new arrow.Int64(), [-(2n ** 63n), null, 2n ** 53n + 1n], t.int64(), [-(2n ** 63n), null, 2n ** 53n + 1n]],
  ['Int64 as integer', new arrow.Int64(), [-(2n ** 53n) + 1n, null, 5n], t.integer(), [-(2 ** 53) + 1, null, 5]],
  ['Int32 as float64', new arrow.Int32(), [-5, null], t.float64(), [-5, null]],
  ['Uint8', new arrow.Uint8(), [255, null], t.int32(), [255, null]],
  ['Uint16', new arrow.Uint16(), [65535, null], t.int32(), [65535, null]],
  ['Uint32', new arrow.Uint32(), [4294967295, null], t.int64(), [4294967295n, null]],
  ['Uint64', new arrow.Uint64(), [2n ** 63n - 1n, null], t.int64(), [2n ** 63n - 1n, null]],
  ['Float16', new arrow.Float16(), [0.5, null, -2, Infinity], t.float64(), [0.5, null, -2, Infinity]],
  ['Float32', new arrow.Float32(), [0.25, null, NaN], t.float64(), [0.25, null, NaN]],
  ['Float64', new arrow.Float64(), [0.1, null, -0], t.float64(), [0.1, null, -0]],
  ['Utf8', new arrow.Utf8(), ['a', null, '', 'äö𝒳'], t.string(), ['a', null, '', 'äö𝒳']],
  ['LargeUtf8', new arrow.LargeUtf8(), ['a', null, 'b'], t.string(), ['a', null, 'b']],
  ['Utf8View', new arrow.Utf8View(), ['short', null, 'longer than twelve bytes', ''], t.string(), ['short', null, 'longer than twelve bytes', '']],
  ['Binary', new arrow.Binary(), [u8(1, 255), null, u8()], t.binary(), ['01ff', null, '']],
  ['LargeBinary', new arrow.LargeBinary(), [u8(1, 255), null], t.binary(), ['01ff', null]],
  ['FixedSizeBinary', new arrow.FixedSizeBinary(2), [u8(1, 255), null, u8(3, 4)], t.binary(), ['01ff', null, '0304']],
  ['Utf8 as binary', new arrow.Utf8(), ['ä', null], t.binary(), ['c3a4', null]],
  ['DateDay', new arrow.DateDay(), [day(-1), null, day(20_000)], t.date(), ['1969-12-31', null, '2024-10-04']],
  ['DateMillisecond', new arrow.DateMillisecond(), [day(-1), null, day(20_000)], t.date(), ['1969-12-31', null, '2024-10-04']],
  ['Timestamp s', new arrow.TimestampSecond('UTC'), [-5000, null, 7000], t.timestamp(), [-5e6, null, 7e6]],
  ['Timestamp ms', new arrow.TimestampMillisecond(), [-5, null, 7], t.timestamp(), [-5000, null, 7000]],
  ['Timestamp us', new arrow.TimestampMicrosecond('Europe/Vienna'), [-5, null, 7], t.timestamp(), [-5000, null, 7000]],
  ['Timestamp ns', new arrow.TimestampNanosecond(), [-5, null, 7], t.timestamp(), [-5000, null, 7000]],
  ['Null', new arrow.Null(), [null, null], t.int32(), [null, null]],
  ['List', new arrow.List(item(new arrow.Int32())), [[1, null], null, []], t.array(nullable(t.int32())), [[1, null], null, []]],
  ['LargeList', new arrow.LargeList(item(new arrow.Utf8())), [['a', null], null, []], t.array(nullable(t.string())), [['a', null], null, []]],
  ['FixedSizeList', new arrow.FixedSizeList(2, item(new arrow.Float64())), [[1, 2], null], t.vector(2), [[1, 2], null]],
  ['FixedSizeList of Float32', new arrow.FixedSizeList(2, item(new arrow.Float32())), [[1, 2], null], t.vector(2), [[1, 2], null]],
  ['FixedSizeList as array', new arrow.FixedSizeList(2, item(new arrow.Float64())), [[1, 2], [3, 4]], t.array(t.float64()), [[1, 2], [3, 4]]],
  ['FixedSizeList of ints', new arrow.FixedSizeList(2, item(new arrow.Int32())), [[1, 2], null], t.array(nullable(t.int32())), [[1, 2], null]],
  ['List as vector', new arrow.List(item(new arrow.Float64())), [[1, 2], null], t.vector(2), [[1, 2], null]],
  ['Struct', new arrow.Struct([new arrow.Field('a', new arrow.Int32(), true), new arrow.Field('b', new arrow.Utf8(), true)]), [{ a: 1, b: null }, null, { a: null, b: 'x' }],
    t.struct({ a: nullable(t.int32()), b: nullable(t.string()) }), [{ a: 1, b: null }, null, { a: null, b: 'x' }]],
  ['List of Struct', new arrow.List(item(new arrow.Struct([new arrow.Field('a', new arrow.Int64(), true)]))), [[{ a: 1n }, null], null],
    t.array(nullable(t.struct({ a: nullable(t.int64()) }))), [[{ a: 1n }, null], null]],
  ['Dictionary, Int8 codes', new arrow.Dictionary(new arrow.Utf8(), new arrow.Int8()), ['x', null, 'y', 'x'], t.string(), ['x', null, 'y', 'x']],
  ['Dictionary, Uint16 codes', new arrow.Dictionary(new arrow.Utf8(), new arrow.Uint16()), ['x', null, 'y', 'x'], t.string(), ['x', null, 'y', 'x']],
  ['Dictionary of Int64', new arrow.Dictionary(new arrow.Int64(), new arrow.Int32()), [7n, null, 2n ** 60n, 7n], t.int64(), [7n, null, 2n ** 60n, 7n]],
  ['Dictionary as binary', new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32()), ['x', null], t.binary(), ['78', null]],
]

describe.each(['file', 'stream'] as const)('%s written by apache-arrow is read equal', layout => {
  test.each(cases)('%s', async (_, type, given, column, expected) => {
    const table = new arrow.Table({ before: arrow.vectorFromArray(given.map((_v, i) => i), new arrow.Int32()), v: arrow.vectorFromArray(given, type) })
    const bytes = arrow.tableToIPC(table, layout)
    const wanted = schema({ v: nullable(column) })
    expect(values(await decode(arrowFormat, wanted, bytes))).toEqual(expected.map(v => [v]))
    if (layout === 'stream') expect(values(decodeStream(arrowFormat, wanted, bytes, 17))).toEqual(expected.map(v => [v]))
  })

  test.each(cases)('%s, sliced at every offset', async (_, type, given, column, expected) => {
    const vector = arrow.vectorFromArray(given, type)
    for (let start = 0; start < given.length; start++) {
      const slice = vector.slice(start)
      const read = importVector(slice.data[0], { file: 'slice', column: 'v' })
      const s = makeSchema([{ name: 'v', type: read.type, nullable: true }])
      const written = encode(arrowFormat, s, [new RecordBatch(s, read.length, [read])], { layout })
      expect(values(await decode(arrowFormat, schema({ v: nullable(column) }), written))).toEqual(expected.slice(start).map(v => [v]))
    }
  })

  test('many batches with growing dictionaries', async () => {
    const type = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32(), 1)
    const vectors = [['a', 'b', null], ['c', 'a', 'd']].map(v => arrow.vectorFromArray(v, type))
    const words = vectors[0].concat(vectors[1])
    const bytes = layout === 'stream' ? arrow.tableToIPC(new arrow.Table({ v: words }), layout) : arrow.tableToIPC(new arrow.Table({ v: vectors[0] }), layout)
    const expected = (layout === 'stream' ? ['a', 'b', null, 'c', 'a', 'd'] : ['a', 'b', null]).map(v => [v])
    expect(values(await decode(arrowFormat, schema({ v: t.nullable(t.string()) }), bytes))).toEqual(expected)
  })

  test('no rows', async () => {
    const bytes = arrow.tableToIPC(new arrow.Table({ v: arrow.vectorFromArray([], new arrow.Utf8()) }), layout)
    expect(values(await decode(arrowFormat, schema({ v: nullable(t.string()) }), bytes))).toEqual([])
    expect(await infer(arrowFormat, bytes)).toEqual(schema({ v: nullable(t.string()) }))
  })

  test('what we write is read equal', async () => {
    fc.assert(
      fc.property(anyBatches, ({ schema: s, batches }) => {
        const table = arrow.tableFromIPC(encode(arrowFormat, s, batches, { layout }))
        expect(table.numRows).toBe(batches.reduce((n, b) => n + b.numRows, 0))
        const read = Array.from({ length: table.numRows }, (_, i) => s.fields.map((f, k) => fromLibrary(table.getChildAt(k)?.get(i), f.type)))
        expect(read).toEqual(values(batches).map(row => row.map((v, k) => rounded(v, s.fields[k].type))))
      }),
      { numRuns: 150 },
    )
  })
})

test('our types are written as Arrow types that keep them', () => {
  const s = schema({ whole: t.integer(), at: t.timestamp(), day: nullable(t.date()), dense: t.vector(3), list: t.array(nullable(t.string())) })
  const table = arrow.tableFromIPC(encode(arrowFormat, s, []))
  expect(table.schema.fields.map(f => `${f.name}: ${String(f.type)}${f.nullable ? '?' : ''}`)).toEqual([
    'whole: Int64', 'at: Timestamp<MICROSECOND, UTC>', 'day: Date32<DAY>?', 'dense: FixedSizeList[3]<Float64>', 'list: List<Utf8>',
  ])
})

test('the null counts of bare nulls inside lists are written, which other readers check', () => {
  const s = makeSchema([{ name: 'v', type: { kind: 'array', element: { kind: 'null' }, containsNull: true }, nullable: true }])
  const bytes = encode(arrowFormat, s, [batchOfRows(s, [{ v: [null, null] }, { v: null }, { v: [null] }])], { layout: 'stream' })
  const reader = new arrow.MessageReader(bytes)
  reader.readMessage(arrow.MessageHeader.Schema)
  const header = reader.readMessage(arrow.MessageHeader.RecordBatch)!.header() as unknown as { nodes: { length: number; nullCount: number }[] }
  expect(header.nodes.map(n => [n.length, n.nullCount])).toEqual([[3, 1], [3, 3]])
})

/** A value as the library's vector.get() gives it, in the plain values of support.ts. */
function fromLibrary(value: unknown, type: DataType): unknown {
  if (value === null || value === undefined) return null
  switch (type.kind) {
    case 'integer':
      return Number(value as bigint)
    case 'timestamp':
      return Math.trunc((value as number) * 1000)
    case 'date':
      return dayText(value as number)
    case 'binary':
      return Buffer.from(value as Uint8Array).toString('hex')
    case 'array':
      return [...(value as Iterable<unknown>)].map(v => fromLibrary(v, type.element))
    case 'vector':
      return [...(value as Iterable<unknown>)]
    case 'struct': {
      const row = value as Record<string, unknown>
      return Object.fromEntries(type.fields.map(f => [f.name, fromLibrary(row[f.name], f.type)]))
    }
    default:
      return value
  }
}

function dayText(ms: number): string {
  const text = new Date(ms).toISOString()
  return text.slice(0, text.indexOf('T'))
}

/** The library gives timestamps as milliseconds with a fraction, which is not exact to the microsecond. */
function rounded(value: unknown, type: DataType): unknown {
  if (value === null) return null
  if (type.kind === 'timestamp') return Math.trunc(((value as number) / 1000) * 1000)
  if (type.kind === 'array') return (value as unknown[]).map(v => rounded(v, type.element))
  if (type.kind === 'struct') return Object.fromEntries(type.fields.map(f => [f.name, rounded((value as Record<string, unknown>)[f.name], f.type)]))
  return value
}
