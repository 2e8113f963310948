import { join } from 'node:path'
import { contestant } from '../lib/contest.mjs'

/**
 * An almost empty batch, from addData() to its rows in the sink and everything durable, beside the limit: one append of
 * 512 bytes with fdatasync, measured between the batches in the same process.
 */
export default async function latency({ events = 300, rounds = 1, profile }) {
  const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
  for (let round = 0; round < rounds; round++) {
    const r = await contestant(join(import.meta.dirname, 'millrace.mjs'), [events], flags)
    const line = (name, { p50, p99 }) => console.log(`${name.padEnd(44)} ${p50.toFixed(3).padStart(8)} ${p99.toFixed(3).padStart(8)}`)
    console.log(`${'milliseconds'.padEnd(44)} ${'p50'.padStart(8)} ${'p99'.padStart(8)}`)
    line('append and fdatasync', r.sync)
    for (const [name, { batch, wrong }] of Object.entries(r.queries)) {
      if (wrong) console.log(`${name.padEnd(44)} wrong answer`)
      else {
        line(name, batch)
        console.log(`${''.padEnd(44)} ${`${(batch.p50 / r.sync.p50).toFixed(1)} syncs`.padStart(17)}`)
      }
    }
  }
}
