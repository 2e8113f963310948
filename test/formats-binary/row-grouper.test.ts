import fc from 'fast-check'
import { expect, test } from 'vitest'
import { batchOfRows } from '../../src/columnar/batch-builder.ts'
import { concatBatches } from '../../src/columnar/concat.ts'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import { sliceRows } from '../../src/columnar/take.ts'
import { RowGrouper } from '../../src/formats/row-grouper.ts'
import { anyBatches } from './arbitrary-batches.ts'
import { values } from './support.ts'

const groupsOf = (grouper: RowGrouper, batches: Parameters<RowGrouper['push']>[0][]): number[] => {
  const full = batches.flatMap(b => grouper.push(b))
  const rest = grouper.end()
  return [...full, ...(rest === null ? [] : [rest])].map(g => g.numRows)
}

test('a group ends after so many rows', () => {
  const s = schema({ n: t.int32() })
  const batch = batchOfRows(s, Array.from({ length: 10 }, (_, n) => ({ n })))
  expect(groupsOf(new RowGrouper(s, 4, 1e9), [batch, batch])).toEqual([4, 4, 4, 4, 4])
})

test('a group ends before it has too many bytes; a larger row stands alone', () => {
  const s = schema({ text: t.string() })
  const batch = batchOfRows(s, [6, 6, 6, 100, 6, 6].map(n => ({ text: 'x'.repeat(n) })))
  // 4 bytes for the length of each text.
  expect(groupsOf(new RowGrouper(s, 100, 20), [batch])).toEqual([2, 1, 1, 2])
})

test('groups have all rows in order, and the same ones however the rows came', () => {
  fc.assert(
    fc.property(anyBatches, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 300 }), fc.nat({ max: 40 }), ({ schema: s, batches }, maxRows, maxBytes, cut) => {
      const all = concatBatches(s, batches)
      const at = Math.min(cut, all.numRows)
      const once = groupsOf(new RowGrouper(s, maxRows, maxBytes), [all])
      expect(groupsOf(new RowGrouper(s, maxRows, maxBytes), [...batches])).toEqual(once)
      expect(groupsOf(new RowGrouper(s, maxRows, maxBytes), [sliceRows(all, 0, at), sliceRows(all, at, all.numRows)])).toEqual(once)
      const grouper = new RowGrouper(s, maxRows, maxBytes)
      const groups = batches.flatMap(b => grouper.push(b))
      const rest = grouper.end()
      expect(values(rest === null ? groups : [...groups, rest])).toEqual(values(batches))
      expect(Math.max(0, ...once)).toBeLessThanOrEqual(maxRows)
    }),
    { numRuns: 300 },
  )
})
