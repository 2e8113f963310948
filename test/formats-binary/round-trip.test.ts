import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concatBatches } from '../../src/columnar/concat.ts'
import type { DataType } from '../../src/columnar/data-type.ts'
import { RecordBatch } from '../../src/columnar/record-batch.ts'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import { sliceRows } from '../../src/columnar/take.ts'
import { arrowFormat } from '../../src/formats/arrow/arrow-format.ts'
import { parquetFormat } from '../../src/formats/parquet/parquet-format.ts'
import { batchOfRows } from '../../src/columnar/batch-builder.ts'
import { anyBatches } from './arbitrary-batches.ts'
import { decode, decodeStream, encode, infer, values } from './support.ts'

const runs = { numRuns: 150 }

describe.each([
  ['parquet', parquetFormat, {}],
  ['parquet in small row groups', parquetFormat, { rowGroupRows: 7, compression: 'none' }],
  ['arrow file', arrowFormat, { layout: 'file' }],
  ['arrow stream', arrowFormat, { layout: 'stream' }],
] as const)('%s', (_, format, options) => {
  test('gives back every schema and every row', async () => {
    await fc.assert(
      fc.asyncProperty(anyBatches, async ({ schema: s, batches }) => {
        const read = await decode(format, s, encode(format, s, batches, options))
        expect(values(read)).toEqual(values(batches))
        expect(read.reduce((n, b) => n + b.numRows, 0)).toBe(batches.reduce((n, b) => n + b.numRows, 0))
      }),
      runs,
    )
  })

  test('writes equal bytes for equal rows, however they are cut into batches', () => {
    fc.assert(
      fc.property(anyBatches, fc.nat({ max: 20 }), ({ schema: s, batches }, cut) => {
        const all = concatBatches(s, batches)
        const at = Math.min(cut, all.numRows)
        const once = encode(format, s, [all], options)
        expect(Buffer.compare(encode(format, s, batches, options), once)).toBe(0)
        expect(Buffer.compare(encode(format, s, [sliceRows(all, 0, at), sliceRows(all, at, all.numRows)], options), once)).toBe(0)
      }),
      runs,
    )
  })

  test('infers the types that were written, integer as int64', async () => {
    await fc.assert(
      fc.asyncProperty(anyBatches, async ({ schema: s, batches }) => {
        const inferred = await infer(format, encode(format, s, batches, options))
        const expected = s.fields.map(f => ({ ...f, type: inFile(f.type, format === parquetFormat) }))
        expect(inferred.fields).toEqual(expected)
      }),
      runs,
    )
  })
})

test.each(['file', 'stream'])('arrow %s is read from front to back in pieces of any size', layout => {
  fc.assert(
    fc.property(anyBatches, fc.integer({ min: 1, max: 3000 }), ({ schema: s, batches }, piece) => {
      const bytes = encode(arrowFormat, s, batches, { layout })
      expect(values(decodeStream(arrowFormat, s, bytes, piece))).toEqual(values(batches))
    }),
    runs,
  )
})

test.each([['parquet', parquetFormat], ['arrow', arrowFormat]] as const)('%s holds rows without columns', async (_, format) => {
  const none = schema({})
  const read = await decode(format, none, encode(format, none, [new RecordBatch(none, 100_000, [])]))
  expect(read.reduce((n, b) => n + b.numRows, 0)).toBe(100_000)
  expect(Math.max(...read.map(b => b.numRows))).toBeLessThanOrEqual(65_536)
})

test.each([['parquet', parquetFormat], ['arrow', arrowFormat]] as const)('%s gives batches of at most 65,536 rows, and only the columns asked for', async (_, format) => {
  const wide = schema({ n: t.int32(), s: t.string(), list: t.array(t.int64()) })
  const rows = Array.from({ length: 150_000 }, (_, i) => ({ n: i, s: i % 3 === 0 ? `word ${i % 10}` : `text ${i}`, list: i % 4 === 0 ? [] : [BigInt(i), -1n] }))
  const bytes = encode(format, wide, [batchOfRows(wide, rows)])
  const narrow = schema({ list: t.array(t.int64()), n: t.int32() })
  const read = await decode(format, narrow, bytes)
  expect(Math.max(...read.map(b => b.numRows))).toBe(65_536)
  expect(values(read)).toEqual(rows.map(r => [r.list, r.n]))
})

/** What a type is in a file: both formats know int64 only, and Parquet knows vectors as lists. */
function inFile(type: DataType, parquet: boolean): DataType {
  switch (type.kind) {
    case 'integer':
      return { kind: 'int64' }
    case 'vector':
      return parquet ? { kind: 'array', element: { kind: 'float64' }, containsNull: false } : type
    case 'array':
      return { ...type, element: inFile(type.element, parquet) }
    case 'struct':
      return { ...type, fields: type.fields.map(f => ({ ...f, type: inFile(f.type, parquet) })) }
    default:
      return type
  }
}
