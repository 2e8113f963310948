import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fairSplit } from '../../../src/sources/kafka/fair-split.ts'

const split = (limit: number, ...sizes: readonly number[]): readonly number[] => fairSplit(sizes.map(size => ({ start: 0, end: size })), limit)

// Worked out from Spark's rule: limit × size / total, up to 1 where that is less, else down.
test.each([
  [10, [100, 100], [5, 5]],
  [10, [90, 10], [9, 1]],
  [10, [100, 1], [9, 1]],
  [10, [1000, 1, 1], [9, 1, 1]],
  [7, [10, 10, 10], [2, 2, 2]],
  [1, [5, 5, 5], [1, 1, 1]],
  [100, [30, 20], [30, 20]],
  [10, [0, 8, 24], [0, 2, 7]],
  [5, [0, 0], [0, 0]],
])('%i offsets over backlogs of %j give %j', (limit, sizes, expected) => {
  expect(split(limit, ...sizes)).toEqual(expected)
})

test('counts from where each partition stands, and leaves one that has nothing at its end', () => {
  expect(fairSplit([{ start: 1000, end: 1300 }, { start: 7, end: 7 }, { start: 50, end: 150 }], 40)).toEqual([1030, 7, 60])
})

test('never goes beyond the end, always moves what waits, and keeps to the limit but for those that would starve', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 50 }), fc.integer({ min: 1, max: 1_000_000 }), (sizes, limit) => {
      const ends = split(limit, ...sizes)
      ends.forEach((end, i) => {
        expect(end).toBeLessThanOrEqual(sizes[i])
        expect(end > 0).toBe(sizes[i] > 0)
      })
      expect(ends.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(limit + sizes.length)
    }),
  )
})
