import { count, files, foreachBatch, schema, Session, t, Trigger, window } from 'millrace'
import { expect, test } from 'vitest'
import { temporaryFolder, writeJsonLines } from '../streaming/support.ts'

const row = schema({ at: t.timestamp(), user: t.string() })
const at = '2013-01-01T00:00:00Z'

test('bad records are counted for the source that has them, and the sink described is that of the output', async () => {
  const folder = await temporaryFolder()
  await writeJsonLines(`${folder}/left`, { 'a.jsonl': [{ at, user: 'ann' }, { at: 7 }, { at: 'never', user: 'bob' }] })
  await writeJsonLines(`${folder}/right`, { 'a.jsonl': [{ at, user: 'cleo' }, { at, user: 1 }] })
  await using session = await Session.start()
  const read = (name: string) => session.readStream(files({ name, path: `${folder}/${name}`, format: 'jsonl', schema: row, onBadRecord: 'deadLetter' }))
  const query = await read('left').union(read('right'))
    .writeStream({
      // A sink without look-up is published first: the dead letters come before the output.
      sink: files({ path: `${folder}/out`, format: 'jsonl' }), deadLetters: foreachBatch(() => {}), trigger: Trigger.availableNow(), checkpointLocation: `${folder}/ck`,
    })
    .start()
  await query.awaitTermination()
  const [progress] = query.recentProgress
  expect([progress.sources.map(s => [s.name, s.numInputRows, s.numBadRecords, s.metrics]), progress.sink]).toEqual([
    [['left', 1, 2, {}], ['right', 1, 1, {}]],
    { description: expect.stringMatching(/out/), numOutputRows: 2, metrics: {} },
  ])
})

test('progress has all of the fields that Spark names, and Spark\'s phases', async () => {
  const folder = await temporaryFolder()
  await writeJsonLines(`${folder}/in`, { 'a.jsonl': [{ at, user: 'ann' }] })
  await using session = await Session.start({ statePartitions: 3 })
  const query = await session.readStream(files({ path: `${folder}/in`, format: 'jsonl', schema: row }))
    .withWatermark('at', '1 hour').groupBy(window('at', '1 hour')).agg(() => ({ n: count() }))
    .writeStream({ sink: files({ path: `${folder}/out`, format: 'jsonl' }), trigger: Trigger.availableNow(), checkpointLocation: `${folder}/ck` })
    .start()
  await query.awaitTermination()
  const [progress] = query.recentProgress
  const number = expect.any(Number)
  expect(progress.stateOperators).toEqual([{
    operatorName: 'stateStoreSave', numRowsTotal: 1, numRowsUpdated: 1, allUpdatesTimeMs: number, numRowsRemoved: 0, allRemovalsTimeMs: 0, commitTimeMs: 0, memoryUsedBytes: number,
    numRowsDroppedByWatermark: 0, numLateRows: 0, numShufflePartitions: 3, numStateStoreInstances: 3, customMetrics: {},
  }])
  expect(progress.stateOperators[0].allUpdatesTimeMs).toBeGreaterThan(0)
  expect(progress.durationMs).toEqual({ latestOffset: number, queryPlanning: 0, getBatch: 0, walCommit: number, addBatch: number, commitOffsets: number, triggerExecution: number })
  expect(progress.observedMetrics).toEqual({})
  expect(JSON.parse(JSON.stringify(progress))).toEqual(progress)
})
