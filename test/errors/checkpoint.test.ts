import { spawnSync } from 'node:child_process'
import { cp, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { avg, count, files, schema, Session, sum, t, Trigger, window } from 'millrace'
import { temporaryFolder, writeJsonLines } from '../streaming/support.ts'

// A query over folders `in`, `out` and `ck`, changed or moved between its runs.

const event = schema({ at: t.timestamp(), user: t.string(), amount: t.float64() })
const time = (minute: number): string => new Date(1_700_000_000_000 + minute * 60_000).toISOString()

function source(session: Session, folder: string, name?: string) {
  return session.readStream(files({ path: `${folder}/in`, format: 'jsonl', schema: event, ...(name === undefined ? {} : { name }) })).withWatermark('at', '1 minute')
}

const plain = (session: Session, folder: string) =>
  source(session, folder)
    .groupBy(window('at', '1 minute'), 'user')
    .agg(({ amount }) => ({ n: count(), total: sum(amount) }))

type Shape = (session: Session, folder: string) => { writeStream: ReturnType<typeof plain>['writeStream'] }

async function run(folder: string, shape: Shape = plain): Promise<void> {
  await using session = await Session.start()
  const query = await shape(session, folder)
    .writeStream({ sink: files({ path: `${folder}/out`, format: 'jsonl' }), trigger: Trigger.availableNow(), checkpointLocation: `${folder}/ck` })
    .start()
  await query.awaitTermination()
}

/** Adds a file, so that the next run has a batch. */
async function more(folder: string, minute: number): Promise<void> {
  await writeJsonLines(`${folder}/in`, { [`${String(minute).padStart(4, '0')}.jsonl`]: [{ at: time(minute), user: 'ann', amount: 1 }] })
}

async function ranOnce(): Promise<string> {
  const folder = await temporaryFolder()
  await more(folder, 0)
  await run(folder)
  return folder
}

describe('a changed query', () => {
  const aggregate = (columns: 'other-key' | 'fewer' | 'other-type' | 'renamed' | 'appended', name?: string): Shape => (session, folder) => {
    const grouped = source(session, folder).groupBy(window('at', '1 minute'), columns === 'other-key' ? 'amount' : 'user')
    const options = name === undefined ? {} : { name }
    switch (columns) {
      case 'fewer':
        return grouped.agg(() => ({ n: count() }), options)
      case 'other-type':
        return grouped.agg(({ amount }) => ({ n: count(), total: avg(amount) }), options)
      case 'renamed':
        return grouped.agg(({ amount }) => ({ rows: count(), sum: sum(amount) }), options)
      case 'appended':
        return grouped.agg(({ amount }) => ({ n: count(), total: sum(amount), mean: avg(amount) }), options)
      default:
        return grouped.agg(({ amount }) => ({ n: count(), total: sum(amount) }), options)
    }
  }
  const longer: Shape = (session, folder) => source(session, folder).groupBy(window('at', '2 minutes'), 'user').agg(({ amount }) => ({ n: count(), total: sum(amount) }))

  test.each<[string, string, Shape]>([
    ['CHECKPOINT_INCOMPATIBLE', 'a renamed operator', aggregate('renamed', 'mine')],
    ['CHECKPOINT_INCOMPATIBLE', 'a renamed source', (s, f) => source(s, f, 'other').groupBy(window('at', '1 minute'), 'user').agg(({ amount }) => ({ n: count(), total: sum(amount) }))],
    ['CHECKPOINT_INCOMPATIBLE', 'an operator that is gone', (s, f) => source(s, f)],
    ['CHECKPOINT_KEY_INCOMPATIBLE', 'a key of another type', aggregate('other-key')],
    ['CHECKPOINT_KEY_INCOMPATIBLE', 'another window', longer],
    ['CHECKPOINT_VALUE_INCOMPATIBLE', 'an aggregate that is gone', aggregate('fewer')],
    ['CHECKPOINT_VALUE_INCOMPATIBLE', 'another aggregate', aggregate('other-type')],
  ])('%s: %s', async (code, _, shape) => {
    await expect(run(await ranOnce(), shape)).rejects.toMatchObject({ name: 'CheckpointError', code })
  })

  test.each<[string, Shape]>([
    ['renamed aggregates', aggregate('renamed')],
    ['an appended aggregate', aggregate('appended')],
    ['an added filter', (s, f) => source(s, f).where(({ amount }) => amount.gt(0)).groupBy(window('at', '1 minute'), 'user').agg(({ amount }) => ({ n: count(), total: sum(amount) }))],
  ])('%s are accepted', async (_, shape) => {
    const folder = await ranOnce()
    await more(folder, 5)
    await run(folder, shape)
  })

  test('CHECKPOINT_STATE_MISSING: state is added to a query without any', async () => {
    const folder = await temporaryFolder()
    await more(folder, 0)
    await run(folder, source)
    await expect(run(folder)).rejects.toMatchObject({ code: 'CHECKPOINT_STATE_MISSING' })
  })
})

describe('a checkpoint that does not belong to its output', () => {
  test('CHECKPOINT_OLDER_THAN_SINK: an old copy of the checkpoint', async () => {
    const folder = await ranOnce()
    await cp(`${folder}/ck`, `${folder}/old`, { recursive: true })
    await more(folder, 5)
    await run(folder)
    await rm(`${folder}/ck`, { recursive: true })
    await rename(`${folder}/old`, `${folder}/ck`)
    await expect(run(folder)).rejects.toMatchObject({ code: 'CHECKPOINT_OLDER_THAN_SINK' })
  })

  test('CHECKPOINT_HISTORY_DIVERGED: two copies went on separately', async () => {
    const folder = await ranOnce()
    const other = await temporaryFolder()
    await cp(folder, other, { recursive: true, preserveTimestamps: true })
    for (const f of [folder, other]) {
      await more(f, 5)
      await run(f)
    }
    await rm(`${folder}/out`, { recursive: true })
    await cp(`${other}/out`, `${folder}/out`, { recursive: true })
    await expect(run(folder)).rejects.toMatchObject({ code: 'CHECKPOINT_HISTORY_DIVERGED' })
  })

  test('SINK_LOST_COMMITS: an old copy of the output', async () => {
    const folder = await ranOnce()
    await cp(`${folder}/out`, `${folder}/old`, { recursive: true })
    await more(folder, 5)
    await run(folder)
    await rm(`${folder}/out`, { recursive: true })
    await rename(`${folder}/old`, `${folder}/out`)
    await expect(run(folder)).rejects.toMatchObject({ code: 'SINK_LOST_COMMITS' })
  })

  test('SINK_MARKER_LOST: the output was emptied', async () => {
    const folder = await ranOnce()
    await rm(`${folder}/out`, { recursive: true })
    await expect(run(folder)).rejects.toMatchObject({ code: 'SINK_MARKER_LOST' })
  })
})

describe('a folder that is no checkpoint', () => {
  test('CHECKPOINT_NOT_EMPTY: a new query does not move into a folder in use', async () => {
    const folder = await temporaryFolder()
    await more(folder, 0)
    await mkdir(`${folder}/ck`)
    await writeFile(`${folder}/ck/letter.txt`, 'hello')
    await expect(run(folder)).rejects.toMatchObject({ code: 'CHECKPOINT_NOT_EMPTY', context: { found: ['letter.txt'] } })
  })

  test('CHECKPOINT_NOT_FOUND: the tool creates nothing in it', async () => {
    const folder = await temporaryFolder()
    const tool = spawnSync(process.execPath, [fileURLToPath(new URL('../../bin/millrace.js', import.meta.url)), 'checkpoint', 'show', folder], { encoding: 'utf8' })
    expect([tool.status, tool.stdout]).toEqual([1, ''])
    expect(tool.stderr).toContain('CHECKPOINT_NOT_FOUND')
    expect(await readdir(folder)).toEqual([])
  })

  test('CHECKPOINT_CORRUPT: one whose metadata is gone is damaged, for the tool too', async () => {
    const folder = await temporaryFolder()
    await more(folder, 0)
    await run(folder)
    await rm(`${folder}/ck/metadata`)
    const tool = spawnSync(process.execPath, [fileURLToPath(new URL('../../bin/millrace.js', import.meta.url)), 'checkpoint', 'show', `${folder}/ck`], { encoding: 'utf8' })
    expect([tool.status, tool.stderr]).toEqual([1, expect.stringContaining('CHECKPOINT_CORRUPT')])
    await expect(run(folder)).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT' })
  })
})
