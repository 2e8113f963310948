import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { avg, count, files, isMillraceError, noop, Session, type StreamingQuery, sum, Trigger, window } from 'millrace'
import { expect, test } from 'vitest'
import { readJsonLines, temporaryFolder } from '../streaming/support.ts'
import { event, eventLines, watchWorkers, writeEvents } from './support.ts'

interface Place {
  readonly input: string
  readonly output: string
  readonly checkpoint: string
}

async function place(): Promise<Place> {
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'in'))
  return { input: join(folder, 'in'), output: join(folder, 'out'), checkpoint: join(folder, 'checkpoint') }
}

/** Sums of a user, then over users: two exchanges. */
function chained(session: Session, { input, output, checkpoint }: Place): Promise<StreamingQuery> {
  return session
    .readStream(files({ path: input, format: 'jsonl', schema: event, maxFilesPerTrigger: 5 }))
    .withWatermark('at', '0 seconds')
    .groupBy(window('at', '10 minutes'), 'user')
    .agg(({ amount }) => ({ n: count(), mean: avg(amount.times(0.1)) }))
    .groupBy(window('window', '30 minutes'))
    .agg(({ n, mean }) => ({ rows: sum(n), means: sum(mean), users: count() }))
    .writeStream({ sink: files({ path: output, format: 'jsonl' }), checkpointLocation: checkpoint, trigger: Trigger.availableNow() })
    .start()
}

interface Message {
  readonly id: number
  readonly request?: { readonly kind: string; readonly tasks?: readonly { readonly kind: string }[] }
}

const mergesFrames = (message: unknown): boolean => (message as Message).request?.tasks?.some(t => t.kind === 'aggregate') ?? false

test.each([1, 2, 3, 5])('%i workers give to the last bit what one thread gives, through two exchanges', async executors => {
  const run = await place()
  await writeEvents(run.input, 10, 700)
  const rows: unknown[][] = []
  for (const n of [0, executors]) {
    await using session = await Session.start({ executors: n, statePartitions: 4 })
    const at = { ...run, output: `${run.output}-${n}`, checkpoint: `${run.checkpoint}-${n}` }
    await (await chained(session, at)).awaitTermination()
    rows.push(await readJsonLines(at.output))
  }
  expect(rows[0].length).toBeGreaterThan(0)
  expect(rows[1]).toEqual(rows[0])
})

test('a worker that dies with frames that another one waits for: EXEC_TASK_LOST, and a new thread in its place is connected', async () => {
  const run = await place()
  await writeEvents(run.input, 5, 200)
  let holder: Worker | undefined
  const { workers } = watchWorkers(message => {
    if (holder !== undefined || !mergesFrames(message)) return
    holder = [...workers][1]
    void holder.terminate()
  })
  // The one partition is merged on executor-0; executor-1 has frames for it and no task when it dies.
  await using session = await Session.start({ executors: 2, statePartitions: 1 })
  const query = await chained(session, run)
  await expect(query.awaitTermination()).rejects.toMatchObject({ code: 'EXEC_FAILED', cause: { code: 'EXEC_TASK_LOST', retryable: true, context: { executor: 'executor-1' } } })
  const again = await chained(session, run)
  await again.awaitTermination()
  expect(again.recentProgress[0].executors.map(e => e.id)).toEqual(['executor-0', 'executor-1'])

  await using inline = await Session.start({ statePartitions: 1 })
  const other = { ...run, output: `${run.output}-inline`, checkpoint: `${run.checkpoint}-inline` }
  await (await chained(inline, other)).awaitTermination()
  expect(await readJsonLines(run.output)).toEqual(await readJsonLines(other.output))
})

test('a failure is reported when every worker has said that it dropped the frames of the attempt', async () => {
  const run = await place()
  await writeFile(join(run.input, 'a.jsonl'), eventLines(0, 50))
  await writeFile(join(run.input, 'b.jsonl'), `${eventLines(50, 50)}{"at":"then"}\n`)
  const asked = new Map<Worker, unknown>()
  const acknowledged = new Set<Worker>()
  watchWorkers((message, worker) => {
    const { id, request } = message as Message
    if (request?.kind !== 'discard') return
    asked.set(worker, request)
    worker.on('message', (reply: unknown) => {
      if ((reply as Message).id === id) acknowledged.add(worker)
    })
  })
  await using session = await Session.start({ executors: 2, statePartitions: 2 })
  const query = await session
    .readStream(files({ path: run.input, format: 'jsonl', schema: event }))
    .groupBy('user')
    .agg(() => ({ n: count() }))
    .writeStream({ sink: noop(), outputMode: 'update', checkpointLocation: run.checkpoint, trigger: Trigger.availableNow() })
    .start()
  const error: unknown = await query.awaitTermination().catch((e: unknown) => e)
  expect(isMillraceError(error) && isMillraceError(error.cause) && error.cause.code).toBe('FORMAT_BAD_RECORD')
  expect(asked.size).toBe(2)
  expect([...asked.keys()].map(w => acknowledged.has(w))).toEqual([true, true])
  const [first, second] = asked.values()
  expect(first).toEqual(second)
})
