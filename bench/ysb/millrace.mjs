import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { count, files, foreachBatch, schema, Session, t, timestampMillis, Trigger, window } from 'millrace'
import { answerOf } from './events.mjs'

const [folder, executors] = [process.argv[2], Number(process.argv[3])]
const event = schema({
  user_id: t.string(), page_id: t.string(), ad_id: t.string(), ad_type: t.string(), event_type: t.string(), event_time: t.string(), ip_address: t.string(),
})
const ad = schema({ ad_id: t.string(), campaign_id: t.string() })
const work = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
const results = []

const start = performance.now()
const session = await Session.start({ executors })
const query = await session
  .readStream(files({ path: join(folder, 'events'), format: 'jsonl', schema: event }))
  .where(({ event_type }) => event_type.eq('view'))
  .select('ad_id', ({ event_time }) => ({ at: timestampMillis(event_time.cast(t.integer())) }))
  .join(session.readBatch(files({ path: join(folder, 'ads.jsonl'), format: 'jsonl', schema: ad })), { on: ['ad_id'] })
  .withWatermark('at', '10 seconds')
  .groupBy(window('at', '10 seconds'), 'campaign_id')
  .agg(() => ({ views: count() }))
  .writeStream({
    // Batches are kept as they come and looked at when time has stopped.
    sink: foreachBatch(batch => void results.push(batch)),
    outputMode: 'update',
    trigger: Trigger.availableNow(),
    checkpointLocation: join(work, 'checkpoint'),
  })
  .start()
await query.awaitTermination()
const seconds = (performance.now() - start) / 1000
const cpuSeconds = process.cpuUsage().user / 1e6
const phases = query.recentProgress.map(p => p.durationMs)
await session.stop()
rmSync(work, { recursive: true })

const counts = new Map()
for (const row of results.flatMap(b => b.rows())) counts.set(`${row.campaign_id} ${row.window.start.getTime()}`, row.views)
console.log(JSON.stringify({ seconds, cpuSeconds, answer: answerOf(counts), phases }))
