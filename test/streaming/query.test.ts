import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { avg, count, files, schema, Session, type StreamingQueryProgress, sum, t, Trigger, window } from 'millrace'
import { readJsonLines, temporaryFolder, writeJsonLines } from './support.ts'

const event = schema({ at: t.timestamp(), user: t.string(), amount: t.nullable(t.float64()) })
const at = (seconds: number): string => new Date(1_700_000_000_000 - (1_700_000_000_000 % 60_000) + seconds * 1000).toISOString()

/** Four files, one a batch: a few minutes of events, the last of them too late for its window. */
async function fourFiles(folder: string): Promise<void> {
  await writeJsonLines(folder, {
    'a.jsonl': [{ at: at(1), user: 'ann', amount: 1 }, { at: at(20), user: 'bob', amount: 2 }, { at: at(61), user: 'ann', amount: null }],
    'b.jsonl': [{ at: at(59), user: 'ann', amount: 4 }, { at: at(200), user: 'bob', amount: 8 }],
    'c.jsonl': [{ at: at(230), user: 'cid', amount: 16 }],
    'd.jsonl': [{ at: at(2), user: 'ann', amount: 100 }],
  })
}

function perMinute(session: Session, folder: string) {
  return session
    .readStream(files({ path: folder, format: 'jsonl', schema: event, maxFilesPerTrigger: 1 }))
    .withWatermark('at', '10 seconds')
    .groupBy(window('at', '1 minute'), 'user')
    .agg(({ amount }) => ({ n: count(), total: sum(amount), mean: avg(amount) }))
    .select('user', 'n', 'total', 'mean')
}

