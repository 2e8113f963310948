import { describe, expect, test } from 'vitest'
import { int32Type, stringType } from '../../src/columnar/data-type.ts'
import { crc32c } from '../../src/common/crc32c.ts'
import { sha256 } from '../../src/common/digest.ts'
import { isMillraceError } from '../../src/common/errors.ts'
import type { InitBuffers } from '../../src/state/keyed-table.ts'
import { MemoryOperatorState } from '../../src/state/operator-state.ts'
import { applyDelta, restoreState, type StoredSegment, type StoredState } from '../../src/state/restore.ts'
import type { TableSchema } from '../../src/state/state.ts'
import { SeededRandom } from '../../src/testing/simulation/seeded-random.ts'
import { identity, put, remove, rowsOf, schema, stored, type Values } from './model.ts'

const values = (n: number): Values => ({ sum: n / 4, seen: n % 2 === 0, big: BigInt(n) * 7n, small: -n, list: n % 3 === 0 ? null : `item ${n}` })

/** A snapshot at batch 1 and the deltas 2 to 4: changed, new and removed rows, a dropped bucket. */
function history(rows = 40): { state: MemoryOperatorState; stored: StoredState } {
  const state = new MemoryOperatorState(identity, schema)
  for (let i = 0; i < rows; i++) put(state, i % 2 === 0 ? 10 : 20, `key ${i}`, values(i))
  state.delta(1)
  state.accept()
  const pages = [...state.snapshot(1)].map(page => stored(1, page))
  const deltas: StoredSegment[] = []
  for (let batchId = 2; batchId <= 4; batchId++) {
    put(state, 10, 'key 2', values(batchId * 100))
    put(state, 30, `new ${batchId}`, values(batchId))
    remove(state, 10, `key ${batchId * 2}`)
    if (batchId === 3) state.dropBucket(20)
    if (batchId === 4) put(state, 20, 'again', values(1))
    put(state, 10, 'key 2', values(batchId))
    deltas.push(stored(batchId, state.delta(batchId)))
    state.accept()
  }
  return { state, stored: { pages, deltas, setHash: state.setHash } }
}

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (!isMillraceError(error)) throw error
    return error.code
  }
  return 'nothing thrown'
}

/** The segment with one byte changed and everything that guards it made to fit again. */
function forged(segment: StoredSegment, at: number, value: number): StoredSegment {
  const bytes = segment.bytes.slice()
  bytes[at] = value
  const covered = bytes.length - 4 * Math.ceil(bytes.length / 65_540)
  const view = new DataView(bytes.buffer)
  for (let block = 0, sum = covered; block < covered; block += 65_536, sum += 4) {
    view.setUint32(sum, crc32c(bytes, block, Math.min(covered, block + 65_536)), true)
  }
  return { ...segment, bytes, digest: sha256(bytes) }
}

