import { describe, expect, test } from 'vitest'
import type { PreparedEntry } from '../../src/checkpoint/checkpoint.ts'
import { cleanUp } from '../../src/checkpoint/clean-up.ts'
import { keys } from '../../src/checkpoint/keys.ts'
import { listSnapshots, loadState, writeManifest, writePage } from '../../src/checkpoint/snapshots.ts'
import { sha256 } from '../../src/common/digest.ts'
import { Journal } from './support.ts'

const attempt = { epoch: 1, random: '0'.repeat(16) }
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** A snapshot of two pages after a batch. */
async function snapshot(journal: Journal, entry: PreparedEntry): Promise<void> {
  const { batchId } = entry.prepared.record
  const pages = ['first', 'second'].map(name => new TextEncoder().encode(`${name} page of ${batchId}`))
  for (const [page, segment] of pages.entries()) await writePage(journal.checkpoint, { batchId, attempt, operator: 'aggregate-0', partition: 0, page }, segment)
  await writeManifest(journal.checkpoint, attempt, { batchId, token: entry.prepared.token, partitions: [{ operator: 'aggregate-0', partition: 0, setHash: `hash ${batchId}`, pages: pages.map(page => sha256(page)) }] })
}

/** Batches 0 … 9 with a delta each, snapshots after 3 and 6. */
async function tenBatches(): Promise<{ journal: Journal; last: PreparedEntry }> {
  const journal = await Journal.start()
  await journal.begin()
  let last = await journal.run(4, null, true)
  await snapshot(journal, last)
  last = await journal.run(3, last, true)
  await snapshot(journal, last)
  last = await journal.run(3, last, true)
  return { journal, last }
}

/** What the state would be rebuilt from: pages and deltas, as they were written. */
async function stateOf(journal: Journal, last: PreparedEntry | null): Promise<unknown> {
  return (await loadState(journal.checkpoint, last)).map(s => ({ pages: s.pages?.map(p => text(p.bytes)) ?? null, deltas: s.deltas.map(d => text(d.bytes)), setHash: s.setHash }))
}

const fromSix = [{ pages: ['first page of 6', 'second page of 6'], deltas: ['delta 7', 'delta 8', 'delta 9'], setHash: 'hash 9' }]
const fromThree = [{ pages: ['first page of 3', 'second page of 3'], deltas: [4, 5, 6, 7, 8, 9].map(n => `delta ${n}`), setHash: 'hash 9' }]
const fromStart = [{ pages: null, deltas: Array.from({ length: 10 }, (_, n) => `delta ${n}`), setHash: 'hash 9' }]

describe('the state after the last committed batch', () => {
  test('is the newest snapshot and the deltas after it', async () => {
    const { journal, last } = await tenBatches()
    expect(await stateOf(journal, last)).toEqual(fromSix)
    expect(await stateOf(journal, null)).toEqual([])
  })

  test('does not use a snapshot of a later batch', async () => {
    const { journal, last } = await tenBatches()
    const [five] = (await journal.checkpoint.chain(last, 5)).slice(0, 1)
    expect(await stateOf(journal, five)).toEqual([{ pages: ['first page of 3', 'second page of 3'], deltas: ['delta 4', 'delta 5'], setHash: 'hash 5' }])
  })

  test.each<[string, (journal: Journal) => Promise<void>]>([
    ['a damaged page', journal => journal.damage(keys.page(6, attempt, 'aggregate-0', 0, 1), b => void (b[3] ^= 4))],
    ['a missing page', journal => journal.remove(keys.page(6, attempt, 'aggregate-0', 0, 0))],
    ['a damaged manifest', journal => journal.damage(keys.manifest(6, attempt), b => void (b[80] ^= 1))],
    ['a snapshot that was never finished', journal => journal.remove(keys.manifest(6, attempt))],
  ])('falls back to the older snapshot over %s', async (_, damage) => {
    const { journal, last } = await tenBatches()
    await damage(journal)
    expect(await stateOf(journal, last)).toEqual(fromThree)
  })

  test('falls back to the deltas from the first batch when no snapshot is left', async () => {
    const { journal, last } = await tenBatches()
    await journal.damage(keys.page(6, attempt, 'aggregate-0', 0, 0), b => void (b[0] ^= 1))
    await journal.damage(keys.page(3, attempt, 'aggregate-0', 0, 0), b => void (b[0] ^= 1))
    expect(await stateOf(journal, last)).toEqual(fromStart)
  })

  test('does not take a snapshot of another history', async () => {
    const { journal, last } = await tenBatches()
    await journal.remove(keys.manifest(6, attempt))
    await writeManifest(journal.checkpoint, attempt, { batchId: 6, token: sha256('another'), partitions: [] })
    expect(await stateOf(journal, last)).toEqual(fromThree)
  })

  test('a delta that every way needs is missed by name, and so is every other reason', async () => {
    const { journal, last } = await tenBatches()
    await journal.remove(keys.delta(8, attempt, 'aggregate-0', 0))
    await expect(stateOf(journal, last)).rejects.toMatchObject({
      code: 'STATE_CORRUPT',
      message: expect.stringMatching(/snapshot of batch 6: delta of batch 8.*missing; snapshot of batch 3: .*; deltas from the first batch: /),
    })
    const again = await tenBatches()
    await again.journal.damage(keys.delta(9, attempt, 'aggregate-0', 0), b => void (b[0] ^= 1))
    await expect(stateOf(again.journal, again.last)).rejects.toMatchObject({ code: 'STATE_CORRUPT', message: expect.stringContaining('delta of batch 9, operator aggregate-0, partition 0 is damaged') })
  })
})

