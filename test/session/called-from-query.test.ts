import { foreach, foreachBatch, memory, MemorySource, schema, Session, type StreamingQuery, t } from 'millrace'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../streaming/support.ts'
import { laterProblem } from './support.ts'

const row = schema({ n: t.int32() })

/** A query that runs `act` for its first batch, in foreachBatch or foreach; `query` is there once it runs. */
async function acting(how: 'foreachBatch' | 'foreach', act: (query: StreamingQuery, session: Session) => Promise<unknown>) {
  const folder = await temporaryFolder()
  const session = await Session.start()
  onTestFinished(() => session.stop())
  const source = new MemorySource(row)
  let started: (query: StreamingQuery) => void = () => {}
  const ready = new Promise<StreamingQuery>(resolve => (started = resolve))
  const run = async (): Promise<void> => void (await act(await ready, session))
  const query = await session.readStream(memory(source)).writeStream({ sink: how === 'foreach' ? foreach({ process: run }) : foreachBatch(run), checkpointLocation: `${folder}/ck` }).start()
  started(query)
  source.addData([{ n: 1 }])
  return query
}

test.each(['foreachBatch', 'foreach'] as const)('a function in %s that waits for its own query is refused instead of waiting for ever', async how => {
  const answers: string[] = []
  const query = await acting(how, async (q, session) => {
    answers.push(await laterProblem(q.awaitTermination()), await laterProblem(q.processAllAvailable()))
    await Promise.resolve()
    answers.push(await laterProblem(session.streams.awaitAnyTermination()), await laterProblem(q.stop()), await laterProblem(session.streams.stopAll()), await laterProblem(session.stop()))
  })
  expect(await query.awaitTermination()).toBe(true)
  const refused = (what: string) => `SESSION_CALLED_FROM_QUERY: ${what} was called in a function that the query itself waits for, so that waiting for it would never end. In the function call stop() without await, or call ${what} from outside.`
  expect(answers).toEqual(['awaitTermination()', 'processAllAvailable()', 'awaitAnyTermination()', 'stop()', 'stopAll()', 'Session.stop()'].map(refused))
})

test('what it throws there fails the query, with the reason', async () => {
  const query = await acting('foreachBatch', q => q.awaitTermination())
  await expect(query.awaitTermination()).rejects.toMatchObject({ code: 'EXEC_FAILED', cause: { code: 'SINK_USER_FUNCTION_FAILED', cause: { code: 'SESSION_CALLED_FROM_QUERY', context: { what: 'awaitTermination()', queryId: query.id } } } })
})

test('stop() without await stops the query after the function, and the batch is committed', async () => {
  const query = await acting('foreachBatch', async q => void q.stop())
  expect(await query.awaitTermination()).toBe(true)
  expect([query.exception, query.isActive, query.recentProgress.map(p => p.batchId)]).toEqual([null, false, [0]])
})

test('a function may start, wait for and stop another query', async () => {
  const folder = await temporaryFolder()
  let state = 'not started'
  const query = await acting('foreachBatch', async (q, session) => {
    const other = await session.readStream(memory(new MemorySource(row))).writeStream({ sink: foreachBatch(() => {}), checkpointLocation: `${folder}/other` }).start()
    await other.processAllAvailable()
    await other.stop()
    state = other.isActive ? 'running' : 'stopped'
    void q.stop()
  })
  await query.awaitTermination()
  expect(state).toBe('stopped')
})