describe('restoreState', () => {
  test('gives the same rows in the same order', () => {
    const { state, stored: found } = history()
    const restored = restoreState(identity, schema, found)
    expect(rowsOf(restored)).toEqual(rowsOf(state))
    expect(restored.numRows).toBe(state.numRows)
  })

  test('puts the rows of a bucket of many pages back in order', () => {
    const { state, stored: found } = history(60_000)
    expect(found.pages?.length).toBeGreaterThan(2)
    expect(rowsOf(restoreState(identity, schema, found))).toEqual(rowsOf(state))
    for (const page of found.pages ?? []) expect(page.bytes.length).toBeLessThan(1.1 * 1024 * 1024)
  })

  test('an operator that has stored nothing yet begins empty', () => {
    const restored = restoreState(identity, schema, { pages: null, deltas: [], setHash: '0000000000000000' })
    expect(restored.numRows).toBe(0)
  })

  test('every flip of every byte is noticed, by the checksums alone and by the digest', () => {
    const { stored: found } = history(10)
    const segments = [...(found.pages ?? []), ...found.deltas]
    for (const [s, segment] of segments.entries()) {
      for (let at = 0; at < segment.bytes.length; at++) {
        for (const bit of [1, 128]) {
          const bytes = segment.bytes.slice()
          bytes[at] ^= bit
          const restore = (digest: string): string => {
            const damaged = segments.with(s, { ...segment, bytes, digest })
            return codeOf(() => restoreState(identity, schema, { ...found, pages: damaged.slice(0, 1), deltas: damaged.slice(1) }))
          }
          const expected = at === 4 ? ['STATE_CORRUPT', 'CHECKPOINT_TOO_NEW'] : ['STATE_CORRUPT']
          expect(expected, `segment ${s}, byte ${at}`).toContain(restore(segment.digest))
          expect(expected, `segment ${s}, byte ${at}`).toContain(restore(sha256(bytes)))
        }
      }
    }
  })

  test('forged content never gives other rows, and fails with a typed error', () => {
    const { state, stored: found } = history(10)
    const rows = rowsOf(state)
    const segments = [...(found.pages ?? []), ...found.deltas]
    const random = new SeededRandom(5)
    const codes = new Map<string, number>()
    for (const [s, segment] of segments.entries()) {
      for (let at = 10; at < segment.bytes.length - 4; at++) {
        const damaged = segments.with(s, forged(segment, at, random.below(256)))
        const code = codeOf(() => {
          const restored = restoreState(identity, schema, { ...found, pages: damaged.slice(0, 1), deltas: damaged.slice(1) })
          expect(rowsOf(restored)).toEqual(rows)
        })
        codes.set(code, (codes.get(code) ?? 0) + 1)
      }
    }
    expect([...codes.keys()].sort()).toEqual(['CHECKPOINT_KEY_INCOMPATIBLE', 'CHECKPOINT_VALUE_INCOMPATIBLE', 'STATE_CORRUPT', 'nothing thrown'])
  })

  test.each([
    ['a truncated delta', (f: StoredState) => ({ ...f, deltas: f.deltas.with(1, { ...f.deltas[1], bytes: f.deltas[1].bytes.subarray(0, 100) }) }), /it has 100 bytes instead of/],
    ['an empty delta', (f: StoredState) => ({ ...f, deltas: f.deltas.with(1, { ...f.deltas[1], bytes: new Uint8Array(0) }) }), /the magic number goes beyond the end/],
    ['a missing delta', (f: StoredState) => ({ ...f, deltas: f.deltas.toSpliced(1, 1) }), /it applies to rows with the set-hash/],
    ['exchanged deltas', (f: StoredState) => ({ ...f, deltas: [f.deltas[1], f.deltas[0], f.deltas[2]] }), /it applies to rows with the set-hash/],
    ['a delta twice', (f: StoredState) => ({ ...f, deltas: [f.deltas[0], f.deltas[0]] }), /it is to follow batch 2/],
    ['a delta under another batch', (f: StoredState) => ({ ...f, deltas: f.deltas.with(0, { ...f.deltas[0], batchId: 7 }) }), /its batch is 2 instead of 7/],
    ['a missing last delta', (f: StoredState) => ({ ...f, deltas: f.deltas.slice(0, 2) }), /the set-hash of its rows is [0-9a-f]{16} instead of [0-9a-f]{16}/],
    ['a delta in place of the page', (f: StoredState) => ({ ...f, pages: f.deltas.slice(0, 1) }), /its kind is "delta" instead of "snapshot"/],
    ['no pages', (f: StoredState) => ({ ...f, pages: [] }), /its snapshot has no page/],
  ])('refuses %s', (_, change, message) => {
    const { stored: found } = history()
    expect(() => restoreState(identity, schema, change(found))).toThrow(message)
    expect(codeOf(() => restoreState(identity, schema, change(found)))).toBe('STATE_CORRUPT')
  })

  test('refuses a missing, repeated or exchanged page', () => {
    const { stored: found } = history(60_000)
    const pages = found.pages ?? []
    for (const wrong of [pages.slice(1), pages.slice(0, -1), [pages[1], pages[0], ...pages.slice(2)], [pages[0], ...pages]]) {
      expect(() => restoreState(identity, schema, { ...found, pages: wrong })).toThrow(/of its snapshot says that it is page/)
    }
  })

  test('names operator, partition and batch, and belongs to nobody else', () => {
    const { stored: found } = history()
    for (const other of [{ ...identity, queryId: 'q' }, { ...identity, operator: 'o' }, { ...identity, partition: 4 }]) {
      try {
        restoreState(other, schema, found)
        expect.unreachable()
      } catch (error) {
        expect(error).toMatchObject({ code: 'STATE_CORRUPT', context: { operator: other.operator, partition: other.partition, batchId: 1 } })
      }
    }
  })

  test('a newer format is told from damage', () => {
    const { stored: found } = history()
    const newer = forged(found.deltas[0], 4, 2)
    expect(() => restoreState(identity, schema, { ...found, deltas: [newer] })).toThrow(
      'The state of operator "aggregate", partition 3, of batch 2 is written in segment format 2, and this release reads format 1 and older. Run the release that wrote it, or a newer one.',
    )
  })
})

