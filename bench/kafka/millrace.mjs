import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { count, files, foreachBatch, json, kafka, schema, Session, t, timestampMillis, Trigger, window } from 'millrace'
import { answerOf } from '../ysb/events.mjs'

// The same question as a query: exact offsets and windows in a checkpoint.
const [bootstrap, topic, folder, executors] = [process.argv[2], process.argv[3], process.argv[4], Number(process.argv[5])]
const event = schema({
  user_id: t.string(), page_id: t.string(), ad_id: t.string(), ad_type: t.string(), event_type: t.string(), event_time: t.string(), ip_address: t.string(),
})
const ad = schema({ ad_id: t.string(), campaign_id: t.string() })
const work = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
const results = []

const start = performance.now()
const session = await Session.start({ executors })
const query = await session
  .readStream(kafka({ brokers: [bootstrap], topic, value: json(event), startingOffsets: 'earliest' }))
  .where(({ event_type }) => event_type.eq('view'))
  .select('ad_id', ({ event_time }) => ({ at: timestampMillis(event_time.cast(t.integer())) }))
  .join(session.readBatch(files({ path: join(folder, 'ads.jsonl'), format: 'jsonl', schema: ad })), { on: ['ad_id'] })
  .withWatermark('at', '10 seconds')
  .groupBy(window('at', '10 seconds'), 'campaign_id')
  .agg(() => ({ views: count() }))
  .writeStream({ sink: foreachBatch(batch => void results.push(batch)), outputMode: 'update', trigger: Trigger.availableNow(), checkpointLocation: join(work, 'checkpoint') })
  .start()
await query.awaitTermination()
const seconds = (performance.now() - start) / 1000
const { user, system } = process.cpuUsage()
const phases = query.recentProgress.map(p => p.durationMs)
await session.stop()
rmSync(work, { recursive: true })

const counts = new Map()
for (const row of results.flatMap(b => b.rows())) counts.set(`${row.campaign_id} ${row.window.start.getTime()}`, row.views)
console.log(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, answer: answerOf(counts), phases }))
