import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { count, files, memory, MemorySource, noop, schema, Session, t, Trigger } from 'millrace'
import { expect, onTestFinished, test } from 'vitest'
import { versionedModel } from '../../src/testing/torture/versioned-model.ts'
import { problem, registryWith } from './model-support.ts'

const event = schema({ value: t.float64() })

async function rowsIn(folder: string): Promise<{ value: number; version: number; at: number }[]> {
  const names = (await readdir(folder)).filter(n => n.endsWith('.jsonl')).sort()
  return (await Promise.all(names.map(n => readFile(`${folder}/${n}`, 'utf8')))).flatMap(text => text.trim().split('\n').map(line => JSON.parse(line) as { value: number; version: number; at: number }))
}

/** A query that scored four batches, the first two by version 1. */
async function scoredBatches(executors = 0) {
  const { registry, folder } = await registryWith(3)
  await registry.setAlias('m', 'champion', 1)
  const session = await Session.start({ executors })
  onTestFinished(() => session.stop())
  await mkdir(`${folder}/in`)
  const frame = session
    .readStream(files({ path: `${folder}/in`, format: 'jsonl', schema: event, maxFilesPerTrigger: 1 }))
    .score('m@champion', { registry, output: { version: 'prediction' }, digest: 'model' })
  const run = async (version: number, numbers: readonly number[]) => {
    await registry.setAlias('m', 'champion', version)
    for (const n of numbers) await writeFile(`${folder}/in/${n}.jsonl`, `{"value":${n}}\n{"value":${n + 0.5}}\n`)
    const query = await frame.writeStream({ sink: files({ path: `${folder}/out`, format: 'jsonl' }), checkpointLocation: `${folder}/checkpoint`, trigger: Trigger.availableNow() }).start()
    await query.awaitTermination()
  }
  await run(1, [1, 2])
  await run(2, [3, 4])
  return { registry, folder, session, frame, checkpointLocation: `${folder}/checkpoint` }
}

test.each([0, 2])('scores recorded batches with another version into another sink, and leaves the checkpoint as it is, on %i workers', async executors => {
  const { registry, folder, frame, checkpointLocation } = await scoredBatches(executors)
  expect((await rowsIn(`${folder}/out`)).map(r => r.version)).toEqual([1, 1, 1, 1, 2, 2, 2, 2])
  const report = await frame.replay({ checkpointLocation, batches: { from: 1, to: 3 }, model: await registry.load('m@3'), sink: files({ path: `${folder}/again`, format: 'jsonl' }) })
  expect(report).toEqual({ batches: 3, numInputRows: 6, numOutputRows: 6, skipped: 0, changedTables: [] })
  const { digest } = await versionedModel(3)
  expect(await rowsIn(`${folder}/again`)).toEqual([2, 2.5, 3, 3.5, 4, 4.5].map(value => ({ value, version: 3, model: digest })))
  // By name, too, and a second time it has nothing left to do.
  expect(await frame.replay({ checkpointLocation, batches: { from: 1, to: 3 }, model: registry.reference('m@3'), sink: files({ path: `${folder}/again`, format: 'jsonl' }) })).toMatchObject({ batches: 0, skipped: 3 })
  expect((await rowsIn(`${folder}/again`)).length).toBe(6)
  // The query goes on.
  await writeFile(`${folder}/in/5.jsonl`, '{"value":5}\n')
  const query = await frame.writeStream({ sink: files({ path: `${folder}/out`, format: 'jsonl' }), checkpointLocation, trigger: Trigger.availableNow() }).start()
  await query.awaitTermination()
  expect((await rowsIn(`${folder}/out`)).length).toBe(9)
})

test('scores again with what the records name, byte for byte', async () => {
  const { folder, frame, checkpointLocation } = await scoredBatches()
  await frame.replay({ checkpointLocation, batches: { from: 2, to: 3 }, sink: files({ path: `${folder}/again`, format: 'jsonl' }) })
  expect(await rowsIn(`${folder}/again`)).toEqual((await rowsIn(`${folder}/out`)).slice(4))
})

test('says what cannot be replayed', async () => {
  const { registry, folder, session, frame, checkpointLocation } = await scoredBatches()
  const sink = files({ path: `${folder}/again`, format: 'jsonl' })
  const model = await registry.load('m@3')
  const other = session.readStream(files({ path: `${folder}/in`, format: 'jsonl', schema: event }))
  await frame.replay({ checkpointLocation, batches: { from: 0, to: 0 }, model, sink })
  expect([
    await problem(() => frame.replay({ checkpointLocation, batches: { from: 0, to: 9 }, model, sink })),
    await problem(() => frame.replay({ checkpointLocation, batches: { from: 3, to: 1 }, model, sink })),
    await problem(() => frame.replay({ checkpointLocation: `${folder}/nowhere`, batches: { from: 0, to: 1 }, model, sink })),
    await problem(() => frame.replay({ checkpointLocation, batches: { from: 0, to: 1 }, model: await0(registry), sink })),
    await problem(() => other.replay({ checkpointLocation, batches: { from: 0, to: 1 }, sink: files({ path: `${folder}/other`, format: 'jsonl' }) })),
    await problem(() => frame.groupBy('version').agg(() => ({ n: count() })).replay({ checkpointLocation, batches: { from: 0, to: 1 }, model, sink })),
    await problem(() => session.readBatch(memory(new MemorySource(event))).replay({ checkpointLocation, batches: { from: 0, to: 1 }, sink })),
    await problem(() => frame.replay({ checkpointLocation, batches: { from: 1, to: 2 }, model, sink })),
  ]).toEqual(['PLAN_INVALID_OPTION', 'PLAN_INVALID_OPTION', 'CHECKPOINT_NOT_FOUND', 'PLAN_INVALID_OPTION', 'PLAN_INVALID_OPTION', 'PLAN_UNSUPPORTED_OPERATOR', 'PLAN_NOT_STREAMING', 'SINK_TOKEN_MISMATCH'])
})

test('replaces the model on every route, and asks no shadow', async () => {
  const { registry, folder, session } = await scoredBatches()
  await registry.setAlias('m', 'challenger', 2)
  await registry.setAlias('m', 'candidate', 3)
  const frame = session
    .readStream(files({ path: `${folder}/in`, format: 'jsonl', schema: event, maxFilesPerTrigger: 1 }))
    .score('m@champion', { registry, output: { version: 'prediction' }, route: { by: 'value', weights: { champion: 1, challenger: 1 } }, shadow: ['m@candidate'] })
  const checkpointLocation = `${folder}/checkpoint-2`
  const query = await frame.writeStream({ sink: files({ path: `${folder}/out-2`, format: 'jsonl' }), disagreements: noop(), checkpointLocation, trigger: Trigger.availableNow() }).start()
  await query.awaitTermination()
  await frame.replay({ checkpointLocation, batches: { from: 0, to: 3 }, sink: files({ path: `${folder}/same`, format: 'jsonl' }) })
  expect(await rowsIn(`${folder}/same`)).toEqual(await rowsIn(`${folder}/out-2`))
  await frame.replay({ checkpointLocation, batches: { from: 0, to: 3 }, model: await registry.load('m@1'), sink: files({ path: `${folder}/other`, format: 'jsonl' }) })
  expect((await rowsIn(`${folder}/other`)).map(r => r.version)).toEqual(Array.from({ length: 8 }, () => 1))
})

/** A model that was forgotten to be waited for. */
function await0(registry: Awaited<ReturnType<typeof registryWith>>['registry']): never {
  return registry.load('m@3') as never
}