describe('a changed query', () => {
  const appended: TableSchema = { ...schema, values: [...schema.values, { name: 'min(float64)', column: 'least', buffers: ['float64', 'boolean'] }] }
  const inits: (InitBuffers | undefined)[] = [undefined, undefined, undefined, (buffers, slot) => {
    buffers[0].float64[slot] = Infinity
  }]
  const appendedTwice: TableSchema = { ...appended, values: [...appended.values, { name: 'count()', column: 'n', buffers: ['float64'] }] }

  test('may append aggregates, which begin as they say, and goes on from there', () => {
    const { state, stored: found } = history()
    const restored = restoreState(identity, appended, found, inits)
    expect(rowsOf(restored)).toEqual(rowsOf(state))
    for (const bucket of restored.buckets()) {
      const table = restored.table(bucket)
      for (const slot of table.slots()) expect(table.buffers[5].float64[slot]).toBe(Infinity)
    }
    put(restored, 10, 'key 2', values(9))
    restored.table(10).buffers[5].float64[1] = 4
    const delta = stored(5, restored.delta(5))
    restored.accept()
    const later = { ...found, deltas: [...found.deltas, delta], setHash: restored.setHash }
    expect(rowsOf(restoreState(identity, appended, later, inits))).toEqual(rowsOf(restored))
    const twice = restoreState(identity, appendedTwice, later, inits)
    expect(rowsOf(twice)).toEqual(rowsOf(restored))
    expect(twice.table(10).buffers[5].float64[1]).toBe(4)
    expect(twice.table(10).buffers[7].float64[1]).toBe(0)
  })

  test('may rename an aggregate', () => {
    const { state, stored: found } = history()
    const renamed = { ...schema, values: [{ ...schema.values[0], column: 'sum_of_x' }, ...schema.values.slice(1)] }
    expect(rowsOf(restoreState(identity, renamed, found))).toEqual(rowsOf(state))
  })

  test('may not go back to fewer aggregates', () => {
    const state = new MemoryOperatorState(identity, appended)
    put(state, 10, 'a', values(1))
    const found: StoredState = { pages: null, deltas: [stored(0, state.delta(0))], setHash: '' }
    expect(() => restoreState(identity, schema, found)).toThrow(
      'Operator "aggregate" keeps other values in its state than the query has now: value 4 is "least" = min(float64) in float64, boolean in the checkpoint and absent in the query. Aggregates may be added at the end only. Restore the former ones, or start the query with a new checkpointLocation.',
    )
  })

  test.each([
    ['a renamed key', { ...schema, keys: [{ name: 'other', type: stringType }, schema.keys[1]] }, 'CHECKPOINT_KEY_INCOMPATIBLE', /key 1 is "name" of type string in the checkpoint and "other" of type string in the query/],
    ['a key of another type', { ...schema, keys: [schema.keys[0], { name: 'size', type: int32Type }] }, 'CHECKPOINT_KEY_INCOMPATIBLE', /key 2 is "size" of type float64 in the checkpoint and "size" of type int32/],
    ['a new key', { ...schema, keys: [...schema.keys, { name: 'x', type: int32Type }] }, 'CHECKPOINT_KEY_INCOMPATIBLE', /key 3 is absent in the checkpoint/],
    ['a key less', { ...schema, keys: schema.keys.slice(0, 1) }, 'CHECKPOINT_KEY_INCOMPATIBLE', /key 2 is "size" of type float64 in the checkpoint and absent/],
    ['another aggregate', { ...schema, values: [{ ...schema.values[0], name: 'avg(float64)' }, ...schema.values.slice(1)] }, 'CHECKPOINT_VALUE_INCOMPATIBLE', /value 1 is "total" = sum\(float64\) in float64, boolean in the checkpoint and "total" = avg/],
    ['other buffers', { ...schema, values: [{ ...schema.values[0], buffers: ['int64', 'boolean'] }, ...schema.values.slice(1)] }, 'CHECKPOINT_VALUE_INCOMPATIBLE', /and "total" = sum\(float64\) in int64, boolean in the query/],
    ['an aggregate under the name of another', { ...schema, values: [{ ...schema.values[0], column: 'first' }, { ...schema.values[1], column: 'total' }, schema.values[2]] }, 'CHECKPOINT_VALUE_INCOMPATIBLE', /value 1 is "total" = sum\(float64\) in float64, boolean in the checkpoint and "first" =/],
    ['an aggregate in front', { ...schema, values: [{ name: 'count()', column: 'n', buffers: ['float64'] }, ...schema.values] }, 'CHECKPOINT_VALUE_INCOMPATIBLE', /value 1 is/],
  ] as const)('may not have %s', (_, changed, code, message) => {
    const { stored: found } = history()
    expect(() => restoreState(identity, changed as TableSchema, found)).toThrow(message)
    expect(codeOf(() => restoreState(identity, changed as TableSchema, found))).toBe(code)
  })
})

describe('applyDelta', () => {
  test('takes a recorded delta over as the next batch', () => {
    const { state, stored: found } = history()
    const older = new MemoryOperatorState(identity, schema)
    for (let i = 0; i < 40; i++) put(older, i % 2 === 0 ? 10 : 20, `key ${i}`, values(i))
    older.accept()
    for (const delta of found.deltas) applyDelta(older, delta)
    expect(rowsOf(older)).toEqual(rowsOf(state))
    expect(() => applyDelta(older, found.deltas[0])).toThrow(/it applies to rows with the set-hash/)
  })
})
