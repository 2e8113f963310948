import { Subject } from 'rxjs'
import { describe, expect, test } from 'vitest'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import { drain, openSource } from './support.ts'

const row = schema({ v: t.int32() })
const open = (input: unknown, options = {}) => openSource('iterable', { id: 'i', ...options }, row, { live: new Map([['i', input]]) })
const signal = new AbortController().signal

describe('iterable source', () => {
  test('reads an async iterable to its end', async () => {
    async function* numbers() {
      for (let v = 0; v < 5; v++) yield { v }
    }
    const opened = await open(numbers(), { maxRowsPerTrigger: 2 })
    expect(opened.source.replayable).toBe(false)
    await opened.source.pinAvailable()
    expect(await opened.source.latestOffset(null, 'limited')).toBeLessThanOrEqual(2)
    const { end, batches } = await drain(opened, null)
    expect(end).toBe(5)
    expect(batches.flat()).toEqual([0, 1, 2, 3, 4].map(v => ({ v })))
    for (const batch of batches) expect(batch.length).toBeLessThanOrEqual(2)
  })

  test('takes no more from an iterable than its buffer holds, until rows are committed', async () => {
    let taken = 0
    function* endless() {
      for (;;) yield [{ v: taken++ }]
    }
    const opened = await open(endless(), { maxBufferedRows: 4 })
    expect((await opened.batch(null))?.end).toBe(4)
    expect(taken).toBe(5)
    await opened.source.commit(3)
    await new Promise(resolve => setImmediate(resolve))
    expect(await opened.batch(4)).toMatchObject({ end: 7, rows: [{ v: 4 }, { v: 5 }, { v: 6 }] })
    await opened.source.close()
  })

  test('says at start, once, that its rows cannot be read again', async () => {
    for (const input of [[{ v: 1 }], new Subject<{ v: number }>()]) {
      const { source } = await open(input)
      expect(source.notices?.()).toEqual([{
        message: 'The rows of an iterable or observable cannot be read again: those taken and not committed when the process ends are lost.', context: { replayable: false },
      }])
      expect(source.notices?.()).toEqual([])
      await source.close()
    }
  })

  test('reads an observable, and fails when it overruns the buffer', async () => {
    const subject = new Subject<{ v: number }>()
    const opened = await open(subject, { maxBufferedRows: 2 })
    expect(await opened.source.latestOffset(null, 'limited')).toBeNull()
    expect(subject.observed).toBe(true)
    const woken = opened.source.changed(signal)
    subject.next({ v: 1 })
    await woken
    expect((await opened.batch(null))?.rows).toEqual([{ v: 1 }])
    subject.next({ v: 2 })
    subject.next({ v: 3 })
    expect((await opened.batch(1))?.rows).toEqual([{ v: 2 }])
    await opened.source.changed(signal)
    await expect(opened.source.latestOffset(2, 'limited')).rejects.toMatchObject({ code: 'SOURCE_FAILED' })
    expect(subject.observed).toBe(false)
  })

  test('fails with the cause when the iterable throws, after the rows before it', async () => {
    async function* broken() {
      yield { v: 1 }
      throw new Error('sensor unplugged')
    }
    const opened = await open(broken())
    await opened.source.pinAvailable()
    expect((await opened.batch(null))?.rows).toEqual([{ v: 1 }])
    await expect(opened.source.latestOffset(1, 'limited')).rejects.toMatchObject({ code: 'SOURCE_FAILED', context: { row: 1 }, cause: { message: 'sensor unplugged' } })
  })

  test('goes on counting after a restart, and says so when a batch is asked for again', async () => {
    const opened = await open([{ v: 10 }])
    await opened.source.pinAvailable()
    await expect(opened.read([{ spec: { from: 0, to: 1 }, label: '' }])).rejects.toMatchObject({ code: 'SOURCE_DATA_LOST' })
    expect(await opened.source.latestOffset(7, 'limited')).toBe(8)
    expect(await opened.read([{ spec: { from: 7, to: 8 }, label: '' }])).toEqual([{ v: 10 }])
    await expect(opened.read([{ spec: { from: 5, to: 7 }, label: '' }])).rejects.toMatchObject({ code: 'SOURCE_DATA_LOST', context: { from: 5, to: 7 } })
  })

  test('does not wait while the last batch left rows behind', async () => {
    const opened = await open([{ v: 1 }, { v: 2 }, { v: 3 }], { maxRowsPerTrigger: 1 })
    expect(await opened.source.latestOffset(null, 'limited')).toBe(1)
    await opened.source.changed(signal)
  })

  test('ends while an iterator never answers', async () => {
    const silent = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) }
    const opened = await open(silent)
    await opened.source.latestOffset(null, 'limited')
    await opened.source.close()
  })

  test('numbers bad rows through the whole iterable', async () => {
    const opened = await open([{ v: 1 }, { v: 'x' }])
    await opened.source.pinAvailable()
    await expect(opened.batch(null)).rejects.toMatchObject({ code: 'SOURCE_ROW_INVALID', context: { row: 1, column: 'v' } })
  })
})
