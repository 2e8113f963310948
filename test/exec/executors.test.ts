import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { count, isMillraceError, MemorySource, memory, memorySink, MemorySink, noop, rateMicroBatch, schema, Session, t, Trigger } from 'millrace'
import { describe, expect, test } from 'vitest'
import { readJsonLines, temporaryFolder } from '../streaming/support.ts'
import { eventLines, type Run, start, watchWorkers, writeEvents } from './support.ts'

async function place(filesPerBatch: number): Promise<Run> {
  const folder = await temporaryFolder()
  const input = join(folder, 'in')
  await mkdir(input)
  return { input, output: join(folder, 'out'), checkpoint: join(folder, 'checkpoint'), filesPerBatch }
}

/** Runs a session with so many workers, to its end also when the work throws. */
async function inSession<T>(executors: number, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await Session.start({ executors, statePartitions: 4 })
  try {
    return await work(session)
  } finally {
    await session.stop()
  }
}

/** What the same input gives on one thread without a fault. */
async function reference(run: Run): Promise<unknown[]> {
  const other = { ...run, output: `${run.output}-reference`, checkpoint: `${run.checkpoint}-reference` }
  await inSession(0, async session => (await start(session, other)).awaitTermination())
  return readJsonLines(other.output)
}

describe('two workers', () => {
  test('both work: each has tasks, rows and time of its own, and the rows are those of one thread', async () => {
    const run = await place(4)
    await writeEvents(run.input, 4, 5000)
    const progress = await inSession(2, async session => {
      const query = await start(session, run)
      await query.awaitTermination()
      return query.recentProgress
    })
    // Four files and four state partitions: two of each on either.
    expect(progress[0].executors.map(e => [e.id, e.numTasks, e.timeMs > 0])).toEqual([['executor-0', 4, true], ['executor-1', 4, true]])
    const rows = progress[0].executors.map(e => e.numInputRows)
    expect(Math.min(...rows)).toBeGreaterThanOrEqual(10_000)
    expect(await readJsonLines(run.output)).toEqual(await reference(run))
  })

  test('an error comes over with class, code, message, context and cause, as it is without threads', async () => {
    const run = await place(2)
    await writeFile(join(run.input, 'a.jsonl'), eventLines(0, 10))
    await writeFile(join(run.input, 'b.jsonl'), `${eventLines(10, 2)}{"at":"2024-01-01T00:00:00Z","user":7,"amount":1}\n`)
    const failure = async (executors: number): Promise<unknown> => {
      const error: unknown = await inSession(executors, async session => (await start(session, { ...run, output: `${run.output}-${executors}`, checkpoint: `${run.checkpoint}-${executors}` })).awaitTermination()).catch((e: unknown) => e)
      const chain: unknown[] = []
      for (let at = error; at instanceof Error; at = at.cause) {
        const { queryId: _, runId: __, ...context } = isMillraceError(at) ? (at.context as { [key: string]: unknown }) : {}
        chain.push({ class: at.name, code: isMillraceError(at) ? at.code : null, retryable: isMillraceError(at) ? at.retryable : null, message: at.message.replace(/Query "[^"]+"/, 'Query'), context, hasStack: at.stack?.includes(at.message) })
      }
      return chain
    }
    const onThreads = await failure(2)
    expect(onThreads).toEqual(await failure(0))
    expect(onThreads).toMatchObject([{ class: 'QueryError', code: 'EXEC_FAILED' }, { class: 'QueryError', code: 'FORMAT_BAD_RECORD', context: { origin: 'b.jsonl', line: 3 }, hasStack: true }])
  })
})

describe.each([0, 2])('on %i worker threads', executors => {
  test('a task that throws fails its batch and nothing else: state and output are as before, the next run is right', async () => {
    const run = await place(2)
    await writeEvents(run.input, 4, 900)
    const bad = join(run.input, 'events-003.jsonl')
    await writeFile(bad, `${eventLines(2700, 450)}{"at":"then"}\n`)
    const failed = await inSession(executors, async session => {
      const query = await start(session, run)
      await expect(query.awaitTermination()).rejects.toMatchObject({ code: 'EXEC_FAILED', context: { batchId: 1 }, cause: { code: 'FORMAT_BAD_RECORD' } })
      return query.recentProgress.map(p => p.batchId)
    })
    expect(failed).toEqual([0])
    // The same rows again, whole this time; the file has the size and time of another one.
    await writeFile(bad, eventLines(2700, 900))
    await inSession(executors, async session => (await start(session, run)).awaitTermination())
    expect(await readJsonLines(run.output)).toEqual(await reference(run))
  })

  test('stop() during a long batch ends it soon', async () => {
    const folder = await temporaryFolder()
    await inSession(executors, async session => {
      const query = await session
        .readStream(rateMicroBatch({ rowsPerBatch: 400_000_000, numPartitions: 2 }))
        .groupBy(({ value }) => ({ last: value.mod(10) }))
        .agg(() => ({ n: count() }))
        .writeStream({ sink: noop(), outputMode: 'complete', checkpointLocation: join(folder, 'checkpoint') })
        .start()
      expect(await query.awaitTermination(300)).toBe(false)
      const before = performance.now()
      await query.stop()
      expect(performance.now() - before).toBeLessThan(3000)
      expect([query.isActive, query.exception, query.recentProgress.length]).toEqual([false, null, 0])
    })
  })

  test('stop() during a batch loses nothing: the next run gives every row once', async () => {
    const run = await place(6)
    await writeEvents(run.input, 6, 8000)
    await inSession(executors, async session => {
      const query = await start(session, run)
      expect(await query.awaitTermination(20)).toBe(false)
      await query.stop()
      expect(query.recentProgress).toEqual([])
    })
    await inSession(executors, async session => (await start(session, run)).awaitTermination())
    expect(await readJsonLines(run.output)).toEqual(await reference(run))
  })
})

describe('a worker that dies', () => {
  test('fails the running batch with EXEC_TASK_LOST; a restart in the same session goes on', async () => {
    const { workers } = watchWorkers()
    const run = await place(2)
    await writeEvents(run.input, 4, 20_000)
    await inSession(2, async session => {
      const query = await start(session, run)
      let committed = 0
      query.progress.subscribe({
        next: () => {
          committed++
          // The next batch has begun when the first message of its tasks is on the way.
          const [first] = workers
          setImmediate(() => void first.terminate())
        },
        error: () => undefined,
      })
      await expect(query.awaitTermination()).rejects.toMatchObject({ code: 'EXEC_FAILED', cause: { code: 'EXEC_TASK_LOST', context: { executor: 'executor-0' }, retryable: true } })
      expect(committed).toBeGreaterThan(0)
      const again = await start(session, run)
      await again.awaitTermination()
      expect([...new Set(again.recentProgress.flatMap(p => p.executors.map(e => e.id)))].sort()).toEqual(['executor-0', 'executor-1'])
    })
    expect(await readJsonLines(run.output)).toEqual(await reference(run))
  })

  test('while a query waits for data, fails its next batch with the same error', async () => {
    const { workers } = watchWorkers()
    const folder = await temporaryFolder()
    await inSession(1, async session => {
      const input = new MemorySource(schema({ v: t.int32() }))
      const sink = new MemorySink<{ v: number }>()
      const query = (n: number) => session.readStream(memory(input)).select('v').writeStream({ sink: memorySink(sink), checkpointLocation: join(folder, `checkpoint-${n}`) }).start()
      const waiting = await query(1)
      input.addData([{ v: 1 }])
      await waiting.processAllAvailable()
      await [...workers][0].terminate()
      const fresh = await query(2)
      await fresh.processAllAvailable()
      input.addData([{ v: 2 }])
      await expect(waiting.awaitTermination()).rejects.toMatchObject({ cause: { code: 'EXEC_TASK_LOST' } })
      await fresh.processAllAvailable()
      expect(sink.rows()).toContainEqual({ v: 2 })
    })
  })

  test('the session stops although a worker is gone', async () => {
    const { workers } = watchWorkers()
    const folder = await temporaryFolder()
    await inSession(2, async session => {
      const query = await session.readStream(rateMicroBatch({ rowsPerBatch: 10 })).writeStream({ sink: noop(), checkpointLocation: join(folder, 'checkpoint'), trigger: Trigger.availableNow() }).start()
      await query.awaitTermination()
      await [...workers][0].terminate()
    })
    await rm(folder, { recursive: true, force: true })
  })
})
