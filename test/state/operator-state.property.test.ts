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
})
