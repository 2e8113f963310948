import { describe, expect, test } from 'vitest'
import { stringType } from '../../src/columnar/data-type.ts'
import { MemoryOperatorState } from '../../src/state/operator-state.ts'
import { timelessBucket, type TableSchema } from '../../src/state/state.ts'

const identity = { queryId: 'q', operator: 'aggregate', partition: 3 }
const schema: TableSchema = {
  keys: [{ name: 'k', type: stringType }],
  values: [
    { name: 'count(1)', buffers: ['float64'] },
    { name: 'max(x)', buffers: ['float64', 'boolean'] },
  ],
}
const key = (text: string): Uint8Array => new TextEncoder().encode(text)

function add(state: MemoryOperatorState, bucket: number, text: string, by: number): void {
  const table = state.table(bucket)
  const bytes = key(text)
  const slot = table.upsert(bytes, 0, bytes.length)
  table.touch(slot)
  table.buffers[0].float64[slot] += by
}

function contents(state: MemoryOperatorState): unknown[] {
  return state.buckets().flatMap(bucket => {
    const table = state.table(bucket)
    return [...table.slots()].map(slot => [
      bucket,
      new TextDecoder().decode(table.keyBytes.subarray(table.keyStart(slot), table.keyEnd(slot))),
      table.buffers[0].float64[slot],
    ])
  })
}

describe('MemoryOperatorState', () => {
  test('keeps rows in order of insertion, buckets in order of time', () => {
    const state = new MemoryOperatorState(identity, schema)
    add(state, timelessBucket, 'x', 1)
    add(state, 20, 'b', 1)
    add(state, 10, 'long key of another length', 2)
    add(state, 20, 'a', 5)
    add(state, 20, 'b', 1)
    state.accept()
    expect(contents(state)).toEqual([[10, 'long key of another length', 2], [20, 'b', 2], [20, 'a', 5], [Infinity, 'x', 1]])
    expect(state.numRows).toBe(4)
  })

  test('undo takes back changes, new rows, removals, new and dropped buckets', () => {
    const state = new MemoryOperatorState(identity, schema)
    for (const text of ['a', 'b', 'c']) add(state, 10, text, 1)
    add(state, 20, 'd', 1)
    state.accept()
    const before = contents(state)
    const hash = state.setHash
    add(state, 10, 'a', 5)
    add(state, 10, 'new', 5)
    state.table(10).remove(state.table(10).find(key('b'), 0, 1))
    add(state, 10, 'b', 7)
    state.dropBucket(20)
    add(state, 20, 'e', 1)
    add(state, 30, 'f', 1)
    state.delta(2)
    state.undo()
    expect(contents(state)).toEqual(before)
    expect(state.setHash).toBe(hash)
  })

  test('the set-hash depends on the rows alone', () => {
    const state = new MemoryOperatorState(identity, schema)
    add(state, 10, 'a', 1)
    add(state, 10, 'b', 2)
    state.accept()
    const one = state.setHash
    add(state, 10, 'c', 2)
    state.accept()
    state.table(10).remove(state.table(10).find(key('c'), 0, 1))
    add(state, 10, 'a', 3)
    state.accept()
    expect(state.setHash).not.toBe(one)
    add(state, 10, 'a', -3)
    const { setHash } = state.delta(4)
    state.accept()
    expect(setHash).toBe(one)
    state.dropBucket(10)
    expect(state.delta(5).setHash).toBe('0000000000000000')
  })

  test('counts rows updated and removed', () => {
    const state = new MemoryOperatorState(identity, schema)
    for (const text of ['a', 'b', 'c']) add(state, 10, text, 1)
    expect(state.delta(0)).toMatchObject({ rowsUpdated: 3, rowsRemoved: 0 })
    state.accept()
    add(state, 10, 'a', 1)
    add(state, 20, 'd', 1)
    state.dropBucket(10)
    expect(state.delta(1)).toMatchObject({ rowsUpdated: 2, rowsRemoved: 3 })
  })

  test('has all rows in the pages of a snapshot, and lets batches go on meanwhile', () => {
    const state = new MemoryOperatorState(identity, schema)
    for (let i = 0; i < 50_000; i++) add(state, i % 7 === 0 ? 20 : 10, `some longer key number ${i}`, i / 2)
    state.accept()
    const whole = [...state.snapshot(1)].map(p => p.digest)
    expect(whole.length).toBeGreaterThan(1)
    const digests: string[] = []
    let batch = 2
    for (const page of state.snapshot(1)) {
      digests.push(page.digest)
      for (let i = 0; i < 50_000; i += 7) add(state, i % 7 === 0 ? 20 : 10, `some longer key number ${i}`, 1)
      if (batch === 3) state.dropBucket(20)
      if (batch % 2 === 0) state.undo()
      else state.accept()
      batch++
    }
    expect(digests).toEqual(whole)
  })
})
