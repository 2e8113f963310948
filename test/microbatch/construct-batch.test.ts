import { expect, test } from 'vitest'
import { constructBatch, sameOffset } from '../../src/microbatch/construct-batch.ts'
import type { PlannedRange, ReadLimit, Source, SourceOffset } from '../../src/sources/source.ts'

/** A source at an offset, which remembers what it was asked. */
function source(newest: SourceOffset | null, planned: (end: SourceOffset) => PlannedRange = end => ({ partitions: [{ spec: end, label: String(end) }] })): Source & { readonly asked: unknown[] } {
  const asked: unknown[] = []
  return {
    asked,
    description: 'test',
    replayable: true,
    restore: async () => undefined,
    async latestOffset(start: SourceOffset | null, limit: ReadLimit) {
      asked.push(['latestOffset', start, limit])
      return newest
    },
    async plan(start: SourceOffset | null, end: SourceOffset) {
      asked.push(['plan', start, end])
      return planned(end)
    },
    commit: async () => undefined,
    pinAvailable: async () => undefined,
    changed: async () => undefined,
    close: async () => undefined,
  }
}

test('a source with something new gives its range, cut once; one without gives an empty range where it stands', async () => {
  const busy = source(7)
  const quiet = source(3)
  const input = await constructBatch(new Map([['busy', busy], ['quiet', quiet]]), new Map<string, SourceOffset | null>([['busy', 5], ['quiet', 3]]), 'limited')
  expect(input).toEqual({
    sources: { busy: { start: 5, end: 7, partitions: [{ spec: 7, label: '7' }] }, quiet: { start: 3, end: 3, partitions: [] } },
    remember: [],
    hasData: true,
  })
  expect(busy.asked).toEqual([['latestOffset', 5, 'limited'], ['plan', 5, 7]])
  expect(quiet.asked).toEqual([['latestOffset', 3, 'limited']])
})

test('a source that never had anything has no offset, and the batch has no data', async () => {
  const input = await constructBatch(new Map([['empty', source(null)]]), new Map(), 'limited')
  expect(input).toEqual({ sources: { empty: { start: null, end: null, partitions: [] } }, remember: [], hasData: false })
})

test('the read limit is handed on, and what sources want remembered is gathered under their names', async () => {
  const first = source(1, () => ({ partitions: [], remember: { put: [['a.jsonl', { size: 1 }]], remove: [] } }))
  const second = source({ b: 2 }, () => ({ partitions: [], remember: { put: [], remove: ['old'] } }))
  const input = await constructBatch(new Map([['first', first], ['second', second]]), new Map(), 'all')
  expect(input.remember).toEqual([{ source: 'first', put: [['a.jsonl', { size: 1 }]], remove: [] }, { source: 'second', put: [], remove: ['old'] }])
  expect(first.asked[0]).toEqual(['latestOffset', null, 'all'])
  // New although without partitions: a range of files that were all left out still moves the offset.
  expect(input.hasData).toBe(true)
})

test('offsets are compared by their content, not by the order of their keys', () => {
  expect(sameOffset({ a: 1, b: [2] }, { b: [2], a: 1 })).toBe(true)
  expect(sameOffset({ a: 1 }, { a: 2 })).toBe(false)
  expect(sameOffset(null, null)).toBe(true)
  expect(sameOffset(null, 0)).toBe(false)
})
