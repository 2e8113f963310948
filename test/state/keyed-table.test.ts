import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hashBytes } from '../../src/columnar/hash.ts'
import { KeyArena } from '../../src/state/key-arena.ts'
import { equalKeys, hashKey, KeyBytes } from '../../src/state/key-bytes.ts'
import { FlatKeyedTable, tableLayout } from '../../src/state/keyed-table.ts'
import { SeededRandom } from '../../src/testing/simulation/seeded-random.ts'
import { schema } from './model.ts'

const layout = tableLayout({ ...schema, values: [{ name: 'count()', column: 'n', buffers: ['float64'] }] })

function keysOf(texts: readonly string[]): { bytes: Uint8Array; offsets: Int32Array } {
  const encoded = texts.map(text => new TextEncoder().encode(text))
  const offsets = new Int32Array(texts.length + 1)
  encoded.forEach((key, i) => {
    offsets[i + 1] = offsets[i] + key.length
  })
  return { bytes: new Uint8Array(Buffer.concat(encoded)), offsets }
}

describe('hashKey and equalKeys', () => {
  test('agree with hashBytes and with comparing byte by byte, at any place', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), fc.nat(7), (one, other, place) => {
        const a = new KeyBytes()
        a.set(Uint8Array.of(...new Uint8Array(place), ...one, 1, 2, 3))
        const b = new KeyBytes()
        b.set(other)
        expect(hashKey(a, place, place + one.length) >>> 0).toBe(hashBytes(one, 0, one.length))
        const same = Buffer.compare(one, other) === 0
        if (one.length === other.length) expect(equalKeys(a, place, b, 0, one.length)).toBe(same)
        b.set(one.slice())
        expect(equalKeys(a, place, b, 0, one.length)).toBe(true)
      }),
    )
  })
})

describe('KeyArena', () => {
  test('says what to do when its offsets no longer reach', () => {
    const arena = new KeyArena(8, 100)
    for (let i = 0; i < 10; i++) arena.push(new Uint8Array(10), 0, 10)
    expect(() => arena.push(new Uint8Array(1), 0, 1)).toThrow(
      'The 10 keys of one state table and the next one take 101 bytes, and a table holds at most 100. Use more state partitions, shorter keys, or a watermark that lets old groups go.',
    )
    expect(() => arena.push(new Uint8Array(1), 0, 1)).toThrow(expect.objectContaining({ code: 'STATE_BUDGET_EXCEEDED' }))
  })
})

