// A file of two gigabytes passes through a query while the process stays under 300 MB of resident memory.
//
//   node bench/two-gigabytes.mjs [--gigabytes N] [--executors N]
//
// The file is made in a temporary folder and removed again. Each query runs in a process of its own: `rows` writes a
// third of the rows into files again, `windows` counts per minute and type. Prints the peak of each and ends with 1 when
// one is over the bound or an answer is wrong.
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, readSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { count, files, schema, Session, sum, t, timestampMillis, Trigger, window } from 'millrace'

const boundBytes = 300e6
const { values } = parseArgs({ options: { gigabytes: { type: 'string', default: '2' }, executors: { type: 'string', default: '0' }, child: { type: 'string' }, folder: { type: 'string' } } })

const types = ['view', 'click', 'purchase']
const startMs = 1_700_000_040_000 - (1_700_000_040_000 % 60_000)
const user = 'a6c4348e-0d1f-4e6f-9b55-2c07fad13801'

/** Writes lines until the file has its size; answers how many. */
function generate(path, bytes) {
  const file = openSync(path, 'w')
  let written = 0
  let n = 0
  while (written < bytes) {
    const lines = []
    for (let i = 0; i < 50_000; i++, n++) {
      lines.push(`{"user_id": "${user}", "page_id": "${user}", "ad_id": "${user}", "ad_type": "banner", "event_type": "${types[n % 3]}", "event_time": ${startMs + n * 10}, "amount": ${n % 1000}.5, "ip_address": "255.255.255.255"}\n`)
    }
    written += writeSync(file, lines.join(''))
  }
  closeSync(file)
  return n
}

/** The peak of this program. What getrusage() says is the parent's where that was larger when it forked. */
function peakBytes() {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024
  } catch {
    return process.resourceUsage().maxRSS * 1024
  }
}

async function child(query, folder, executors) {
  const event = schema({
    user_id: t.string(), page_id: t.string(), ad_id: t.string(), ad_type: t.string(), event_type: t.string(), event_time: t.integer(), amount: t.float64(), ip_address: t.string(),
  })
  const start = performance.now()
  const session = await Session.start({ executors })
  const read = session.readStream(files({ path: join(folder, 'in'), format: 'jsonl', schema: event }))
  const frame =
    query === 'rows'
      ? read.where(({ event_type }) => event_type.eq('view'))
      : read
          .withColumn('at', ({ event_time }) => timestampMillis(event_time))
          .withWatermark('at', '0 seconds')
          .groupBy(window('at', '1 minute'), 'event_type')
          .agg(({ amount }) => ({ n: count(), total: sum(amount) }))
  const running = await frame
    .writeStream({ sink: files({ path: join(folder, `out-${query}`), format: 'jsonl' }), checkpointLocation: join(folder, `checkpoint-${query}`), trigger: Trigger.availableNow() })
    .start()
  await running.awaitTermination()
  const input = running.recentProgress.reduce((n, p) => n + p.numInputRows, 0)
  const output = running.recentProgress.reduce((n, p) => n + p.sink.numOutputRows, 0)
  await session.stop()
  console.log(JSON.stringify({ maxRss: peakBytes(), seconds: (performance.now() - start) / 1000, input, output }))
}

function run(query, folder) {
  return new Promise((resolve, reject) => {
    const args = [fileURLToPath(import.meta.url), '--child', query, '--folder', folder, '--executors', values.executors]
    const p = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    p.stdout.on('data', chunk => (text += chunk))
    p.on('close', code => (code === 0 ? resolve(JSON.parse(text)) : reject(new Error(`${query} ended with code ${code}`))))
  })
}

/** Rows and rough content of what a query wrote. */
function written(folder) {
  let lines = 0
  let total = 0
  const buffer = Buffer.alloc(1024 * 1024)
  for (const name of readdirSync(folder).filter(n => n.endsWith('.jsonl'))) {
    const file = openSync(join(folder, name), 'r')
    for (let n; (n = readSync(file, buffer)) > 0; total += n) for (let at = buffer.indexOf(10); at >= 0 && at < n; at = buffer.indexOf(10, at + 1)) lines++
    closeSync(file)
  }
  return { lines, total }
}

if (values.child !== undefined) await child(values.child, values.folder, Number(values.executors))
else {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-two-gigabytes-'))
  let failed = false
  try {
    mkdirSync(join(folder, 'in'))
    const events = generate(join(folder, 'in', 'events.jsonl'), Number(values.gigabytes) * 1e9)
    const size = statSync(join(folder, 'in', 'events.jsonl')).size
    // All windows but the last: the watermark stands at the last event.
    const windows = Math.floor(((events - 1) * 10) / 60_000) * 3
    for (const [query, expected] of [['rows', Math.ceil(events / 3)], ['windows', windows]]) {
      const r = await run(query, folder)
      const out = written(join(folder, `out-${query}`))
      const right = r.input === events && r.output === expected && out.lines === expected
      const ok = right && r.maxRss < boundBytes
      failed ||= !ok
      console.log(`${ok ? 'ok  ' : 'FAIL'} ${query.padEnd(8)} ${(size / 1e9).toFixed(2)} GB in, ${(out.total / 1e6).toFixed(0)} MB out, ${events} events, ${r.seconds.toFixed(1)} s, peak ${(r.maxRss / 1e6).toFixed(0)} MB of ${boundBytes / 1e6}${right ? '' : `, wrong: ${JSON.stringify({ ...r, ...out, expected })}`}`)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
  process.exitCode = failed ? 1 : 0
}
