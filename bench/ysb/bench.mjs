import { join } from 'node:path'
import { contest, contestant, table } from '../lib/contest.mjs'
import { ysbData } from './events.mjs'

/** Files of JSON events, a join with the campaigns, views per campaign and ten seconds. Tier "full": from bytes on disk. */
export default async function ysb({ events = 1_000_000, rounds = 3, profile }) {
  const { folder, bytes, expected } = ysbData(events)
  console.log(`${events} events, ${(bytes / 1e6).toFixed(0)} MB, ${expected.split(' ')[0]} counts; best of ${rounds}`)
  const script = name => join(import.meta.dirname, name)
  const flags = profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]
  const best = await contest(
    [
      { name: 'hand-written', run: () => contestant(script('hand-written.mjs'), [folder]) },
      { name: 'millrace, inline', run: () => contestant(script('millrace.mjs'), [folder, 0], flags) },
      { name: 'millrace, 2 workers', run: () => contestant(script('millrace.mjs'), [folder, 2]) },
      { name: 'bytes read, nothing else', run: () => contestant(script('read-bytes.mjs'), [folder]) },
    ],
    { rounds, expected },
  )
  table(best, { events, unit: 'events', reference: 'hand-written' })
}
