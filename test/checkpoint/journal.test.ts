import { describe, expect, test } from 'vitest'
import type { CheckpointView } from '../../src/checkpoint/checkpoint.ts'
import { keys } from '../../src/checkpoint/keys.ts'
import { encodeRecord } from '../../src/checkpoint/records.ts'
import { description, Journal } from './support.ts'

const short = (view: CheckpointView): unknown => ({ committed: view.committed?.prepared.record.batchId ?? null, candidates: view.candidates.map(c => [c.prepared.record.batchId, c.prepared.attempt.random.replace(/^0+/, '')]) })

describe('what a restart sees', () => {
  test('a new checkpoint has nothing committed and nothing in doubt', async () => {
    const journal = await Journal.start()
    expect(short(await journal.checkpoint.view())).toEqual({ committed: null, candidates: [] })
    expect(await journal.checkpoint.description()).toBeNull()
    await journal.begin()
    expect(await journal.checkpoint.description()).toEqual(description)
  })

  test('a prepared batch without a mark is in doubt; with its mark it is committed', async () => {
    const journal = await Journal.start()
    await journal.begin()
    const first = await journal.prepare(null, { random: 'a' })
    await journal.reopen()
    expect(short(await journal.checkpoint.view())).toEqual({ committed: null, candidates: [[0, 'a']] })
    await journal.commit(first)
    await journal.reopen()
    expect(short(await journal.checkpoint.view())).toEqual({ committed: 0, candidates: [] })
  })

  test('a prepared batch implies that the one before was committed, also when its mark was lost with the power', async () => {
    const journal = await Journal.start()
    await journal.begin()
    const first = await journal.run(1)
    await journal.prepare(first, { random: 'b' })
    // prepare is synced and takes the earlier mark along; here the mark is lost all the same.
    await journal.remove(keys.committed(0))
    await journal.reopen()
    const view = await journal.checkpoint.view()
    expect(short(view)).toEqual({ committed: 0, candidates: [[1, 'b']] })
    expect(view.committed?.prepared.token).toBe(first.prepared.token)
  })

  test('the power may take an unsynced mark, never a prepared batch', async () => {
    const journal = await Journal.start()
    await journal.begin()
    await journal.commit(await journal.prepare(null, { random: 'a' }))
    journal.crash('power')
    await journal.open()
    expect(short(await journal.checkpoint.view())).toEqual({ committed: null, candidates: [[0, 'a']] })
  })

  test('a kill takes nothing', async () => {
    const journal = await Journal.start()
    await journal.begin()
    await journal.commit(await journal.prepare(null))
    journal.crash('kill')
    await journal.open()
    expect(short(await journal.checkpoint.view())).toEqual({ committed: 0, candidates: [] })
  })

  test('attempts of several epochs stand side by side, the newest epoch last', async () => {
    const journal = await Journal.start()
    await journal.begin()
    const first = await journal.run(1)
    await journal.prepare(first, { random: 'f' })
    await journal.reopen()
    await journal.begin()
    await journal.checkpoint.view()
    await journal.prepare(first, { random: 'a' })
    expect(short(await journal.checkpoint.view())).toEqual({ committed: 0, candidates: [[1, 'f'], [1, 'a']] })
  })

  test('an attempt that follows another history is no candidate', async () => {
    const journal = await Journal.start()
    await journal.begin()
    const mine = await journal.prepare(null, { random: 'a' })
    const other = await journal.prepare(null, { random: 'b' })
    await journal.commit(mine)
    await journal.prepare(mine, { random: 'c' })
    const foreign = await journal.prepare(other, { random: 'd' })
    expect(foreign.prepared.record.batchId).toBe(1)
    expect(short(await journal.checkpoint.view())).toEqual({ committed: 0, candidates: [[1, 'c']] })
  })
})