describe('clean-up', () => {
  test('keeps two snapshots, the deltas from the older one on, and so many records', async () => {
    const { journal, last } = await tenBatches()
    const end = await journal.run(1, last, true)
    await snapshot(journal, end)
    await cleanUp(journal.checkpoint, { committed: 10, minBatchesToRetain: 2, stateful: true })
    expect((await listSnapshots(journal.checkpoint)).map(s => s.batchId)).toEqual([10, 6])
    expect(await journal.batchesOf('d')).toEqual([6, 7, 8, 9, 10])
    expect(await journal.batchesOf('s')).toEqual([6, 10])
    // The chain from the older snapshot on has to be there, whatever the retention says.
    expect(await journal.batchesOf('p')).toEqual([6, 7, 8, 9, 10])
    expect(await journal.batchesOf('c')).toEqual([6, 7, 8, 9, 10])
    expect(await stateOf(journal, end)).toMatchObject([{ pages: ['first page of 10', 'second page of 10'], deltas: [] }])
    await journal.remove(keys.manifest(10, attempt))
    expect(await stateOf(journal, end)).toMatchObject([{ pages: ['first page of 6', 'second page of 6'], deltas: ['delta 7', 'delta 8', 'delta 9', 'delta 10'] }])
  })

  test('before there are two snapshots every delta stays', async () => {
    const journal = await Journal.start()
    await journal.begin()
    const last = await journal.run(5, null, true)
    await snapshot(journal, last)
    await cleanUp(journal.checkpoint, { committed: 4, minBatchesToRetain: 1, stateful: true })
    expect(await journal.batchesOf('d')).toEqual([0, 1, 2, 3, 4])
    expect(await journal.batchesOf('p')).toEqual([0, 1, 2, 3, 4])
  })

  test('without state only the retention counts, and the last committed batch with the one before it stays', async () => {
    const journal = await Journal.start()
    await journal.begin()
    await journal.run(8)
    await cleanUp(journal.checkpoint, { committed: 7, minBatchesToRetain: 3, stateful: false })
    expect(await journal.batchesOf('p')).toEqual([4, 5, 6, 7])
    await cleanUp(journal.checkpoint, { committed: 7, minBatchesToRetain: 1, stateful: false })
    expect(await journal.batchesOf('p')).toEqual([6, 7])
    await journal.reopen()
    expect((await journal.checkpoint.view()).committed?.prepared.record.batchId).toBe(7)
  })

  test('a crash in the middle leaves a suffix: what is left can be opened', async () => {
    for (let step = 1; step < 12; step++) {
      const { journal, last } = await tenBatches()
      const end = await journal.run(1, last, true)
      await snapshot(journal, end)
      await journal.checkpoint.flush()
      const real = journal.store.write.bind(journal.store)
      let writes = 0
      // Each deletion on its own, as if every write held one.
      const store = journal.store as { write: typeof journal.store.write }
      store.write = async (changes, options) => {
        for (const change of changes) {
          if (++writes > step) return
          await real([change], options)
        }
      }
      await cleanUp(journal.checkpoint, { committed: 10, minBatchesToRetain: 1, stateful: true })
      store.write = real
      await journal.reopen()
      const view = await journal.checkpoint.view()
      expect(view.committed?.prepared.record.batchId).toBe(10)
      expect(await stateOf(journal, view.committed)).toMatchObject([{ deltas: [], setHash: 'hash 10' }])
    }
  })
})
