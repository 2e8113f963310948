import { join } from 'node:path'
import { count, files, foreachBatch, isMillraceError, memory, MemorySource, noop, schema, Session, type StreamingQuery, sum, t } from 'millrace'
import { describe, expect, test } from 'vitest'
import type { KeyValueStore, StoreProvider } from '../../src/checkpoint/key-value-store.ts'
import { storeFailed } from '../../src/checkpoint/level-errors.ts'
import { LevelStoreProvider } from '../../src/checkpoint/level-store.ts'
import { nodePorts } from '../../src/common/node/node-ports.ts'
import { temporaryFolder, writeJsonLines } from '../streaming/support.ts'

const event = schema({ user: t.string(), amount: t.integer() })
const users = 40
const snapshotPageBytes = 100

/** Real stores whose writes a test may hold up or refuse; `writes` are the first keys of those that were done. */
class WatchedStores implements StoreProvider {
  readonly writes: string[] = []
  before: (key: string) => Promise<void> | void = () => {}
  readonly #levels = new LevelStoreProvider(nodePorts)

  async open(directory: string): Promise<KeyValueStore> {
    const opened = await this.#levels.open(directory)
    return {
      get: key => opened.get(key),
      range: (from, to) => opened.range(from, to),
      keys: (from, to) => opened.keys(from, to),
      close: () => opened.close(),
      write: async (changes, options) => {
        if (changes.length > 0) await this.before(changes[0].key)
        await opened.write(changes, options)
        this.writes.push(...changes.filter(c => c.kind === 'put').map(c => c.key))
      },
    }
  }
}

/** Every user's amount grows in every batch, so that each batch touches every page. */
const rowsOf = (batch: number): { user: string; amount: number }[] => Array.from({ length: users }, (_, u) => ({ user: `user ${u}`, amount: batch * u }))

interface Place {
  readonly stores: WatchedStores
  readonly folder: string
  readonly source: MemorySource<{ user: string; amount: number }>
}

async function place(): Promise<Place> {
  return { stores: new WatchedStores(), folder: await temporaryFolder(), source: new MemorySource(event) }
}

async function inSession<T>({ stores, folder, source }: Place, options: { readonly executors: number; readonly memoryBudgetBytes?: number }, work: (query: StreamingQuery) => Promise<T>): Promise<T> {
  const session = await Session.start({ ...options, statePartitions: 2 }, { store: stores, snapshotPageBytes })
  try {
    const query = await session
      .readStream(memory(source))
      .groupBy('user')
      .agg(({ amount }) => ({ n: count(), total: sum(amount) }))
      .writeStream({ sink: noop(), outputMode: 'update', checkpointLocation: join(folder, 'checkpoint'), snapshotInterval: 3 })
      .start()
    return await work(query)
  } finally {
    await session.stop()
  }
}

async function runBatches(query: StreamingQuery, source: Place['source'], from: number, to: number): Promise<void> {
  for (let batch = from; batch < to; batch++) {
    source.addData(rowsOf(batch))
    await query.processAllAvailable()
  }
}

async function keysOf(folder: string): Promise<string[]> {
  const store = await new LevelStoreProvider(nodePorts).open(join(folder, 'checkpoint', 'state'))
  try {
    const keys: string[] = []
    for await (const key of store.keys('', '\uffff')) keys.push(key)
    return keys
  } finally {
    await store.close()
  }
}

const batchesOf = (keys: readonly string[], family: string): number[] => [...new Set(keys.filter(k => k.startsWith(`${family}/`)).map(k => Number(k.slice(2, 12))))]