describe('a windowed aggregation over files', () => {
  for (const executors of [0, 2]) {
    test(`emits each window once, when the watermark has passed it, with ${executors} executors`, async () => {
      const folder = await temporaryFolder()
      await fourFiles(join(folder, 'in'))
      await using session = await Session.start({ executors })
      const progress: StreamingQueryProgress[] = []
      const query = await perMinute(session, join(folder, 'in'))
        .writeStream({ sink: files({ path: join(folder, 'out'), format: 'jsonl' }), trigger: Trigger.availableNow(), checkpointLocation: join(folder, 'ck'), lateRows: files({ path: join(folder, 'late'), format: 'jsonl' }) })
        .start()
      query.progress.subscribe(p => progress.push(p))
      expect(await query.awaitTermination()).toBe(true)
      expect(await readJsonLines(join(folder, 'out'))).toEqual([
        { user: 'ann', n: 1, total: null, mean: null },
        { user: 'ann', n: 2, total: 5, mean: 2.5 },
        { user: 'bob', n: 1, total: 2, mean: 2 },
      ])
      expect(await readJsonLines(join(folder, 'late'))).toEqual([{ at: at(2).replace('.000Z', 'Z'), user: 'ann', amount: 100 }])
      expect(progress.map(p => [p.batchId, p.numInputRows, p.eventTime.watermark ?? null])).toEqual([
        [0, 3, null],
        [1, 2, at(51)],
        [2, 1, at(190)],
        [3, 1, at(220)],
      ])
      expect(progress[3].stateOperators[0]).toMatchObject({ numRowsDroppedByWatermark: 1, numLateRows: 1 })
      const working = new Set(progress.flatMap(p => p.executors.filter(e => e.timeMs > 0).map(e => e.id)))
      expect([...working].sort()).toEqual(executors === 0 ? ['inline'] : ['executor-0', 'executor-1'])
    })
  }

  test('goes on where it was when it is started again, and repeats nothing', async () => {
    const folder = await temporaryFolder()
    await fourFiles(join(folder, 'in'))
    const run = async (): Promise<number> => {
      await using session = await Session.start()
      const query = await perMinute(session, join(folder, 'in'))
        .writeStream({ sink: files({ path: join(folder, 'out'), format: 'jsonl' }), trigger: Trigger.availableNow(), checkpointLocation: join(folder, 'ck') })
        .start()
      await query.awaitTermination()
      return query.recentProgress.length
    }
    expect(await run()).toBe(4)
    expect(await run()).toBe(0)
    await writeJsonLines(join(folder, 'in'), { 'e.jsonl': [{ at: at(1000), user: 'dan', amount: 1 }] })
    expect(await run()).toBe(2)
    expect(await readJsonLines(join(folder, 'out'))).toEqual([
      { user: 'ann', n: 1, total: null, mean: null },
      { user: 'ann', n: 2, total: 5, mean: 2.5 },
      { user: 'bob', n: 1, total: 2, mean: 2 },
      { user: 'bob', n: 1, total: 8, mean: 8 },
      { user: 'cid', n: 1, total: 16, mean: 16 },
    ])
  })

  test('refuses append mode without a watermark, in words', async () => {
    const folder = await temporaryFolder()
    await using session = await Session.start()
    const frame = session.readStream(files({ path: folder, format: 'jsonl', schema: event })).groupBy('user').agg(() => ({ n: count() }))
    await expect(frame.writeStream({ sink: files({ path: join(folder, 'o'), format: 'jsonl' }), checkpointLocation: join(folder, 'ck') }).start()).rejects.toMatchObject({
      code: 'PLAN_APPEND_NEEDS_WATERMARK',
      name: 'AnalysisError',
    })
  })

  test('a checkpoint is held by one query at a time, and a changed query is refused by name', async () => {
    const folder = await temporaryFolder()
    await fourFiles(join(folder, 'in'))
    await using session = await Session.start()
    const options = { sink: files({ path: join(folder, 'out'), format: 'jsonl' }), checkpointLocation: join(folder, 'ck') }
    const query = await perMinute(session, join(folder, 'in')).writeStream(options).start()
    await query.processAllAvailable()
    await expect(perMinute(session, join(folder, 'in')).writeStream(options).start()).rejects.toMatchObject({ code: 'CHECKPOINT_IN_USE' })
    await query.stop()
    const changed = session
      .readStream(files({ path: join(folder, 'in'), format: 'jsonl', schema: event }))
      .withWatermark('at', '10 seconds')
      .groupBy(window('at', '2 minutes'), 'user')
      .agg(({ amount }) => ({ n: count(), total: sum(amount), mean: avg(amount) }))
      .select('user', 'n', 'total', 'mean')
    await expect(changed.writeStream(options).start()).rejects.toMatchObject({ code: 'CHECKPOINT_KEY_INCOMPATIBLE', message: expect.stringContaining('"aggregate-0"') })
  })

  test('a bad record fails the query with file, line and reason, or goes to the dead letters', async () => {
    const folder = await temporaryFolder()
    await writeJsonLines(join(folder, 'in'), { 'a.jsonl': [{ at: at(1), user: 'ann', amount: 1 }, { at: 'yesterday', user: 'bob', amount: 2 }] })
    await using session = await Session.start()
    const read = (onBadRecord: 'fail' | 'deadLetter') => session.readStream(files({ path: join(folder, 'in'), format: 'jsonl', schema: event, onBadRecord }))
    const failing = await read('fail').writeStream({ sink: files({ path: join(folder, 'o1'), format: 'jsonl' }), checkpointLocation: join(folder, 'c1') }).start()
    await expect(failing.awaitTermination()).rejects.toMatchObject({ code: 'EXEC_FAILED', message: expect.stringMatching(/batch 0.*[Ll]ine 2 of "a.jsonl"/), cause: { code: 'FORMAT_BAD_RECORD' } })
    const going = await read('deadLetter')
      .writeStream({ sink: files({ path: join(folder, 'o2'), format: 'jsonl' }), deadLetters: files({ path: join(folder, 'dead'), format: 'jsonl' }), trigger: Trigger.availableNow(), checkpointLocation: join(folder, 'c2') })
      .start()
    await going.awaitTermination()
    expect(await readJsonLines(join(folder, 'o2'))).toHaveLength(1)
    expect(await readJsonLines(join(folder, 'dead'))).toEqual([expect.objectContaining({ origin: 'a.jsonl', line: 2, reason: expect.stringContaining('at') })])
  })
})
