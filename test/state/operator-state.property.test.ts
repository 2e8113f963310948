import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MemoryOperatorState } from '../../src/state/operator-state.ts'
import { restoreState, type StoredSegment } from '../../src/state/restore.ts'
import { timelessBucket } from '../../src/state/state.ts'
import { cloneModel, identity, type Model, put, remove, rowsOf, rowsOfModel, schema, stored, type Values } from './model.ts'

const bucket = fc.constantFrom(-5, 0, 3_600_000_000, 7_200_000_000, timelessBucket)
// Few keys, so that they meet again; of several lengths, among them the empty one and a long one.
const key = fc.constantFrom('', 'a', 'b', 'c', 'dd', 'ee', 'ff', 'gg', 'é', 'x'.repeat(40), 'y'.repeat(41))
const values: fc.Arbitrary<Values> = fc.record({
  sum: fc.oneof(fc.double(), fc.integer(), fc.constantFrom(NaN, -0, Infinity, 2 ** 52, -(2 ** 52), 2 ** 52 - 1, 2 ** 53)),
  seen: fc.boolean(),
  big: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  small: fc.integer(),
  list: fc.option(fc.string({ maxLength: 70 }), { nil: null }),
})
type Change =
  | { readonly kind: 'put'; readonly bucket: number; readonly key: string; readonly values: Values }
  | { readonly kind: 'remove'; readonly bucket: number; readonly key: string }
  | { readonly kind: 'drop'; readonly bucket: number }
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('put' as const), bucket, key, values }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), bucket, key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const), bucket }) },
)
const batch = fc.record({
  changes: fc.array(change, { maxLength: 30 }),
  end: fc.constantFrom('accept', 'accept', 'accept', 'undo', 'undo after delta'),
  snapshot: fc.boolean(),
})

function apply(state: MemoryOperatorState, model: Model, c: Change): void {
  const rows = model.get(c.bucket)
  switch (c.kind) {
    case 'put':
      put(state, c.bucket, c.key, c.values)
      if (rows === undefined) model.set(c.bucket, new Map([[c.key, c.values]]))
      else rows.set(c.key, c.values)
      return
    case 'remove':
      if (rows?.has(c.key) !== true) return
      remove(state, c.bucket, c.key)
      rows.delete(c.key)
      return
    case 'drop':
      state.dropBucket(c.bucket)
      model.delete(c.bucket)
  }
}

describe('MemoryOperatorState against a model of maps', () => {
  test('any batches, undone, accepted, snapshotted and restored', () => {
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 12 }), batches => {
        const state = new MemoryOperatorState(identity, schema)
        let model: Model = new Map()
        let snapshot: StoredSegment[] | null = null
        let deltas: StoredSegment[] = []
        batches.forEach(({ changes, end, snapshot: takeSnapshot }, batchId) => {
          const before = cloneModel(model)
          for (const c of changes) apply(state, model, c)
          expect(rowsOf(state)).toEqual(rowsOfModel(model))
          if (end === 'undo') {
            state.undo()
            model = before
          } else {
            const delta = state.delta(batchId)
            if (end === 'undo after delta') {
              state.undo()
              model = before
            } else {
              state.accept()
              deltas.push(stored(batchId, delta))
            }
          }
          const rows = rowsOfModel(model)
          expect(rowsOf(state)).toEqual(rows)
          expect(state.numRows).toBe(rows.length)
          if (takeSnapshot && deltas.length > 0) {
            const id = (deltas.at(-1) as StoredSegment).batchId
            snapshot = [...state.snapshot(id)].map(page => stored(id, page))
            deltas = []
          }
          const restored = restoreState(identity, schema, { pages: snapshot, deltas, setHash: state.setHash })
          expect(rowsOf(restored)).toEqual(rows)
          expect(restored.setHash).toBe(state.setHash)
          // The restored state goes on exactly as the first one would.
          put(restored, 0, 'next', { sum: 1, seen: true, big: 2n, small: 3, list: 'z' })
          put(state, 0, 'next', { sum: 1, seen: true, big: 2n, small: 3, list: 'z' })
          expect(restored.delta(99).digest).toBe(state.delta(99).digest)
          state.undo()
        })
      }),
      { numRuns: 300 },
    )
  })

  test('a snapshot read page by page between and in the middle of later batches is the state of its own batch', () => {
    const later = fc.record({ changes: fc.array(change, { maxLength: 20 }), accepted: fc.boolean(), readAt: fc.array(fc.nat(20), { maxLength: 3 }) })
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 40 }), { minLength: 1, maxLength: 3 }), fc.array(later, { maxLength: 8 }), fc.integer({ min: 20, max: 400 }), (first, then, bytesPerPage) => {
        const state = new MemoryOperatorState(identity, schema)
        const model: Model = new Map()
        for (const changes of first) {
          for (const c of changes) apply(state, model, c)
          state.accept()
        }
        const rows = rowsOfModel(model)
        const { setHash } = state
        const digests = [...state.snapshot(1, bytesPerPage)].map(page => page.digest)
        const snapshot = state.snapshot(1, bytesPerPage)[Symbol.iterator]()
        const pages: StoredSegment[] = []
        const readPage = (): void => {
          const next = snapshot.next()
          if (next.done !== true) pages.push(stored(1, next.value))
        }
        for (const { changes, accepted, readAt } of then) {
          changes.forEach((c, i) => {
            if (readAt.includes(i)) readPage()
            apply(state, model, c)
          })
          if (accepted) state.accept()
          else {
            state.undo()
            const kept = rowsOf(state)
            model.clear()
            for (const [b, k, v] of kept) model.set(b, (model.get(b) ?? new Map<string, Values>()).set(k, v))
          }
          expect(rowsOf(state)).toEqual(rowsOfModel(model))
        }
        while (pages.length < digests.length) readPage()
        expect(snapshot.next().done).toBe(true)
        expect(pages.map(page => page.digest)).toEqual(digests)
        expect(rowsOf(restoreState(identity, schema, { pages, deltas: [], setHash }))).toEqual(rows)
      }),
      { numRuns: 400 },
    )
  })
})
