#!/usr/bin/env node
import { makeJob } from './job.ts'
import { runJob } from './run-job.ts'
const n = Number(process.argv[2] ?? 10)
const crash = (process.argv[3] ?? 'mixed') as 'mixed'
const seed0 = Number(process.argv[4] ?? 1)
const nd = process.argv[5] === 'nd'
let crashes = 0, wrong = 0
const t0 = performance.now()
for (let i = 0; i < n; i++) {
  const job = makeJob(seed0 + i, { crash, nondeterministic: nd })
  const r = await runJob(job)
  crashes += r.crashes
  if (r.problems.length) {
    wrong++
    console.log('seed', seed0 + i, JSON.stringify({ ...job, files: undefined, crashes: undefined }), '\n  ' + r.problems.slice(0, 5).join('\n  '))
    if (n === 1) console.log(r.script.join('\n'))
  }
}
console.log(n, 'runs', crashes, 'crashes', wrong, 'wrong', Math.round(performance.now() - t0), 'ms', Math.round(process.memoryUsage().rss / 1e6), 'MB')