describe('FlatKeyedTable', () => {
  test('finds each of many keys, of one length and of several, also after half of them were removed', () => {
    for (const keyOf of [(i: number) => String(i).padStart(9, '0'), (i: number) => 'k'.repeat(i % 50) + i]) {
      const table = new FlatKeyedTable(layout)
      const n = 20_000
      const { bytes, offsets } = keysOf(Array.from({ length: n }, (_, i) => keyOf(i)))
      for (let i = 0; i < n; i++) expect(table.upsert(bytes, offsets[i], offsets[i + 1])).toBe(i)
      table.accept()
      for (let i = 0; i < n; i++) expect(table.find(bytes, offsets[i], offsets[i + 1])).toBe(i)
      expect(table.hashOf(n - 1)).toBe(hashBytes(bytes, offsets[n - 1], offsets[n]))
      for (let i = 0; i < n; i += 2) table.remove(i)
      expect(table.size).toBe(n / 2)
      for (let i = 0; i < n; i++) expect(table.find(bytes, offsets[i], offsets[i + 1])).toBe(i % 2 === 0 ? -1 : i)
      table.undo()
      expect(table.size).toBe(n)
      for (let i = 0; i < n; i++) expect(table.find(bytes, offsets[i], offsets[i + 1])).toBe(i)
      for (let i = 0; i < n; i++) if (i % 8 !== 0) table.remove(i)
      table.accept()
      expect(table.slotCount).toBe(n / 8)
      for (let i = 0; i < n; i++) expect(table.find(bytes, offsets[i], offsets[i + 1])).toBe(i % 8 === 0 ? i / 8 : -1)
    }
  })

  test('upsertAll and touchAll do the same as row by row', () => {
    const random = new SeededRandom(1)
    const one = new FlatKeyedTable(layout)
    const all = new FlatKeyedTable(layout)
    for (let batch = 0; batch < 4; batch++) {
      const { bytes, offsets } = keysOf(Array.from({ length: 5000 }, () => `key ${random.below(2000 * (batch + 1))}`))
      const slots = new Int32Array(5000)
      all.upsertAll(bytes, offsets, 5000, slots)
      all.touchAll(slots, 5000)
      for (let i = 0; i < 5000; i++) {
        const slot = one.upsert(bytes, offsets[i], offsets[i + 1])
        one.touch(slot)
        expect(slots[i]).toBe(slot)
        one.buffers[0].float64[slot]++
        all.buffers[0].float64[slots[i]]++
      }
      expect(all.touched()).toEqual(one.touched())
      expect(all.saved.slots.subarray(0, all.saved.count)).toEqual(one.saved.slots.subarray(0, one.saved.count))
      if (batch === 2) {
        one.undo()
        all.undo()
      } else {
        one.accept()
        all.accept()
      }
      expect(all.buffers[0].float64.subarray(0, all.slotCount)).toEqual(one.buffers[0].float64.subarray(0, one.slotCount))
    }
  })

  test('lists touched rows in order of first touch, without those removed since', () => {
    const table = new FlatKeyedTable(layout)
    const { bytes, offsets } = keysOf(['a', 'b', 'c', 'd'])
    for (let i = 0; i < 3; i++) table.upsert(bytes, offsets[i], offsets[i + 1])
    table.accept()
    table.upsert(bytes, offsets[3], offsets[4])
    for (const slot of [2, 3, 0, 2, 1, 3]) table.touch(slot)
    expect([...table.touched()]).toEqual([2, 3, 0, 1])
    table.remove(3)
    table.remove(0)
    expect([...table.touched()]).toEqual([2, 1])
    expect([...table.slots()]).toEqual([1, 2])
  })

  test('a row without a key (global aggregation) is a row', () => {
    const table = new FlatKeyedTable(layout)
    expect(table.find(new Uint8Array(0), 0, 0)).toBe(-1)
    expect(table.upsert(new Uint8Array(0), 0, 0)).toBe(0)
    expect(table.upsert(new Uint8Array(0), 0, 0)).toBe(0)
    expect(table.size).toBe(1)
  })

  test('refuses to change between seal() and accept() or undo()', () => {
    const table = new FlatKeyedTable(layout)
    const { bytes } = keysOf(['a', 'b'])
    table.upsert(bytes, 0, 1)
    table.seal()
    expect(() => table.upsert(bytes, 1, 2)).toThrow('A table does not change between delta() and accept() or undo().')
    table.accept()
    table.seal()
    expect(() => table.touch(0)).toThrow('A table does not change between delta() and accept() or undo().')
    table.undo()
    table.touch(0)
  })

  test('keeps no more than it needs of what one large batch needed', () => {
    const table = new FlatKeyedTable(layout)
    const { bytes, offsets } = keysOf(Array.from({ length: 50_000 }, (_, i) => String(i).padStart(9, '0')))
    const slots = new Int32Array(50_000)
    table.upsertAll(bytes, offsets, 50_000, slots)
    table.accept()
    table.accept()
    const quiet = table.memoryBytes
    table.touchAll(slots, 50_000)
    expect(table.memoryBytes).toBeGreaterThan(quiet + 50_000 * 16)
    table.accept()
    table.accept()
    expect(table.memoryBytes).toBe(quiet)
    expect(quiet / 50_000).toBeLessThan(50)
  })
})
