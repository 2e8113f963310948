// Runs examples/flights on the data of the repository in child processes that are killed with SIGKILL at random moments
// and started again on the same checkpoint, and compares the output with that of an uninterrupted run: every row once,
// no other, nothing left over.
//
//   node test/kill/run.mjs [--runs N] [--executors 0,2] [--seed S] [--format jsonl|parquet]
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { values } = parseArgs({
  options: { runs: { type: 'string', default: '20' }, executors: { type: 'string', default: '0,2' }, seed: { type: 'string', default: '' } },
})
const seed = values.seed === '' ? Date.now() % 1e9 : Number(values.seed)
let state = seed
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0
  return state / 2 ** 32
}

function visible(folder) {
  const found = []
  const walk = path => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.name.startsWith('_') || entry.name.startsWith('.')) continue
      if (entry.isDirectory()) walk(join(path, entry.name))
      else found.push([relative(folder, join(path, entry.name)), readFileSync(join(path, entry.name), 'utf8')])
    }
  }
  walk(folder)
  return found
}

const rowsOf = folder => visible(folder).flatMap(([, text]) => text.split('\n').filter(l => l !== '')).sort()

function leftovers(folder) {
  const staging = join(folder, '_staging')
  try {
    return readdirSync(staging, { recursive: true }).filter(n => !n.endsWith('/') && /\.[a-z]+$/.test(n))
  } catch {
    return []
  }
}

function start(out, checkpoint, executors) {
  return spawn(
    process.execPath,
    ['build/examples/flights/main.js', '--input', 'examples/flights/data', '--output', out, '--checkpoint', checkpoint, '--executors', executors],
    { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] },
  )
}

async function run(folder, executors, kills, full) {
  const out = join(folder, 'out')
  const checkpoint = join(folder, 'checkpoint')
  let killed = 0
  for (;;) {
    const child = start(out, checkpoint, executors)
    let err = ''
    child.stderr.on('data', d => (err += d))
    const ended = new Promise(resolve => child.on('close', code => resolve(code)))
    if (killed < kills) {
      const moment = new Promise(resolve => setTimeout(resolve, random() * full, 'time'))
      if ((await Promise.race([ended, moment])) === 'time') {
        child.kill('SIGKILL')
        await ended
        killed++
        continue
      }
    }
    const code = await ended
    if (code !== 0) throw new Error(`ended with ${code}: ${err}`)
    return { killed, out }
  }
}

const work = mkdtempSync(join(tmpdir(), 'millrace-kill-'))
const began = Date.now()
const whole = await run(mkdtempSync(join(work, 'whole-')), '0', 0, 0)
const full = Date.now() - began
const expected = rowsOf(whole.out)
let wrong = 0
let kills = 0
const executorCounts = values.executors.split(',')
for (let i = 0; i < Number(values.runs); i++) {
  const folder = mkdtempSync(join(work, 'run-'))
  const executors = executorCounts[i % executorCounts.length]
  try {
    const { killed, out } = await run(folder, executors, 1 + Math.floor(random() * 4), full)
    kills += killed
    const got = rowsOf(out)
    if (JSON.stringify(got) !== JSON.stringify(expected)) throw new Error(`${got.length} rows where ${expected.length} were expected`)
    if (leftovers(out).length > 0) throw new Error(`left over: ${leftovers(out)}`)
    rmSync(folder, { recursive: true, force: true })
  } catch (error) {
    wrong++
    console.log(`run ${i}, executors ${executors}, seed ${seed}: ${error.message}; kept in ${folder}`)
  }
}
if (expected.length === 0) throw new Error('The uninterrupted run wrote nothing.')
console.log(`${values.runs} runs, ${kills} kills, ${wrong} wrong; ${expected.length} rows each, uninterrupted ${full} ms, seed ${seed}`)
if (wrong === 0) rmSync(work, { recursive: true, force: true })
process.exitCode = wrong === 0 ? 0 : 1
