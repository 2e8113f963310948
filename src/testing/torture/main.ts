#!/usr/bin/env node
import { makeJob } from './job.ts'
import { type ModeName, modes, type Mode } from './modes.ts'
import { runJob } from './run-job.ts'
const name = (process.argv[2] ?? 'mixed') as ModeName
const n = Number(process.argv[3] ?? 10)
const seed0 = Number(process.argv[4] ?? 1)
const mode: Mode = modes[name]
let crashes = 0, wrong = 0
const stops = new Map<string, number>()
const t0 = performance.now()
for (let i = 0; i < n; i++) {
  const job = makeJob(seed0 + i, mode.wishes)
  const r = await runJob(job, mode)
  crashes += r.crashes
  if (r.stopped) stops.set(r.stopped.split(' ')[0], (stops.get(r.stopped.split(' ')[0]) ?? 0) + 1)
  if (r.problems.length) {
    wrong++
    console.log('seed', seed0 + i, JSON.stringify({ ...job, files: undefined, crashes: undefined }), '\n  ' + r.problems.slice(0, 5).join('\n  '))
    if (n === 1) console.log(r.script.join('\n'))
  }
}
console.log(name, n, 'runs', crashes, 'crashes', wrong, 'wrong', Math.round(performance.now() - t0), 'ms', Math.round(process.memoryUsage().rss / 1e6), 'MB', [...stops])
