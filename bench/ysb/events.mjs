import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sequence } from '../lib/random.mjs'

/** First event time, a multiple of every window size. */
export const startMs = 1_700_000_000_000 - (1_700_000_000_000 % 3_600_000)
export const windowMs = 10_000
const files = 8

function uuid(random) {
  let text = ''
  for (let i = 0; i < 32; i++) text += random.below(16).toString(16)
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`
}

/**
 * The events of the Yahoo Streaming Benchmark as NDJSON in eight files, one event each 10 ms, and the table of ads and
 * their campaigns. The folder is kept between runs. `expected`: campaign, window start and number of views, counted
 * while generating, as one digest.
 */
export function ysbData(events) {
  const folder = join(tmpdir(), `millrace-bench-ysb-${events}`)
  const random = sequence(20130101)
  const campaigns = Array.from({ length: 100 }, () => uuid(random))
  const ads = Array.from({ length: 1000 }, (_, i) => ({ ad_id: uuid(random), campaign_id: campaigns[Math.floor(i / 10)] }))
  const adTypes = ['banner', 'modal', 'sponsored-search', 'mail', 'mobile']
  const eventTypes = ['view', 'click', 'purchase']
  const user = Array.from({ length: 100 }, () => uuid(random))
  const page = Array.from({ length: 100 }, () => uuid(random))
  const making = `${folder}.making`
  const exists = existsSync(folder)
  if (!exists) {
    rmSync(making, { recursive: true, force: true })
    mkdirSync(join(making, 'events'), { recursive: true })
    writeFileSync(join(making, 'ads.jsonl'), ads.map(a => `${JSON.stringify(a)}\n`).join(''))
  }
  const counts = new Map()
  const perFile = Math.ceil(events / files)
  let bytes = 0
  for (let f = 0, n = 0; f < files; f++) {
    const lines = []
    for (; n < Math.min(events, (f + 1) * perFile); n++) {
      const ad = ads[random.below(1000)]
      const type = eventTypes[random.below(3)]
      const time = startMs + n * 10
      const line = `{"user_id": "${user[random.below(100)]}", "page_id": "${page[random.below(100)]}", "ad_id": "${ad.ad_id}", "ad_type": "${adTypes[random.below(5)]}", "event_type": "${type}", "event_time": "${time}", "ip_address": "1.2.3.4"}\n`
      bytes += line.length
      if (!exists) lines.push(line)
      if (type !== 'view') continue
      const key = `${ad.campaign_id} ${time - (time % windowMs)}`
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    if (!exists) {
      const path = join(making, 'events', `events-${f}.jsonl`)
      writeFileSync(path, lines.join(''))
      utimesSync(path, 1_700_000_000 + f, 1_700_000_000 + f)
    }
  }
  if (!exists) renameSync(making, folder)
  return { folder, bytes, expected: answerOf(counts) }
}

/** One digest of all counts, whatever their order. */
export function answerOf(counts) {
  const hash = createHash('sha256')
  for (const line of [...counts].map(([key, n]) => `${key} ${n}`).sort()) hash.update(`${line}\n`)
  return `${counts.size} ${hash.digest('hex').slice(0, 16)}`
}
