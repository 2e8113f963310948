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

test('the columns of partial results are transferred, not copied', async () => {
  const { sent, received } = await messages(50)
  const aggregates = sent.filter(p => JSON.stringify(p.message).includes('"aggregation"'))
  expect(aggregates.length).toBeGreaterThan(0)
  const withFrames = aggregates.filter(p => JSON.stringify(p.message).includes('Float64Array'))
  expect(withFrames.length).toBeGreaterThan(0)
  for (const p of withFrames) {
    expect(p.transfer.length).toBeGreaterThan(0)
    // A buffer that was transferred is empty here from then on.
    expect(p.transfer.every(b => b instanceof ArrayBuffer && b.byteLength === 0)).toBe(true)
  }
  expect(JSON.stringify(received.map(shapeOf))).toContain('Float64Array')
})