describe('a snapshot', () => {
  test.each([0, 2])('is written beside the batches, and is the state of its own batch, with %i executors', async executors => {
    const at = await place()
    const { stores, folder } = at
    const input = join(folder, 'in')
    const batches = 8
    for (let b = 0; b < batches; b++) await writeJsonLines(input, { [`${b}.jsonl`]: rowsOf(b) })
    // The second page waits for two more batches, the sixth for another two: a batch that waited for the snapshot would wait for ever.
    const waits = new Map([[2, 4], [6, 6]])
    const marks = new Map<number, () => void>()
    const committed = new Map([4, 6].map(b => [b, new Promise<void>(resolve => marks.set(b, resolve))]))
    let pages = 0
    stores.before = async key => {
      if (key.startsWith('c/')) marks.get(Number(key.slice(2, 12)))?.()
      if (key.startsWith('s/0000000002/')) await committed.get(waits.get(++pages) ?? -1)
    }
    const last: unknown[] = []
    const run = async (): Promise<unknown[]> => {
      const session = await Session.start({ executors, statePartitions: 2 }, { store: stores, snapshotPageBytes })
      try {
        const query = await session
          .readStream(files({ path: input, format: 'jsonl', schema: event, maxFilesPerTrigger: 1 }))
          .groupBy('user')
          .agg(({ amount }) => ({ n: count(), total: sum(amount) }))
          .writeStream({ sink: foreachBatch((batch, { batchId }) => void (batchId === batches && last.push(...batch.rows()))), outputMode: 'update', checkpointLocation: join(folder, 'checkpoint'), snapshotInterval: 3 })
          .start()
        await query.processAllAvailable()
        // The snapshot of batch 2 is whole only after batch 6.
        for (; !stores.writes.some(k => k.startsWith('m/0000000002/')); await new Promise(resolve => setImmediate(resolve)));
        return query.recentProgress.map(p => p.batchId)
      } finally {
        await session.stop()
      }
    }
    expect(await run()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    const order = stores.writes.filter(k => /^(c|s\/0000000002|m\/0000000002)/.test(k)).map(k => k.slice(0, 12))
    expect(order.indexOf('c/0000000004')).toBeGreaterThan(order.indexOf('s/0000000002'))
    expect(order.lastIndexOf('s/0000000002')).toBeGreaterThan(order.indexOf('c/0000000006'))
    expect(order.indexOf('m/0000000002')).toBeGreaterThan(order.lastIndexOf('s/0000000002'))
    expect(pages).toBeGreaterThan(10)
    // The next start reads that snapshot: without its deltas there is no other way to the state.
    const store = await new LevelStoreProvider(nodePorts).open(join(folder, 'checkpoint', 'state'))
    for await (const key of store.keys('d/', 'd/0000000003')) await store.write([{ kind: 'delete', key }], { sync: true })
    for await (const key of store.keys('m/0000000003', 'm0')) await store.write([{ kind: 'delete', key }], { sync: true })
    await store.close()
    await writeJsonLines(input, { [`${batches}.jsonl`]: rowsOf(batches) })
    stores.before = () => {}
    expect(await run()).toEqual([8])
    const total = (u: number): number => Array.from({ length: batches + 1 }, (_, b) => b * u).reduce((a, b) => a + b)
    expect(last).toHaveLength(users)
    expect(last).toEqual(expect.arrayContaining(Array.from({ length: users }, (_, u) => ({ user: `user ${u}`, n: batches + 1, total: total(u) }))))
  })

  test('that cannot be written ends the query at once with what the disk said, although it waits for data', async () => {
    const at = await place()
    at.stores.before = key => {
      if (key.startsWith('s/')) throw storeFailed('checkpoint/state', 'written', new Error('no space left on device'))
    }
    await inSession(at, { executors: 0 }, async query => {
      at.source.addData(rowsOf(0))
      await query.processAllAvailable()
      at.source.addData(rowsOf(1))
      await query.processAllAvailable()
      at.source.addData(rowsOf(2))
      const error: unknown = await query.awaitTermination().then(() => null, (e: unknown) => e)
      expect(isMillraceError(error) && error.code).toBe('CHECKPOINT_IO_FAILED')
      expect((error as Error).message).toContain('no space left on device')
    })
  })

  test.each([0, 2])('that is not finished when the query is stopped is left, ignored, and swept at the next start, with %i executors', async executors => {
    const at = await place()
    let reached: () => void = () => {}
    let goOn: () => void = () => {}
    const third = new Promise<void>(resolve => (reached = resolve))
    const released = new Promise<void>(resolve => (goOn = resolve))
    let pages = 0
    at.stores.before = async key => {
      if (!key.startsWith('s/') || ++pages < 3) return
      reached()
      await released
    }
    await inSession(at, { executors }, async query => {
      await runBatches(query, at.source, 0, 3)
      await third
      const stopped = query.stop()
      goOn()
      await stopped
    })
    const left = await keysOf(at.folder)
    expect(pages).toBe(3)
    expect(batchesOf(left, 's')).toEqual([2])
    expect(batchesOf(left, 'm')).toEqual([])
    at.stores.before = () => {}
    // What was due is made up for before the first batch; the pages that were left are not part of it.
    const before = left.filter(k => k.startsWith('s/'))
    await inSession(at, { executors }, query => runBatches(query, at.source, 3, 4))
    const now = await keysOf(at.folder)
    expect(batchesOf(now, 'm')).toEqual([2])
    expect(now.filter(k => before.includes(k))).toEqual([])
    const manifest = now.find(k => k.startsWith('m/')) as string
    expect(now.filter(k => k.startsWith('s/')).every(k => k.startsWith(`s/${manifest.slice(2)}/`))).toBe(true)
  })

  test('makes batches wait for its end when the state with its copies comes near the budget', async () => {
    // A state beside which the partial results of the batches are small: they count too.
    const first = Array.from({ length: users * 20 }, (_, u) => ({ user: `user ${u}`, amount: u }))
    const run = async (query: StreamingQuery, { source }: Place, last: number): Promise<void> => {
      source.addData(first)
      await query.processAllAvailable()
      await runBatches(query, source, 1, last)
    }
    const free = await place()
    const used = await inSession(free, { executors: 0 }, async query => {
      await run(query, free, 3)
      return query.lastProgress?.stateOperators[0].memoryUsedBytes ?? 0
    })
    const at = await place()
    let mark: () => void = () => {}
    const committed = new Promise<void>(resolve => (mark = resolve))
    let isHeld = true
    at.stores.before = async key => {
      if (key === 'c/0000000003') mark()
      if (key.startsWith('p/0000000004')) isHeld = false
      if (!key.startsWith('s/0000000002/')) return
      await committed
      // The next batch would come long before so many turns are over, if it did not wait.
      for (let turn = 0; isHeld && turn < 50_000; turn++) await new Promise(resolve => setImmediate(resolve))
      isHeld = false
    }
    await inSession(at, { executors: 0, memoryBudgetBytes: Math.ceil(used * 1.3) }, query => run(query, at, 6))
    const { writes } = at.stores
    const written = (prefix: string): number => writes.findIndex(key => key.startsWith(prefix))
    expect(written('c/0000000003')).toBeLessThan(written('m/0000000002'))
    expect(written('m/0000000002')).toBeLessThan(written('p/0000000004'))
  })
})
