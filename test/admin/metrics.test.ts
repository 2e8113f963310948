import { count, foreachBatch, loadModel, memory, MemorySource, noop, schema, Session, t, window } from 'millrace'
import { serveAdmin } from 'millrace/admin'
import { Counter, Registry } from 'prom-client'
import { expect, onTestFinished, test, vi } from 'vitest'
import { BoundedMetrics } from '../../dist/admin/metrics/bounded-metrics.js'
import { metricTable } from '../../dist/admin/metrics/metric-table.js'
import { QueryMetrics } from '../../dist/admin/metrics/query-metrics.js'
import { temporaryFolder } from '../streaming/support.ts'
import { promtool, promtoolMissing } from '../support/promtool.ts'
import { request, serveBoard } from './support.ts'

const reading = schema({ at: t.timestamp(), place: t.string() })
const minute = (n: number): Date => new Date(Date.UTC(2030, 0, 1, 0, n))

/** A query with a watermark and two stateful operators' worth of labels. */
async function serveReadings() {
  const session = await Session.start()
  onTestFinished(() => session.stop())
  const server = await serveAdmin(session, { address: '127.0.0.1:0' })
  onTestFinished(() => server.close())
  const input = new MemorySource(reading)
  const query = await session
    .readStream(memory(input))
    .withWatermark('at', '1 minute')
    .groupBy(window('at', '1 minute'), 'place')
    .agg(() => ({ readings: count() }))
    .writeStream({ name: 'readings', sink: noop(), outputMode: 'append', checkpointLocation: await temporaryFolder() })
    .start()
  const feed = async (...rows: { at: Date; place: string }[]): Promise<void> => {
    input.addData(rows)
    await query.processAllAvailable()
  }
  const scrape = async (): Promise<string> => (await request(server.url, '/metrics')).text
  return { session, query, feed, scrape }
}

/** The value of the only series of a metric whose labels have all of these texts. */
function valueOf(text: string, name: string, ...labels: string[]): number | undefined {
  const lines = text.split('\n').filter(l => (l.startsWith(`${name}{`) || l.startsWith(`${name} `)) && labels.every(x => l.includes(x)))
  expect(lines.length).toBeLessThan(2)
  return lines.length === 0 ? undefined : Number(lines[0].slice(lines[0].lastIndexOf(' ') + 1))
}

test('rows, state, watermark, lag and latency of a query with a watermark', async () => {
  const { query, feed, scrape } = await serveReadings()
  await feed({ at: minute(1), place: 'a' }, { at: minute(10), place: 'b' })
  await feed({ at: minute(1), place: 'late' }, { at: minute(11), place: 'b' })
  const text = await scrape()
  const name = 'query="readings"'
  expect(valueOf(text, 'millrace_input_rows_total', name)).toBe(4)
  expect(valueOf(text, 'millrace_late_rows_total', name, 'operator="')).toBe(1)
  expect(text).not.toContain('operator="stateStoreSave"')
  expect(valueOf(text, 'millrace_state_rows', name)).toBe(query.lastProgress?.stateOperators[0].numRowsTotal)
  expect(valueOf(text, 'millrace_watermark_timestamp_seconds', name)).toBe(minute(10).getTime() / 1000)
  expect(valueOf(text, 'millrace_source_lag', name, 'partition=""')).toBe(0)
  expect(valueOf(text, 'millrace_batches_total', name)).toBe(query.recentProgress.length)
  // Rows of the future: their latency is 0, not negative. Batches without rows are not observed.
  expect(valueOf(text, 'millrace_end_to_end_latency_seconds_count', name)).toBe(2)
  expect(valueOf(text, 'millrace_end_to_end_latency_seconds_sum', name)).toBe(0)
  expect(valueOf(text, 'millrace_batch_phase_duration_seconds_count', name, 'phase="addBatch"')).toBe(query.recentProgress.length)
})

