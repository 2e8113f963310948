// Moves the alias of a model to and fro under a running query, kills the query with SIGKILL at random moments and starts
// it again. In the end every row must be there once, the rows of each batch must carry the digest recorded for their route, and
// the score must be that model's.
//
//   node test/kill/swap.mjs [--runs N] [--executors 0,2] [--batches N] [--seed S]
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ModelRegistry } from '../../dist/index.js'
import { versionedModel } from '../../dist/testing/torture/versioned-model.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values } = parseArgs({
  options: { runs: { type: 'string', default: '10' }, executors: { type: 'string', default: '0,2' }, batches: { type: 'string', default: '150' }, seed: { type: 'string', default: '' } },
})
const seed = values.seed === '' ? Date.now() % 1e9 : Number(values.seed)
const batches = Number(values.batches)
let state = seed
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}

const versions = [1, 2, 3]

async function makeRegistry(folder) {
  const registry = await ModelRegistry.open(folder)
  const digests = new Map()
  for (const version of versions) {
    const model = await versionedModel(version)
    const file = join(folder, `.v${version}.json`)
    writeFileSync(file, model.artefact.files[0].bytes)
    await registry.register('m', file)
    digests.set(model.digest, version)
  }
  await registry.setAlias('m', 'champion', 1)
  await registry.setAlias('m', 'challenger', 2)
  return { registry, digests }
}

/** Moves the alias every few milliseconds until told to stop. */
function mover(registry) {
  const stopping = new AbortController()
  const moved = (async () => {
    while (!stopping.signal.aborted) {
      await registry.setAlias('m', random() < 0.5 ? 'champion' : 'challenger', versions[Math.floor(random() * versions.length)])
      if (random() < 0.3) await registry.setWeights('m', { champion: random(), challenger: random() })
      await sleep(50 + random() * 300, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  })()
  return async () => {
    stopping.abort()
    await moved
  }
}

async function run(folder, executors) {
  const { registry, digests } = await makeRegistry(join(folder, 'registry'))
  const [out, checkpoint] = [join(folder, 'out'), join(folder, 'checkpoint')]
  const stop = mover(registry)
  let kills = 0
  const wanted = 1 + Math.floor(random() * 4)
  try {
    for (;;) {
      const child = spawn(process.execPath, ['test/kill/swap-child.mjs', join(folder, 'registry'), out, checkpoint, executors, String(batches)], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] })
      let err = ''
      child.stderr.on('data', d => (err += d))
      const ended = new Promise(resolve => child.on('close', code => resolve(code)))
      if (kills < wanted && (await Promise.race([ended, sleep(300 + random() * 1500, 'time')])) === 'time') {
        child.kill('SIGKILL')
        await ended
        kills++
        continue
      }
      const code = await ended
      if (code !== 0) throw new Error(`ended with ${code}: ${err}`)
      break
    }
  } finally {
    await stop()
  }
  return { kills, swaps: check(out, checkpoint, digests) }
}

/** Answers how often the model changed from one batch to the next. */
function check(out, checkpoint, digests) {
  const rows = readdirSync(out)
    .filter(name => name.endsWith('.jsonl'))
    .flatMap(name => readFileSync(join(out, name), 'utf8').split('\n').filter(l => l !== '').map(l => JSON.parse(l)))
    .sort((a, b) => a.value - b.value)
  const { batches: records } = JSON.parse(execFileSync(process.execPath, [join(root, 'bin/millrace.js'), 'checkpoint', 'show', checkpoint, '--json'], { encoding: 'utf8' }))
  if (rows.length < batches * 20 || rows.some((r, i) => r.value !== i)) throw new Error(`${rows.length} rows, which are not each number once`)
  const recorded = new Map(records.filter(b => b.committed).map(b => [b.batchId, { champion: b.models[0], challenger: b.models[1] }]))
  const weights = new Map(records.map(b => [b.batchId, b.routes[0].weights]))
  let [swaps, mixed] = [0, 0]
  for (let b = 0; b * 20 < rows.length; b++) {
    const ways = new Set()
    for (const { version, model, registered, way } of rows.slice(b * 20, b * 20 + 20)) {
      ways.add(way)
      if (model !== recorded.get(b)[way]) throw new Error(`batch ${b} has rows of model ${model} on the way of the ${way}, but its record says ${recorded.get(b)[way]}`)
      if (version !== digests.get(model)) throw new Error(`batch ${b} has scores of version ${version}, but names the model of version ${digests.get(model)}`)
      if (registered !== String(version)) throw new Error(`batch ${b} has scores of version ${version}, but says ${registered}`)
    }
    const { champion, challenger } = weights.get(b)
    // Where three in ten rows should go another way, twenty seldom all go one way.
    if (ways.size === 2 || Math.min(champion, challenger) / (champion + challenger) < 0.3) mixed++
    if (b > 0 && JSON.stringify(recorded.get(b)) !== JSON.stringify(recorded.get(b - 1))) swaps++
  }
  if (mixed < rows.length / 20 * 0.9) throw new Error(`only ${mixed} of ${rows.length / 20} batches have rows on both ways`)
  return swaps
}

const work = mkdtempSync(join(tmpdir(), 'millrace-swap-'))
let wrong = 0
let kills = 0
let swaps = 0
const executorCounts = values.executors.split(',')
for (let i = 0; i < Number(values.runs); i++) {
  const folder = mkdtempSync(join(work, 'run-'))
  const executors = executorCounts[i % executorCounts.length]
  try {
    const done = await run(folder, executors)
    kills += done.kills
    swaps += done.swaps
    rmSync(folder, { recursive: true, force: true })
  } catch (error) {
    wrong++
    console.log(`run ${i}, executors ${executors}, seed ${seed}: ${error.message}; kept in ${folder}`)
  }
}
if (swaps === 0) {
  console.log('No model was ever swapped.')
  wrong++
}
console.log(`${values.runs} runs, ${kills} kills, ${swaps} swaps, ${wrong} wrong; seed ${seed}`)
if (wrong === 0) rmSync(work, { recursive: true, force: true })
process.exitCode = wrong === 0 ? 0 : 1
