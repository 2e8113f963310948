import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Session } from 'millrace'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../streaming/support.ts'
import { type Posted, shapeOf, start, valuesIn, watchWorkers, writeEvents } from './support.ts'

/** All messages of a query over two files of so many rows, on two workers. */
async function messages(rowsPerFile: number): Promise<{ sent: Posted[]; received: unknown[] }> {
  const folder = await temporaryFolder()
  const input = join(folder, 'in')
  await mkdir(input)
  // One window and seven users, however many rows: the groups are the same.
  await writeEvents(input, 2, rowsPerFile)
  const watched = watchWorkers()
  const session = await Session.start({ executors: 2, statePartitions: 2 })
  const query = await start(session, { input, output: join(folder, 'out'), checkpoint: join(folder, 'checkpoint'), filesPerBatch: 2 })
  await query.awaitTermination()
  await session.stop()
  watched.restore()
  return watched
}

test('no row crosses between threads: messages are as large for thirty times the rows, and columns are typed arrays', async () => {
  const few = await messages(10)
  const many = await messages(290)
  const values = (posted: readonly unknown[]): number => posted.reduce((n: number, m) => n + valuesIn(shapeOf(m)), 0)
  expect(values(many.sent.map(p => p.message))).toBe(values(few.sent.map(p => p.message)))
  expect(values(many.received)).toBe(values(few.received))
})

test('partial results do not come to the driver: it learns their size, and tells where they are', async () => {
  const { sent, received } = await messages(50)
  const results = received.flatMap(m => (isResults(m) ? m.reply.results : []))
  const scans = results.filter(r => r.metrics.stage === 'scan 0')
  // Two files, two state partitions; seven users, of whom each partition has some.
  expect(scans.map(r => r.frames)).toEqual([[expect.any(Number), expect.any(Number)], [expect.any(Number), expect.any(Number)]])
  // The batch that closes the window has no input: its tasks merge nothing.
  const merging = sent.flatMap(p => (isRun(p.message) ? p.message.request.tasks.flatMap(t => ('frames' in t ? [t.frames] : [])) : []))
  const frame = { executor: 'string', position: 'number', bytes: 'number' }
  expect(merging).toEqual([[frame, frame], [frame, frame], [], []])
  expect(sent.some(p => JSON.stringify(p.message).includes('Float64Array'))).toBe(false)
})

interface Results {
  readonly reply: { readonly results: readonly { readonly frames: readonly unknown[]; readonly metrics: { readonly stage: string } }[] }
}

function isResults(message: unknown): message is Results {
  return typeof message === 'object' && message !== null && 'reply' in message && typeof message.reply === 'object' && message.reply !== null && 'results' in message.reply
}

/** The shape of a message that asks for tasks. */
function isRun(message: unknown): message is { readonly request: { readonly tasks: readonly object[] } } {
  return typeof message === 'object' && message !== null && 'request' in message && typeof message.request === 'object' && message.request !== null && 'tasks' in message.request
}
