import { avg, count, isMillraceError, live, memory, MemorySource, schema, Session, type StreamingQuery, t, Trigger } from 'millrace'
import { describe, expect, test, vi } from 'vitest'
import { LiveTable } from '../../src/sinks/live/live-table.ts'
import { tableChange } from '../../src/sinks/live/table-change.ts'
import { temporaryFolder } from '../streaming/support.ts'

const reading = schema({ at: t.timestamp(), room: t.string(), degrees: t.float64() })

const newInput = () => new MemorySource(reading)
type Input = ReturnType<typeof newInput>

interface Setup {
  readonly outputMode?: 'append' | 'update' | 'complete'
  readonly retain?: number
  readonly executors?: number
}

/** A query over readings into a live table by room; run() gives it rows and waits until they are through. */
async function start(folder: string, input: Input, { outputMode = 'update', retain = 100, executors = 0 }: Setup = {}) {
  const session = await Session.start({ executors })
  const query = await session
    .readStream(memory(input))
    .groupBy('room')
    .agg(({ degrees }) => ({ n: count(), mean: avg(degrees) }))
    .writeStream({ sink: live({ name: 'rooms', key: 'room', retain }), outputMode, checkpointLocation: folder, snapshotInterval: 3 })
    .start()
  const state = session.state('rooms')
  // Recovery goes on after start().
  await vi.waitFor(() => expect(state.isReady).toBe(true))
  return { session, query, state }
}

const rows = (...list: [room: string, degrees: number][]) => list.map(([room, degrees]) => ({ at: new Date(0), room, degrees }))

async function feed(query: StreamingQuery, input: Input, ...list: [string, number][]): Promise<void> {
  input.addData(rows(...list))
  await query.processAllAvailable()
}

describe('by key', () => {
  test('holds the newest row of each key, batch by batch, in order of change', async () => {
    const input = newInput()
    const { session, query, state } = await start(await temporaryFolder(), input)
    await using _ = session
    expect([state.isReady, state.batchId, state.rows()]).toEqual([true, -1, []])
    await feed(query, input, ['attic', 10], ['cellar', 4])
    await feed(query, input, ['attic', 20])
    expect(state.batchId).toBe(1)
    expect(state.rows()).toEqual([{ room: 'cellar', n: 1, mean: 4 }, { room: 'attic', n: 2, mean: 15 }])
    expect(state.get('attic')).toEqual({ room: 'attic', n: 2, mean: 15 })
    expect(state.get({ room: 'attic' })).toEqual(state.get('attic'))
    expect(state.get('garden')).toBeUndefined()
  })

  test('is whole again after a restart, before a new batch, whether from deltas or from a snapshot', async () => {
    const folder = await temporaryFolder()
    const input = newInput()
    for (let run = 0; run < 6; run++) {
      const { session, query, state } = await start(folder, input, { executors: run % 2 })
      await using _ = session
      expect(state.batchId).toBe(run * 2 - 1)
      expect(state.rows().map(r => [r.room, r.n]).sort()).toEqual(run === 0 ? [] : [['a', run], ['b', run], ['c', run]])
      await feed(query, input, ['a', 1], ['b', 1])
      await feed(query, input, ['c', 1])
      await query.stop()
      expect(state.isReady).toBe(false)
    }
  })

  test('keeps so many rows, and lets those go that changed longest ago, also over a restart', async () => {
    const folder = await temporaryFolder()
    const input = newInput()
    const first = await start(folder, input, { retain: 2 })
    await feed(first.query, input, ['a', 1], ['b', 1])
    await feed(first.query, input, ['a', 1])
    await feed(first.query, input, ['c', 1])
    expect(first.state.rows().map(r => r.room)).toEqual(['a', 'c'])
    await first.session.stop()
    const second = await start(folder, input, { retain: 2 })
    await using _ = second.session
    expect(second.state.rows().map(r => r.room)).toEqual(['a', 'c'])
    await feed(second.query, input, ['d', 1])
    expect(second.state.rows().map(r => r.room)).toEqual(['c', 'd'])
  })

  test('in complete mode the table is what the last batch said', async () => {
    const input = newInput()
    const { session, query, state } = await start(await temporaryFolder(), input, { outputMode: 'complete' })
    await using _ = session
    await feed(query, input, ['a', 1], ['b', 2])
    await feed(query, input, ['c', 3])
    expect(state.rows().map(r => r.room).sort()).toEqual(['a', 'b', 'c'])
  })
})

