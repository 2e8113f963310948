import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { count, foreachBatch, memory, MemorySource, schema, Session, sum, t } from 'millrace'
import { answerOf, batches, rowsOf } from './rows.mjs'

const [events, keys, executors] = process.argv.slice(2).map(Number)
const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-state-'))
const input = new MemorySource(schema({ key: t.float64(), amount: t.float64() }))
/** The newest row of each key, as update mode gives them. */
const newest = []

async function run(session, sink) {
  return session
    .readStream(memory(input, { maxBytesPerTrigger: 1 }))
    .groupBy('key')
    .agg(({ amount }) => ({ n: count(), total: sum(amount) }))
    .writeStream({ sink, outputMode: 'update', checkpointLocation: join(folder, 'checkpoint') })
    .start()
}

for (let b = 0; b < batches; b++) {
  const { key, amount, count } = rowsOf(events, keys, b)
  const rows = []
  for (let i = 0; i < count; i++) rows.push({ key: key[i], amount: amount[i] })
  input.addData(rows)
}
const start = performance.now()
const session = await Session.start({ executors })
const query = await run(session, foreachBatch(batch => void newest.push(...batch.batches)))
await query.processAllAvailable()
const seconds = (performance.now() - start) / 1000
const cpuSeconds = process.cpuUsage().user / 1e6
const { numRowsTotal, memoryUsedBytes } = query.lastProgress.stateOperators[0]
await query.stop()

const restarted = performance.now()
const again = await run(session, foreachBatch(() => undefined))
await again.processAllAvailable()
const restoreSeconds = (performance.now() - restarted) / 1000
await session.stop()
rmSync(folder, { recursive: true })

const sums = new Map()
for (const { columns: [key, n, total], numRows } of newest) for (let i = 0; i < numRows; i++) sums.set(key.values[i], [n.values[i], total.values[i]])
let total = 0
let check = 0
for (const [key, [n, sum]] of sums) {
  total += sum
  check += (key % 97) * (sum % 101) * n
}
console.log(JSON.stringify({ seconds, cpuSeconds, answer: answerOf(sums.size, total, check), bytesPerKey: memoryUsedBytes / numRowsTotal, restoreSeconds }))
