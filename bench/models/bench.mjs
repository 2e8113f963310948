import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { contestant } from '../lib/contest.mjs'
import { root, timed } from './cases.mjs'

const here = import.meta.dirname
const python = process.env.MILLRACE_PYTHON ?? 'python3'

/** Rows per second; null where the contestant cannot run here. */
async function rate(script, args, flags) {
  const { rows, seconds } = await contestant(join(here, script), args, flags)
  return rows / seconds
}

function libraryRate(name, rows) {
  if (!name.startsWith('flights/')) return null
  const { status, stdout } = spawnSync(python, [join(here, 'library.py'), join(root, 'examples/flights/models', name.slice(8)), join(root, 'test/fixtures/models/flights/inputs.jsonl'), String(rows)], { encoding: 'utf8' })
  if (status !== 0) return null
  const done = JSON.parse(stdout.trim().split('\n').at(-1))
  return done.rows / done.seconds
}

/**
 * How many rows a second one thread scores, in batches of 1,024 and of 65,536 rows, from columns to columns; beside the
 * library's own predictor on one thread, where it can run: XGBoost and LightGBM in Python (MILLRACE_PYTHON), ONNX Runtime
 * by itself.
 */
export default async function models({ rounds = 1, profile }) {
  const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
  const cell = n => (n === null ? '' : n >= 1e6 ? `${(n / 1e6).toFixed(2)} M` : `${Math.round(n / 1000)} k`).padStart(10)
  console.log(`${'rows a second, one thread'.padEnd(36)}${['1,024', '65,536', 'library', 'ratio'].map(h => h.padStart(10)).join('')}`)
  for (const name of timed) {
    let [small, large, library] = [0, 0, null]
    for (let round = 0; round < rounds; round++) {
      small = Math.max(small, await rate('millrace.mjs', [name, 1024], flags))
      large = Math.max(large, await rate('millrace.mjs', [name, 65_536], flags))
      const own = name.startsWith('onnx') ? await rate('bare-onnx.mjs', [name, 1024], []) : libraryRate(name, 65_536)
      if (own !== null) library = Math.max(library ?? 0, own)
    }
    const ours = name.startsWith('onnx') ? small : large
    console.log(`${name.padEnd(36)}${cell(small)}${cell(large)}${cell(library)}${library === null ? '' : (ours / library).toFixed(2).padStart(10)}`)
  }
}
