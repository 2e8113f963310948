import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { MemoryOperatorState } from '../../src/state/operator-state.ts'
import { restoreState } from '../../src/state/restore.ts'
import { timelessBucket } from '../../src/state/state.ts'
import { identity, put, remove, rowsOf, schema, type Values } from './model.ts'

/*
 * Segments of the first format, as a checkpoint on somebody's disk holds them. They must be readable for ever, and the
 * same state must be written the same way as long as the format has this number. After a change of format: keep this
 * test for reading, and add one for the new format.
 */
const values: readonly Values[] = [
  { sum: 0.5, seen: true, big: -(2n ** 63n), small: 2 ** 31 - 1, list: null },
  { sum: 12, seen: false, big: 7n, small: -1, list: '' },
  { sum: NaN, seen: true, big: 0n, small: 0, list: 'a list of thirty-four bytes, about' },
]

function firstBatch(): MemoryOperatorState {
  const state = new MemoryOperatorState(identity, schema)
  values.forEach((v, i) => put(state, i === 2 ? timelessBucket : 1_700_000_000_000_000, `key ${i}`, v))
  put(state, 1_700_000_000_000_000, 'short', values[1])
  put(state, 1_600_000_000_000_000, 'old', values[0])
  state.accept()
  return state
}

function secondBatch(state: MemoryOperatorState): ReturnType<MemoryOperatorState['delta']> {
  put(state, 1_700_000_000_000_000, 'key 1', values[2])
  put(state, 1_700_000_000_000_000, 'new', values[0])
  remove(state, 1_700_000_000_000_000, 'key 0')
  state.dropBucket(1_600_000_000_000_000)
  const delta = state.delta(8)
  state.accept()
  return delta
}

const fixture = async (name: string): Promise<Uint8Array> => new Uint8Array(await readFile(new URL(`../fixtures/state/${name}`, import.meta.url)))

test('writes format 1 as the first release does', async () => {
  const state = firstBatch()
  const [page, ...rest] = state.snapshot(7)
  const delta = secondBatch(state)
  expect(rest).toEqual([])
  expect(page.segment).toEqual(await fixture('page-format-1.bin'))
  expect(delta.segment).toEqual(await fixture('delta-format-1.bin'))
  expect([page.digest, delta.digest, delta.setHash]).toEqual(digests)
})

test('reads format 1', async () => {
  const expected = firstBatch()
  secondBatch(expected)
  const restored = restoreState(identity, schema, {
    pages: [{ bytes: await fixture('page-format-1.bin'), batchId: 7, digest: digests[0] }],
    deltas: [{ bytes: await fixture('delta-format-1.bin'), batchId: 8, digest: digests[1] }],
    setHash: digests[2],
  })
  expect(rowsOf(restored)).toEqual(rowsOf(expected))
  expect(rowsOf(restored)).toHaveLength(4)
})

const digests = [
  'd87faf21e921295a87f584e853d8f998995eb9dde46609e8dc8230d8a102b5cb',
  'daca97d6993e3d321107c2c107ff96f4fb105e130c6e2d5c9892a316be08c0ad',
  '2caffa673d6b63ca',
]
