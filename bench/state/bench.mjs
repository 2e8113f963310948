import { join } from 'node:path'
import { contest, contestant, table } from '../lib/contest.mjs'

/** A sum per key over many keys, in batches that touch them at random: Millrace with a checkpoint, against a plain Map without. */
export default async function state({ events = 2_000_000, rounds = 2, profile }) {
  const keys = events / 2
  const script = name => join(import.meta.dirname, name)
  const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
  const { answer: expected } = await contestant(script('map.mjs'), [events, keys])
  console.log(`${events} rows, ${keys} keys, in 8 batches`)
  const best = await contest(
    [
      { name: 'a Map, nothing durable', run: () => contestant(script('map.mjs'), [events, keys], ['--expose-gc']) },
      { name: 'millrace, inline', run: () => contestant(script('millrace.mjs'), [events, keys, 0], [...flags, '--expose-gc']) },
    ],
    { rounds, expected },
  )
  table(best, { events, unit: 'rows', reference: 'a Map, nothing durable' })
  for (const [name, r] of best) console.log(`${name.padEnd(30)} ${(r.bytesPerKey ?? 0).toFixed(0).padStart(8)} bytes a key${r.restoreSeconds === undefined ? '' : `, restored in ${r.restoreSeconds.toFixed(2)} s`}`)
}