test('gauges of a query go with it; that it failed, and of what, is counted', async () => {
  const { session, query, feed, scrape } = await serveReadings()
  await feed({ at: minute(1), place: 'a' })
  expect(valueOf(await scrape(), 'millrace_query_active', 'query="readings"')).toBe(1)
  await query.stop()
  const stopped = await scrape()
  expect(valueOf(stopped, 'millrace_query_active', 'query="readings"')).toBe(0)
  expect(valueOf(stopped, 'millrace_query_failures_total', 'query="readings"')).toBe(0)
  expect(valueOf(stopped, 'millrace_state_rows', 'query="readings"')).toBeUndefined()
  expect(valueOf(stopped, 'millrace_source_lag', 'query="readings"')).toBeUndefined()
  expect(valueOf(stopped, 'millrace_input_rows_total', 'query="readings"')).toBe(1)

  const input = new MemorySource(reading)
  const failing = await session
    .readStream(memory(input))
    .writeStream({ name: 'failing', sink: foreachBatch(() => Promise.reject(new Error('It does not want to.'))), outputMode: 'append', checkpointLocation: await temporaryFolder() })
    .start()
  input.addData([{ at: minute(1), place: 'a' }])
  await expect(failing.awaitTermination()).rejects.toThrow()
  const text = await scrape()
  expect(valueOf(text, 'millrace_query_failures_total', 'query="failing"')).toBe(1)
  expect(valueOf(text, 'millrace_checkpoint_failures_total', 'query="failing"')).toBe(0)
  expect(valueOf(text, 'millrace_model_failures_total', 'query="failing"')).toBe(0)
  expect(valueOf(text, 'millrace_query_active', 'query="failing"')).toBe(0)
})

test('a scrape has every metric of the table and none beside; names and labels keep to the rules', async () => {
  const { feed, scrape } = await serveReadings()
  await feed({ at: minute(1), place: 'a' })
  const text = await scrape()
  const scraped = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(m => [m[1], m[2]])
  expect(Object.fromEntries(scraped)).toEqual(Object.fromEntries(Object.entries(metricTable).map(([name, { type }]) => [name, type])))
  for (const [name, { type, help }] of Object.entries(metricTable)) {
    expect(name).toMatch(/^millrace_[a-z_]+$/)
    expect(name.endsWith('_total')).toBe(type === 'counter')
    expect(help).toMatch(/\.$/)
  }
})

test('what the process takes is in base units', async () => {
  const { scrape } = await serveReadings()
  const text = await scrape()
  expect(valueOf(text, 'millrace_process_resident_memory_bytes')).toBeGreaterThan(10_000_000)
  expect(valueOf(text, 'millrace_process_heap_limit_bytes')).toBeGreaterThan(valueOf(text, 'millrace_process_heap_used_bytes') ?? Infinity)
  expect(valueOf(text, 'millrace_process_open_descriptors') ?? 1).toBeGreaterThan(0)
  const first = valueOf(text, 'millrace_process_cpu_seconds_total') ?? -1
  expect(first).toBeGreaterThan(0)
  expect(valueOf(await scrape(), 'millrace_process_cpu_seconds_total')).toBeGreaterThanOrEqual(first)
})

test('the registry of the program is used, and left as it was', async () => {
  const registry = new Registry()
  const own = new Counter({ name: 'orders_total', help: 'Orders.', registers: [registry] })
  own.inc(3)
  const { server, url, feed } = await serveBoard({ registry })
  await feed({ id: 1, place: 'a' })
  const { text } = await request(url, '/metrics')
  expect(text).toContain('orders_total 3')
  expect(text).toContain('millrace_batches_total{query="board-query"} 1')
  await expect(serveBoard({ registry })).rejects.toMatchObject({ code: 'PLAN_INVALID_OPTION', message: expect.stringContaining('already has a metric "millrace_active_queries"') })
  await server.close()
  expect(await registry.metrics()).not.toContain('millrace_')
  await expect(serveBoard({ registry: { metrics: 1 } as unknown as Registry })).rejects.toMatchObject({ code: 'PLAN_INVALID_OPTION' })
})