test('without a key every row is added, and the oldest go', async () => {
  const folder = await temporaryFolder()
  const input = newInput()
  const begin = async () => {
    const session = await Session.start()
    const query = await session.readStream(memory(input)).select('room', 'degrees').writeStream({ sink: live({ name: 'last', retain: 3 }), checkpointLocation: folder }).start()
    return { session, query, state: session.state('last') }
  }
  const first = await begin()
  await feed(first.query, input, ['a', 1], ['a', 2])
  await feed(first.query, input, ['a', 3], ['a', 4])
  expect(first.state.rows().map(r => r.degrees)).toEqual([2, 3, 4])
  await first.session.stop()
  const second = await begin()
  await using _ = second.session
  await feed(second.query, input, ['a', 5])
  expect(second.state.rows().map(r => r.degrees)).toEqual([3, 4, 5])
})

test('mistakes: no such table, no such key column, no key where one is needed, a key of the wrong kind, a name twice', async () => {
  const input = newInput()
  await using session = await Session.start()
  const frame = session.readStream(memory(input))
  const problem = async (run: () => unknown): Promise<string> => {
    try {
      await run()
      return 'none'
    } catch (error) {
      return isMillraceError(error) ? error.code : String(error)
    }
  }
  const grouped = frame.groupBy('room').agg(() => ({ n: count() }))
  expect(await problem(() => session.state('rooms'))).toBe('LIVE_UNKNOWN')
  expect(await problem(() => live({ name: 'a b' }))).toBe('PLAN_INVALID_NAME')
  expect(await problem(() => live({ name: 'a', key: [] }))).toBe('PLAN_INVALID_OPTION')
  const folder = await temporaryFolder()
  expect(await problem(() => grouped.writeStream({ sink: live({ name: 'x', key: 'rom' as 'room' }), outputMode: 'update', checkpointLocation: `${folder}/1` }).start())).toBe('PLAN_UNKNOWN_COLUMN')
  expect(await problem(() => grouped.writeStream({ sink: live({ name: 'x' }), outputMode: 'update', checkpointLocation: `${folder}/2` }).start())).toBe('PLAN_INVALID_OPTION')
  await frame.writeStream({ sink: live({ name: 'x', key: ['at', 'room'] }), checkpointLocation: `${folder}/3` }).start()
  expect(await problem(() => frame.writeStream({ sink: live({ name: 'x' }), checkpointLocation: `${folder}/4` }).start())).toBe('SESSION_NAME_IN_USE')
  expect(await problem(() => session.state('x').get({ room: 'a' }))).toBe('LIVE_BAD_KEY')
  expect(await problem(() => session.state('x').get({ room: 'a', at: 'noon' }))).toBe('LIVE_BAD_KEY')
  expect(await problem(() => session.state('x').get({ room: 'a', at: '2026-01-01T00:00:00.000Z' }))).toBe('none')
})

test('a table of another key does not take over a checkpoint', async () => {
  const folder = await temporaryFolder()
  const input = newInput()
  const begin = async (key: 'room' | 'degrees') => {
    await using session = await Session.start()
    const query = await session.readStream(memory(input)).writeStream({ sink: live({ name: 'x', key }), checkpointLocation: folder, trigger: Trigger.availableNow() }).start()
    await query.awaitTermination()
  }
  input.addData(rows(['a', 1]))
  await begin('room')
  await expect(begin('degrees')).rejects.toMatchObject({ code: 'CHECKPOINT_KEY_INCOMPATIBLE' })
})

describe('the table itself', () => {
  const position = (batchId: number) => ({ queryId: 'q', batchId, watermarkMs: null })
  const put = (table: LiveTable, batchId: number, ...keys: string[]): void => {
    const { put, remove } = tableChange(table, keys.map(key => ({ key, row: `"${key}${batchId}"` })), batchId, batchId * 1000, false)
    table.apply(position(batchId), put, remove)
  }

  test('knows the batches since a given one as long as it keeps them all', () => {
    const table = new LiveTable('x', ['k'], 1000)
    expect(table.since(0)).toBeUndefined()
    table.load([], position(9), [])
    put(table, 10, 'a')
    put(table, 11, 'b')
    expect(table.since(9)?.map(b => b.batchId)).toEqual([10, 11])
    expect(table.since(10)?.map(b => b.upserts)).toEqual([['"b11"']])
    expect(table.since(11)).toEqual([])
    expect([table.since(8), table.since(12)]).toEqual([undefined, undefined])
    for (let b = 12; b < 400; b++) put(table, b, 'c')
    expect(table.since(9)).toBeUndefined()
    expect(table.since(399 - 256)?.length).toBe(256)
  })

  test('of one key twice in a batch the last row counts; more rows than it keeps leave the last ones', () => {
    const table = new LiveTable('x', ['k'], 2)
    table.load([], position(-1), [])
    put(table, 0, 'a', 'b', 'a', 'c')
    expect([...table.entries()].map(([key]) => key)).toEqual(['a', 'c'])
    put(table, 1, 'd', 'e', 'f')
    expect([...table.entries()].map(([key]) => key)).toEqual(['e', 'f'])
  })
})
