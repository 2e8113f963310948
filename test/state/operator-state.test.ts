import { describe, expect, test } from 'vitest'
import { stringType } from '../../src/columnar/data-type.ts'
import type { BufferColumn } from '../../src/columnar/buffer-column.ts'
import { MemoryOperatorState } from '../../src/state/operator-state.ts'
import { timelessBucket, type TableSchema } from '../../src/state/state.ts'

const identity = { queryId: 'q', operator: 'aggregate', partition: 3 }
const schema: TableSchema = {
  keys: [{ name: 'k', type: stringType }],
  values: [
    { name: 'count()', column: 'n', buffers: ['float64'] },
    { name: 'max(float64)', column: 'most', buffers: ['float64', 'boolean'] },
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

  test('a row that an undone batch had made begins with nothing', () => {
    const state = new MemoryOperatorState(identity, schema)
    add(state, 10, 'kept', 1)
    state.accept()
    add(state, 10, 'gone', 5)
    state.undo()
    add(state, 10, 'new', 1)
    expect(contents(state)).toEqual([[10, 'kept', 1], [10, 'new', 1]])
  })

  test('new rows begin as their aggregates say', () => {
    const inits = [undefined, (buffers: readonly BufferColumn[], slot: number): void => {
      buffers[0].float64[slot] = -Infinity
    }]
    const state = new MemoryOperatorState(identity, schema, inits)
    add(state, 10, 'a', 1)
    expect(state.table(10).buffers.map(b => (b.kind === 'float64' ? b.float64[0] : b.boolean[0]))).toEqual([1, -Infinity, 0])
  })

  test('refuses changes after delta() and to a dropped bucket', () => {
    const state = new MemoryOperatorState(identity, schema)
    add(state, 10, 'a', 1)
    state.accept()
    const table = state.table(10)
    state.dropBucket(10)
    expect(() => table.touch(0)).toThrow('A table does not change between')
    state.delta(1)
    expect(() => state.table(30)).toThrow('A state does not change between delta() and accept() or undo().')
    expect(() => state.delta(1)).toThrow('A batch has one delta.')
    state.undo()
    add(state, 10, 'a', 1)
    expect(() => state.snapshot(1)).toThrow('A snapshot begins between batches.')
  })

  test('a row changed without touch() fails its snapshot instead of being lost', () => {
    const state = new MemoryOperatorState(identity, schema)
    add(state, 10, 'a', 1)
    state.accept()
    state.table(10).buffers[0].float64[0] = 2
    expect(() => [...state.snapshot(1)]).toThrow('The rows of a snapshot have the set-hash that their deltas gave.')
  })

  test('a new snapshot ends the one before', () => {
    const state = new MemoryOperatorState(identity, schema)
    for (let i = 0; i < 100; i++) add(state, 10, `key ${i}`, 1)
    state.accept()
    const first = state.snapshot(1, 100)[Symbol.iterator]()
    first.next()
    expect([...state.snapshot(1, 100)].length).toBeGreaterThan(5)
    expect(() => first.next()).toThrow('A snapshot is read before it is closed')
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

  test('counts what a snapshot keeps beside the state, copies only what is still to be written, and lets it go page by page', () => {
    const state = new MemoryOperatorState(identity, schema)
    const addAll = (bucket: number): void => {
      for (let i = 0; i < 20_000; i++) add(state, bucket, `key number ${i}`, 1)
    }
    addAll(10)
    addAll(20)
    state.accept()
    addAll(10)
    addAll(20)
    state.accept()
    const before = state.memoryBytes
    const snapshot = state.snapshot(1, 100_000)
    const pages = snapshot[Symbol.iterator]()
    const empty = snapshot.memoryBytes
    // The undo log of a batch has about the size of the copies: it is there with and without a snapshot.
    addAll(10)
    state.accept()
    const copied = snapshot.memoryBytes
    expect(copied).toBeGreaterThan(empty + 20_000 * 16)
    expect(state.memoryBytes).toBe(before + copied)
    pages.next()
    pages.next()
    // What is written already is not copied any more.
    state.dropBucket(20)
    state.accept()
    const withDropped = snapshot.memoryBytes
    expect(withDropped).toBeGreaterThan(copied + 20_000 * 8)
    let page = 2
    for (; snapshot.memoryBytes >= withDropped; page++) expect(pages.next().done).toBe(false)
    // The first bucket was let go with its last page, long before the end.
    expect(page).toBeLessThan(snapshot.pages)
    while (pages.next().done !== true);
    expect(snapshot.memoryBytes).toBe(0)
  })

  test('keeps no copy of a row whose page is written', () => {
    const state = new MemoryOperatorState(identity, schema)
    const addAll = (): void => {
      for (let i = 0; i < 20_000; i++) add(state, 10, `key number ${i}`, 1)
    }
    addAll()
    state.accept()
    const copiesAfter = (pagesRead: (all: number) => number): number => {
      const snapshot = state.snapshot(1, 50_000)
      const pages = snapshot[Symbol.iterator]()
      for (let n = pagesRead(snapshot.pages); n > 0; n--) pages.next()
      const before = snapshot.memoryBytes
      addAll()
      state.accept()
      const copies = snapshot.memoryBytes - before
      snapshot.close()
      return copies
    }
    const all = copiesAfter(() => 0)
    // Half of the rows, and the column that says where their copies are.
    expect(copiesAfter(pages => Math.ceil(pages * 0.6))).toBeLessThan(all * 0.75)
  })
})
