import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { count, files, foreachBatch, memory, MemorySource, noop, schema, Session, sum, t, window } from 'millrace'

const batches = Number(process.argv[2])
const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-latency-'))
const event = schema({ at: t.timestamp(), user: t.string(), amount: t.float64() })
const startMs = 1_700_000_000_000

const quantiles = values => {
  const sorted = [...values].sort((a, b) => a - b)
  return { p50: sorted[Math.floor(sorted.length * 0.5)], p99: sorted[Math.floor(sorted.length * 0.99)] }
}

const file = openSync(join(folder, 'sync'), 'a')
const page = new Uint8Array(512)
const syncs = []
function oneSync() {
  const before = performance.now()
  writeSync(file, page)
  fdatasyncSync(file)
  syncs.push(performance.now() - before)
}

/** One row a batch, each after the one before is through; between them the limit is measured. */
async function measure(name, build, sink, outputMode) {
  const session = await Session.start()
  const input = new MemorySource(event)
  let arrived = () => undefined
  const query = await build(session.readStream(memory(input)))
    .writeStream({ sink: sink(() => arrived()), outputMode, checkpointLocation: join(folder, `checkpoint-${name}`), noDataBatches: false })
    .start()
  const times = []
  let seen = 0
  query.progress.subscribe(p => {
    seen += p.numInputRows
    arrived()
  })
  for (let n = 0; n < batches + 50; n++) {
    const through = new Promise(resolve => (arrived = resolve))
    const before = performance.now()
    input.addData([{ at: new Date(startMs + n * 10), user: `user ${n % 20}`, amount: n }])
    await through
    // The first batches compile.
    if (n >= 50) times.push(performance.now() - before)
    oneSync()
  }
  await session.stop()
  return { batch: quantiles(times), wrong: seen !== batches + 50 }
}

const rows = frame => frame.where(({ amount }) => amount.ge(0))
const counts = frame => frame.withWatermark('at', '1 minute').groupBy(window('at', '1 minute'), 'user').agg(({ amount }) => ({ n: count(), total: sum(amount) }))
const queries = {
  'rows into nothing': await measure('noop', rows, () => noop(), 'append'),
  'counts by window, update, into a function': await measure('update', counts, () => foreachBatch(() => undefined), 'update'),
  'counts by window, append, into files': await measure('files', counts, () => files({ path: join(folder, 'out'), format: 'jsonl' }), 'append'),
  'rows into files': await measure('rows-files', rows, () => files({ path: join(folder, 'out-rows'), format: 'jsonl' }), 'append'),
}
closeSync(file)
rmSync(folder, { recursive: true })
console.log(JSON.stringify({ sync: quantiles(syncs), queries }))