describe('the chain of records', () => {
  test('leads from a batch back to any before it, through the attempts that count', async () => {
    const journal = await Journal.start()
    await journal.begin()
    const first = await journal.run(1)
    await journal.prepare(first, { random: 'lost' })
    const last = await journal.run(3, first)
    const chain = await journal.checkpoint.chain(last, 1)
    expect(chain.map(e => [e.prepared.record.batchId, e.prepared.attempt.random])).toEqual([[1, '0'.repeat(16)], [2, '0'.repeat(16)], [3, '0'.repeat(16)]])
  })

  test('a missing record is named', async () => {
    const journal = await Journal.start()
    await journal.begin()
    const last = await journal.run(4)
    await journal.remove(keys.prepared(1, { epoch: 1, random: '0'.repeat(16) }))
    await expect(journal.checkpoint.chain(last, 0)).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT', message: expect.stringContaining('p/1') })
    // Right behind the last committed batch it is noticed at once.
    await journal.remove(keys.prepared(2, { epoch: 1, random: '0'.repeat(16) }))
    await expect(journal.checkpoint.view()).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT', message: expect.stringContaining('p/2') })
  })

  test('a flipped bit is noticed in every record', async () => {
    const twoAndOneInDoubt = async (): Promise<Journal> => {
      const journal = await Journal.start()
      await journal.begin()
      await journal.prepare(await journal.run(2), { random: 'e' })
      return journal
    }
    const all: string[] = []
    for await (const key of (await twoAndOneInDoubt()).store.keys('', '\u{10ffff}')) all.push(key)
    expect(all).toHaveLength(3 + 3 + 2)
    // The mark of batch 0 is never read: batch 1 was prepared after it.
    for (const key of all.filter(k => k !== keys.committed(0))) {
      for (const at of [0, 64, 65, -1]) {
        const journal = await twoAndOneInDoubt()
        await journal.damage(key, bytes => void (bytes[at < 0 ? bytes.length - 1 : at] ^= 1))
        const look = async (): Promise<unknown> => {
          await journal.reopen()
          await journal.checkpoint.description()
          const view = await journal.checkpoint.view()
          return journal.checkpoint.chain(view.candidates[0], 0)
        }
        await expect(look(), `${key} byte ${at}`).rejects.toMatchObject({ name: 'CheckpointError', code: 'CHECKPOINT_CORRUPT' })
      }
    }
  })

  test('a commit mark without its record, and records without a beginning, are damage and no new checkpoint', async () => {
    const journal = await Journal.start()
    await journal.begin()
    await journal.run(1)
    await journal.remove(keys.prepared(0, { epoch: 1, random: '0'.repeat(16) }))
    await expect(journal.checkpoint.view()).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT' })
    await journal.remove(keys.meta)
    await expect(journal.reopen()).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT', message: expect.stringContaining('no "meta" record') })
  })
})

test('a checkpoint of a newer format is refused', async () => {
  const journal = await Journal.start()
  await journal.begin()
  await journal.store.write([{ kind: 'put', key: keys.meta, value: encodeRecord({ formatVersion: 99, queryId: 'query' }) }], { sync: true })
  await expect(journal.reopen()).rejects.toMatchObject({ code: 'CHECKPOINT_TOO_NEW', context: { version: 99 } })
})

test('after a write that failed nothing is written any more', async () => {
  const journal = await Journal.start()
  await journal.begin()
  const entry = await journal.prepare(null)
  await journal.store.close()
  await expect(journal.commit(entry)).rejects.toThrow()
  await expect(journal.commit(entry)).rejects.toMatchObject({ code: 'CHECKPOINT_IO_FAILED' })
})

describe('what sources remember', () => {
  test('becomes durable with the batch, and is there after a restart', async () => {
    const journal = await Journal.start()
    await journal.begin()
    const first = await journal.prepare(null, { remember: [{ source: 'files-0', put: [['a', { size: 1 }], ['b', { size: 2 }]], remove: [] }] })
    await journal.commit(first)
    const second = await journal.prepare(first, { remember: [{ source: 'files-0', put: [['c', 3], ['b', 4]], remove: ['a'] }, { source: 'other', put: [['a', 'x']], remove: ['never there'] }] })
    expect(second.prepared.remembered['files-0'].count).toBe(2)
    journal.crash('power')
    await journal.open()
    await journal.checkpoint.view()
    expect([...journal.checkpoint.remembered('files-0')]).toEqual([['b', 4], ['c', 3]])
    expect([...journal.checkpoint.remembered('other')]).toEqual([['a', 'x']])
    expect([...journal.checkpoint.remembered('unknown')]).toEqual([])
  })

  test.each(['lost', 'added', 'exchanged'])('an entry that was %s is noticed', async how => {
    const journal = await Journal.start()
    await journal.begin()
    await journal.commit(await journal.prepare(null, { remember: [{ source: 'files-0', put: [['a', 1], ['b', 2]], remove: [] }] }))
    if (how === 'lost') await journal.remove(keys.remembered('files-0', 'a'))
    else await journal.store.write([{ kind: 'put', key: keys.remembered('files-0', how === 'added' ? 'c' : 'a'), value: encodeRecord(7) }], { sync: true })
    await journal.reopen()
    await expect(journal.checkpoint.view()).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT', message: expect.stringContaining('r/files-0') })
  })

  test('the order of changes does not matter to the hash, their outcome does', async () => {
    const hashOf = async (...steps: [string, number | null][]): Promise<unknown> => {
      const journal = await Journal.start()
      await journal.begin()
      let last = null
      for (const [key, value] of steps) last = await journal.prepare(last, { remember: [{ source: 's', put: value === null ? [] : [[key, value]], remove: value === null ? [key] : [] }] })
      return last?.prepared.remembered['s']
    }
    const expected = await hashOf(['a', 1], ['b', 2])
    expect(await hashOf(['b', 2], ['a', 1])).toEqual(expected)
    expect(await hashOf(['a', 9], ['c', 1], ['b', 2], ['a', 1], ['c', null])).toEqual(expected)
    expect(await hashOf(['a', 2], ['b', 1])).not.toEqual(expected)
  })
})
