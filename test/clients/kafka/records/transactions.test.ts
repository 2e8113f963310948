import { describe, expect, test } from 'vitest'
import { fetchedOf, handBatch, marker, offsetsOf } from './hand-made.ts'

/** Records of a transaction of a producer. */
const rows = (producerId: number, from: number, count = 1): Uint8Array =>
  handBatch({ records: Array.from({ length: count }, (_, i) => ({ offset: from + i, value: 'x' })), producerId, transactional: true })

const abort = (offset: number, producerId: number): Uint8Array => marker(offset, producerId, 0)
const commit = (offset: number, producerId: number): Uint8Array => marker(offset, producerId, 1)

describe('records of aborted transactions', () => {
  test('do not come, and markers never do', async () => {
    const log = fetchedOf([rows(1, 0, 2), commit(2, 1), rows(1, 3, 2), abort(5, 1), rows(1, 6), commit(7, 1)], [[1, 3]])
    expect(await offsetsOf(log)).toEqual({ offsets: [0, 1, 6], position: 8 })
  })

  test('come with read_uncommitted, markers still do not', async () => {
    const log = fetchedOf([rows(1, 0, 2), commit(2, 1), rows(1, 3, 2), abort(5, 1)], [[1, 3]])
    expect(await offsetsOf(log, { isolation: 'read_uncommitted' })).toEqual({ offsets: [0, 1, 3, 4], position: 6 })
  })

  test('two producers open together, listed in the order in which they aborted', async () => {
    const log = fetchedOf([rows(1, 0), rows(2, 1), rows(1, 2), abort(3, 2), rows(1, 4), abort(5, 1), rows(3, 6), commit(7, 3)], [[2, 1], [1, 0]])
    expect(await offsetsOf(log)).toEqual({ offsets: [6], position: 8 })
  })

  test('one producer aborts twice within an answer', async () => {
    const log = fetchedOf([rows(1, 0), abort(1, 1), rows(1, 2), abort(3, 1), rows(1, 4), commit(5, 1)], [[1, 0], [1, 2]])
    expect(await offsetsOf(log)).toEqual({ offsets: [4], position: 6 })
  })

  test('one producer aborts, commits, aborts', async () => {
    const log = fetchedOf([rows(1, 0), abort(1, 1), rows(1, 2), commit(3, 1), rows(1, 4), abort(5, 1)], [[1, 4], [1, 0]])
    expect(await offsetsOf(log)).toEqual({ offsets: [2], position: 6 })
  })

  test('a record of data with the key of a marker is a record', async () => {
    const key = Uint8Array.of(0, 0, 0, 0)
    const withKey = (offset: number): Uint8Array => handBatch({ records: [{ offset, key, value: 'x' }], producerId: 1, transactional: true })
    const log = fetchedOf([withKey(0), rows(1, 1), abort(2, 1), withKey(3), rows(1, 4), commit(5, 1)], [[1, 0]])
    expect(await offsetsOf(log)).toEqual({ offsets: [3, 4], position: 6 })
  })

  test('a transaction longer than the answer, or begun before it', async () => {
    expect(await offsetsOf(fetchedOf([rows(1, 10), rows(1, 11)], [[1, 2]]), { from: 10n })).toEqual({ offsets: [], position: 12 })
    expect(await offsetsOf(fetchedOf([rows(1, 10), abort(11, 1), rows(1, 12), commit(13, 1)], [[1, 2]]), { from: 10n })).toEqual({ offsets: [12], position: 14 })
  })

  test('a marker of a producer that wrote nothing here', async () => {
    const log = fetchedOf([abort(0, 9), rows(1, 1), abort(2, 1), rows(2, 3), commit(4, 2), abort(5, 9)], [[1, 1]])
    expect(await offsetsOf(log)).toEqual({ offsets: [3], position: 6 })
  })

  test('records outside of transactions come, also of a producer that aborted', async () => {
    const plain = handBatch({ records: [{ offset: 1, value: 'x' }], producerId: 1 })
    expect(await offsetsOf(fetchedOf([rows(1, 0), plain, abort(2, 1)], [[1, 0]]))).toEqual({ offsets: [1], position: 3 })
  })

  test('control records that are not about transactions end none', async () => {
    const other = handBatch({ records: [{ offset: 1, key: Uint8Array.of(0, 0, 0, 2), value: 'x' }], producerId: 1, control: true })
    expect(await offsetsOf(fetchedOf([rows(1, 0), other, rows(1, 2), abort(3, 1)], [[1, 0]]))).toEqual({ offsets: [], position: 4 })
  })

  test('the range begins within an aborted transaction', async () => {
    const log = fetchedOf([rows(1, 0, 4), rows(1, 4, 2), abort(6, 1), rows(1, 7), commit(8, 1)], [[1, 0]])
    expect(await offsetsOf(log, { from: 5n, to: 8n })).toEqual({ offsets: [7], position: 8 })
    expect(await offsetsOf(log, { from: 2n, to: 5n })).toEqual({ offsets: [], position: 5 })
  })

  test('a marker that compaction emptied is gone over', async () => {
    const emptied = handBatch({ records: [], baseOffset: 1, lastOffset: 1, producerId: 1, transactional: true, control: true })
    expect(await offsetsOf(fetchedOf([rows(1, 0), emptied, rows(2, 2), commit(3, 2)], [[1, 0]]))).toEqual({ offsets: [2], position: 4 })
  })

  test('a marker without a key is damage', async () => {
    const broken = handBatch({ records: [{ offset: 0, value: 'x' }], producerId: 1, transactional: true, control: true })
    await expect(offsetsOf(fetchedOf([broken]))).rejects.toMatchObject({ code: 'KAFKA_CORRUPT_RECORDS', message: expect.stringContaining('the key of its control record has -1 bytes') })
  })
})
