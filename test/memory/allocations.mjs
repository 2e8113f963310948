// Prints how many bytes of JavaScript heap a query allocates for each further row between source and sink: the same
// query over N and over 2N rows, everything that the garbage collector takes away included, so that what a start costs
// falls out. Run by allocations.test.ts in a process of its own, with --expose-gc and --no-concurrent-recompilation, so that when a
// function is optimised does not depend on what else the machine does.
import { Session as Inspector } from 'node:inspector/promises'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { avg, count, files, foreachBatch, schema, Session, sum, t, Trigger, window } from 'millrace'

const rows = 80_000
/** Many, so that the loops over a record batch are entered often and compiled soon; as many for N as for 2N rows. */
const inputFiles = 40
const repeats = 2
/** So often when the bound of the first argument, in bytes per row, is not met before: a busy machine compiles late. */
const mostRepeats = 8
const event = schema({ at: t.timestamp(), user: t.string(), kind: t.string(), amount: t.nullable(t.float64()), ok: t.boolean() })
const startMs = 1_700_006_400_000 - (1_700_006_400_000 % 86_400_000)

const queries = {
  /** The control: an object a row, made on purpose in the sink. */
  objects: read => read.select('at', 'user', 'amount'),
  rows: read => read.where(({ amount, kind }) => amount.gt(10).and(kind.ne('b'))).select('at', 'user', ({ amount }) => ({ twice: amount.times(2) })),
  windows: read =>
    read
      .where(({ kind }) => kind.ne('b'))
      .withWatermark('at', '0 seconds')
      .groupBy(window('at', '1 hour'), 'user')
      .agg(({ amount }) => ({ n: count(), total: sum(amount), mean: avg(amount) })),
}

function lines(from, to) {
  let text = ''
  // All within one day and of fifty users: groups do not grow with the rows.
  for (let n = from; n < to; n++) text += `{"at":"${new Date(startMs + (n % 86_400) * 1000).toISOString()}","user":"user ${n % 50}","kind":"${'abc'[n % 3]}","amount":${n % 7 === 0 ? null : (n % 97) + 0.5},"ok":${n % 2 === 0}}\n`
  return text
}

async function run(folder, query, twice) {
  const place = mkdtempSync(join(folder, 'run-'))
  const session = await Session.start()
  const running = await queries[query](session.readStream(files({ path: join(folder, twice ? 'two' : 'one'), format: 'jsonl', schema: event })))
    .writeStream({ sink: query === 'objects' ? foreachBatch(batch => void batch.rows()) : files({ path: join(place, 'out'), format: 'jsonl' }), checkpointLocation: join(place, 'checkpoint'), trigger: Trigger.availableNow() })
    .start()
  await running.awaitTermination()
  await session.stop()
}

function allocatedBy(profile) {
  const sites = new Map()
  const walk = node => {
    const { functionName, url, lineNumber } = node.callFrame
    const name = `${functionName || '(anonymous)'} ${url.split('/dist/').at(-1)}:${lineNumber + 1}`
    sites.set(name, (sites.get(name) ?? 0) + node.selfSize)
    node.children.forEach(walk)
  }
  walk(profile.head)
  return sites
}

async function measured(inspector, work) {
  globalThis.gc()
  await inspector.post('HeapProfiler.startSampling', { samplingInterval: 1024, includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true })
  await work()
  const { profile } = await inspector.post('HeapProfiler.stopSampling')
  return allocatedBy(profile)
}

const folder = mkdtempSync(join(tmpdir(), 'millrace-allocations-'))
const inspector = new Inspector()
inspector.connect()
try {
  for (const [name, size] of [['one', 1], ['two', 2]]) {
    mkdirSync(join(folder, name))
    const perFile = (rows * size) / inputFiles
    for (let f = 0; f < inputFiles; f++) writeFileSync(join(folder, name, `${f}.jsonl`), lines(f * perFile, (f + 1) * perFile))
  }
  const result = {}
  for (const query of Object.keys(queries)) {
    // For the compiler first: code that is not optimised yet puts every number with a fraction on the heap.
    for (let i = 0; i < 3; i++) await run(folder, query, true)
    const total = sites => [...sites.values()].reduce((a, b) => a + b, 0)
    // A function that happens to run unoptimised for a while adds to one measurement; the least of some is what it costs.
    let one = null
    let two = null
    const least = async (best, twice) => {
      const sites = await measured(inspector, () => run(folder, query, twice))
      return best === null || total(sites) < total(best) ? sites : best
    }
    for (let i = 0; i < mostRepeats; i++) {
      one = await least(one, false)
      two = await least(two, true)
      if (i + 1 >= repeats && (query === 'objects' || (total(two) - total(one)) / rows < Number(process.argv[2]))) break
    }
    const most = [...two].map(([site, bytes]) => [site, (bytes - (one.get(site) ?? 0)) / rows]).sort((a, b) => b[1] - a[1]).slice(0, 8)
    result[query] = { bytesPerRow: (total(two) - total(one)) / rows, most: most.map(([site, bytes]) => `${bytes.toFixed(1)} ${site}`) }
  }
  console.log(JSON.stringify(result))
} finally {
  rmSync(folder, { recursive: true })
}
