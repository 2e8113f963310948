import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { answerOf, windowMs } from './events.mjs'

// What a programmer writes without a library: split on bytes, JSON.parse, a Map. Nothing is durable.
const folder = process.argv[2]
const start = performance.now()
const campaigns = new Map(readFileSync(join(folder, 'ads.jsonl'), 'utf8').trimEnd().split('\n').map(l => JSON.parse(l)).map(a => [a.ad_id, a.campaign_id]))
const counts = new Map()
for (const name of readdirSync(join(folder, 'events')).sort()) {
  const bytes = readFileSync(join(folder, 'events', name))
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at)
    const event = JSON.parse(bytes.latin1Slice(at, end))
    at = end + 1
    if (event.event_type !== 'view') continue
    const campaign = campaigns.get(event.ad_id)
    if (campaign === undefined) continue
    const time = Number(event.event_time)
    const key = `${campaign} ${time - (time % windowMs)}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
}
const seconds = (performance.now() - start) / 1000
const cpuSeconds = process.cpuUsage().user / 1e6
console.log(JSON.stringify({ seconds, cpuSeconds, answer: answerOf(counts) }))