test('a metric has at most as many series as it may, at the limit and beyond it', async () => {
  for (const given of [999, 1000, 1001, 5000]) {
    const registry = new Registry()
    const told: boolean[] = []
    const metrics = new BoundedMetrics({ rows_total: { type: 'counter', help: 'Rows.', labels: ['source', 'partition'] } }, registry, 1000, (_, isFirst) => told.push(isFirst))
    for (let i = 0; i < given; i++) metrics.add('rows_total', { source: 's', partition: `${i}` }, 2)
    // One that is known goes on.
    metrics.add('rows_total', { source: 's', partition: '7' }, 1)
    const text = await registry.metrics()
    const series = text.split('\n').filter(l => l.startsWith('rows_total{'))
    expect(series.length).toBe(Math.min(given, 1001))
    expect(valueOf(text, 'rows_total', 'partition="7"')).toBe(3)
    expect(valueOf(text, 'rows_total', 'source="overflow",partition="overflow"')).toBe(given > 1000 ? (given - 1000) * 2 : undefined)
    expect(told.length).toBe(Math.max(0, given - 1000))
    expect(told.filter(Boolean).length).toBe(given > 1000 ? 1 : 0)
  }
})

test('series that went make room for others', async () => {
  const registry = new Registry()
  const metrics = new BoundedMetrics({ lag: { type: 'gauge', help: 'Lag.', labels: ['query', 'partition'] } }, registry, 2, () => {})
  for (const query of ['a', 'b', 'c']) {
    for (const partition of ['0', '1']) metrics.set('lag', { query, partition }, 1)
    metrics.forget('lag', { query })
  }
  expect(await registry.metrics()).not.toContain('lag{')
})

test('an overflow is warned of once, and counted', async () => {
  const session = await Session.start()
  onTestFinished(() => session.stop())
  const warnings: string[] = []
  const hear = (warning: Error): void => void warnings.push(warning.message)
  process.on('warning', hear)
  onTestFinished(() => void process.off('warning', hear))
  const registry = new Registry()
  const metrics = new QueryMetrics(session, registry, 30)
  onTestFinished(() => metrics.close())
  for (let i = 0; i < 32; i++) {
    const input = new MemorySource(reading)
    const query = await session.readStream(memory(input)).writeStream({ name: `q${i}`, sink: noop(), outputMode: 'append', checkpointLocation: await temporaryFolder() }).start()
    input.addData([{ at: minute(i), place: 'a' }])
    await query.processAllAvailable()
    await query.stop()
  }
  const text = await registry.metrics()
  expect(valueOf(text, 'millrace_batches_total', 'query="overflow"')).toBe(2)
  expect(valueOf(text, 'millrace_metric_overflows_total', 'metric="millrace_batches_total"')).toBe(2)
  await vi.waitFor(() => expect(warnings.filter(m => m.includes('The metric millrace_batches_total has 30 series')).length).toBe(1))
})

test('rows of a model are counted by its digest', async () => {
  const session = await Session.start()
  onTestFinished(() => session.stop())
  const server = await serveAdmin(session, { address: '127.0.0.1:0' })
  onTestFinished(() => server.close())
  const model = await loadModel(new URL('../fixtures/models/xgboost-binary-logistic/model.json', import.meta.url).pathname)
  const input = new MemorySource(schema({ v: t.float64() }))
  const query = await session.readStream(memory(input)).score(model, { output: { p: 'probability' }, input: Object.fromEntries(model.signature.inputs.map(i => [i.name, 'v' as const])) }).writeStream({ name: 'scored', sink: noop(), outputMode: 'append', checkpointLocation: await temporaryFolder() }).start()
  for (let i = 0; i < 2; i++) {
    input.addData([{ v: 1 }, { v: 2 }])
    await query.processAllAvailable()
  }
  const { text } = await request(server.url, '/metrics')
  expect(valueOf(text, 'millrace_model_rows_total', 'query="scored"', `model="${query.lastProgress?.models[0]}"`)).toBe(4)
})

test.skipIf(promtoolMissing !== null)(`promtool has nothing to say about a scrape${promtoolMissing ?? ''}`, async () => {
  const { feed, scrape } = await serveReadings()
  await feed({ at: minute(1), place: 'a "quoted"\nname' })
  expect(promtool(['check', 'metrics'], await scrape())).toEqual({ status: 0, output: '' })
})
