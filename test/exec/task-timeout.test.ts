import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { count, levenshtein, loadModel, memory, MemorySink, MemorySource, memorySink, noop, rateMicroBatch, repeat, schema, Session, type StreamingQuery, t } from 'millrace'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../streaming/support.ts'
import { watchWorkers } from './support.ts'

const line = schema({ text: t.string() })
/** Much longer than the batches of two rows take, also on a busy machine. */
const taskTimeout = '2 seconds'
const timedOut = { code: 'EXEC_FAILED', cause: { code: 'EXEC_TASK_TIMEOUT', retryable: false, context: { taskTimeoutMs: 2000 } } }

/** A query of two rows a batch; it stays on its executors as long as nothing ends it. */
async function bystander(session: Session, folder: string): Promise<{ readonly query: StreamingQuery; readonly next: () => Promise<number> }> {
  const input = new MemorySource(line)
  const sink = new MemorySink<{ n: number }>()
  const query = await session
    .readStream(memory(input))
    .groupBy()
    .agg(() => ({ n: count() }))
    .writeStream({ sink: memorySink(sink), outputMode: 'complete', checkpointLocation: join(folder, 'bystander') })
    .start()
  return {
    query,
    async next() {
      input.addData([{ text: 'a' }, { text: 'b' }])
      await query.processAllAvailable()
      return sink.rows().at(-1)?.n ?? 0
    },
  }
}

describe.each([0, 2])('with %i worker threads', executors => {
  test('a task that is only long ends at its next record batch; the executors and other queries go on', async () => {
    const folder = await temporaryFolder()
    await using session = await Session.start({ executors, taskTimeout })
    const other = await bystander(session, folder)
    expect(await other.next()).toBe(2)
    const query = await session
      .readStream(rateMicroBatch({ rowsPerBatch: 400_000_000, numPartitions: 2 }))
      .groupBy(({ value }) => ({ last: value.mod(10) }))
      .agg(() => ({ n: count() }))
      .writeStream({ sink: noop(), outputMode: 'complete', checkpointLocation: join(folder, 'long') })
      .start()
    await expect(query.awaitTermination()).rejects.toMatchObject(timedOut)
    expect(await other.next()).toBe(4)
  })
})

test('a task that never lets go of its thread ends with it; other queries there are lost, and a new thread takes its place', async () => {
  const folder = await temporaryFolder()
  await using session = await Session.start({ executors: 1, taskTimeout })
  const other = await bystander(session, folder)
  expect(await other.next()).toBe(2)
  const input = new MemorySource(line)
  const query = await session
    .readStream(memory(input))
    // A million letters against a million: weeks.
    .select(({ text }) => ({ edits: levenshtein(repeat(text, 1_000_000), repeat(text, 1_000_000)) }))
    .writeStream({ sink: noop(), checkpointLocation: join(folder, 'endless') })
    .start()
  input.addData([{ text: 'a' }])
  await expect(query.awaitTermination()).rejects.toMatchObject({ ...timedOut, cause: { ...timedOut.cause, message: expect.stringMatching(/^A task on executor "executor-0" had not ended after 2 seconds, the taskTimeout of the session/) } })
  await expect(other.next()).rejects.toMatchObject({ cause: { code: 'EXEC_TASK_LOST', retryable: true, cause: { code: 'EXEC_TASK_TIMEOUT' } } })
  const again = await bystander(session, join(folder, 'again'))
  expect(await again.next()).toBe(2)
})

test('a task inside a model is waited for: its query fails and its thread lives', async () => {
  const folder = await temporaryFolder()
  const path = join(folder, 'large.json')
  await writeFile(path, await enlarged('test/fixtures/models/xgboost-reg-squarederror/model.json', 200))
  const model = await loadModel(path)
  const exits: number[] = []
  watchWorkers((_, worker) => {
    if (worker.listenerCount('exit') === 1) worker.on('exit', code => exits.push(code))
  })
  const session = await Session.start({ executors: 1, taskTimeout: '100ms' })
  const query = await session
    .readStream(rateMicroBatch({ rowsPerBatch: 10_000_000 }))
    .select(({ value }) => ({ area: value.times(0.5), rooms: value.times(0.1), age: value.times(0.2), lat: value.times(0.3), lon: value.times(0.4), district: value.times(0.6), heating: value.times(0.7), floor: value.times(0.8) }))
    .score(model, { output: { price: 'prediction' } })
    .writeStream({ sink: noop(), checkpointLocation: join(folder, 'scored') })
    .start()
  await expect(query.awaitTermination()).rejects.toMatchObject({ cause: { code: 'EXEC_TASK_TIMEOUT', context: { taskTimeoutMs: 100 } } })
  await session.stop()
  // It left by itself; one that is terminated has exit code 1.
  expect(exits).toEqual([0])
})

test('the limit is a length of time above zero', async () => {
  for (const wrong of ['0 seconds', '30 days', '1 month', 'soon', 7]) {
    await expect(Session.start({ taskTimeout: wrong as never })).rejects.toMatchObject({ code: 'PLAN_INVALID_OPTION', context: { name: 'taskTimeout' } })
  }
})

/** An XGBoost model with its trees so many times over: one record batch takes longer than an overdue task is given. */
async function enlarged(path: string, times: number): Promise<string> {
  interface Booster {
    readonly learner: { readonly gradient_booster: { readonly model: { trees: { id: number }[]; tree_info: number[]; iteration_indptr: number[]; readonly gbtree_model_param: { num_trees: string } } } }
  }
  const document = JSON.parse(await readFile(path, 'utf8')) as Booster
  const { model } = document.learner.gradient_booster
  const trees = Array.from({ length: times }, () => model.trees).flat()
  model.trees = trees.map((tree, id) => ({ ...tree, id }))
  model.tree_info = trees.map(() => 0)
  model.iteration_indptr = Array.from({ length: trees.length + 1 }, (_, i) => i)
  model.gbtree_model_param.num_trees = String(trees.length)
  return JSON.stringify(document)
}
