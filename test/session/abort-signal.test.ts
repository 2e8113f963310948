import { getEventListeners } from 'node:events'
import { foreachBatch, memory, MemorySource, noop, schema, Session, t } from 'millrace'
import { expect, onTestFinished, test } from 'vitest'
import { temporaryFolder } from '../streaming/support.ts'
import { laterProblem } from './support.ts'

const row = schema({ n: t.int32() })

async function place(signal?: AbortSignal) {
  const folder = await temporaryFolder()
  const session = await Session.start(signal === undefined ? {} : { signal })
  onTestFinished(() => session.stop())
  const source = new MemorySource(row)
  return { session, source, frame: session.readStream(memory(source)), checkpoint: `${folder}/ck` }
}

test('aborting the signal of a query stops it, and only it', async () => {
  const { frame, checkpoint } = await place()
  const controller = new AbortController()
  const mine = await frame.writeStream({ sink: noop(), checkpointLocation: checkpoint, signal: controller.signal }).start()
  const other = await frame.writeStream({ sink: noop(), checkpointLocation: `${checkpoint}-other` }).start()
  controller.abort()
  expect(await mine.awaitTermination()).toBe(true)
  expect([mine.exception, mine.isActive, other.isActive]).toEqual([null, false, true])
})

test('a signal that is aborted before the start lets the query end before its first batch', async () => {
  const { frame, source, checkpoint } = await place()
  source.addData([{ n: 1 }])
  const query = await frame.writeStream({ sink: noop(), checkpointLocation: checkpoint, signal: AbortSignal.abort() }).start()
  expect([await query.awaitTermination(), query.recentProgress]).toEqual([true, []])
})

test('a query that has ended leaves the signal alone', async () => {
  const { frame, checkpoint } = await place()
  const { signal } = new AbortController()
  const query = await frame.writeStream({ sink: noop(), checkpointLocation: checkpoint, signal }).start()
  expect(getEventListeners(signal, 'abort')).toHaveLength(1)
  await query.stop()
  expect(getEventListeners(signal, 'abort')).toHaveLength(0)
})

test('a function of the query may abort it', async () => {
  const { frame, source, checkpoint } = await place()
  const controller = new AbortController()
  source.addData([{ n: 1 }])
  const query = await frame.writeStream({ sink: foreachBatch(() => controller.abort()), checkpointLocation: checkpoint, signal: controller.signal }).start()
  expect([await query.awaitTermination(), query.recentProgress.map(p => p.batchId)]).toEqual([true, [0]])
})

test('aborting the signal of a session stops its queries and closes it', async () => {
  const controller = new AbortController()
  const { session, frame, checkpoint } = await place(controller.signal)
  const query = await frame.writeStream({ sink: noop(), checkpointLocation: checkpoint }).start()
  controller.abort()
  expect(await query.awaitTermination()).toBe(true)
  await session.stop()
  await expect(frame.writeStream({ sink: noop(), checkpointLocation: checkpoint }).start()).rejects.toMatchObject({ code: 'SESSION_CLOSED' })
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
})

test('something else than a signal is refused', async () => {
  const { frame, checkpoint } = await place()
  expect([
    await laterProblem(Session.start({ signal: 'SIGTERM' as never })),
    await laterProblem(frame.writeStream({ sink: noop(), checkpointLocation: checkpoint, signal: new AbortController() as never }).start()),
  ]).toEqual([
    'PLAN_INVALID_OPTION: Option "signal" of Session.start() is "SIGTERM", but it must be an AbortSignal.',
    'PLAN_INVALID_OPTION: Option "signal" of writeStream() is {}, but it must be an AbortSignal.',
  ])
})
