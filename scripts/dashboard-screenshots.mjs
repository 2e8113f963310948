// Pictures of every page of the dashboard, in both themes and as on a phone, with queries that run: flights from a recording, a
// stream of readings that falls behind, one that fails. Into build/dashboard-screenshots, or the folder that is given.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { avg, count, files, live, loadModel, max, memory, MemorySource, noop, schema, Session, t, Trigger, window } from 'millrace'
import { serveAdmin } from 'millrace/admin'
import { lateness } from '../build/examples/flights/query.js'
import { launchChromium } from './chromium.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = process.argv[2] ?? `${root}/build/dashboard-screenshots`
const work = mkdtempSync(join(tmpdir(), 'millrace-pictures-'))
const stop = new AbortController()

const session = await Session.start({ executors: 2 })
const admin = await serveAdmin(session, { address: '127.0.0.1:0' })
const browser = await launchChromium()
try {
  await startFlights()
  await startReadings()
  await startPayments()
  await startBehind()
  await sleep(Number(process.env.SECONDS ?? 14) * 1000)
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  for (const theme of ['light', 'dark']) await takeAll(theme)
  console.log(`Pictures in ${out}`)
} finally {
  stop.abort()
  await browser.close()
  await admin.close()
  await session.stop()
  rmSync(work, { recursive: true, force: true })
}

/** Departures expected late, by hour and airport: the example on a live table. */
async function startFlights() {
  const input = join(work, 'flights')
  mkdirSync(input)
  cpSync(`${root}/examples/flights/data/weather.jsonl`, join(input, 'weather.jsonl'))
  const model = await loadModel(`${root}/examples/flights/models/xgb-delay30.json`)
  const flights = lateness(session, input, model, '6 hours')
  await flights.writeStream({ name: 'lateness-by-origin', sink: live({ name: 'board', key: ['window_start', 'origin'], retain: 10_000 }), outputMode: 'update', checkpointLocation: join(work, 'c1') }).start()
  const days = readdirSync(`${root}/examples/flights/data`).filter(n => n.endsWith('.gz')).sort()
  const feed = async () => {
    for (const day of days) {
      await sleep(850)
      if (stop.signal.aborted) return
      cpSync(`${root}/examples/flights/data/${day}`, join(work, day))
      renameSync(join(work, day), join(input, day))
    }
  }
  void feed()
}

/** Readings of stations, with some that come late. */
async function startReadings() {
  const reading = schema({ at: t.timestamp(), station: t.string(), celsius: t.float64() })
  const input = new MemorySource(reading)
  await session
    .readStream(memory(input, { name: 'stations' }))
    .withWatermark('at', '30 seconds')
    .where(({ celsius }) => celsius.gt(-80))
    .groupBy(window('at', '10 seconds'), 'station')
    .agg(({ celsius }) => ({ readings: count(), mean: avg(celsius), warmest: max(celsius) }))
    .select(({ window, station, readings, mean, warmest }) => ({ since: window.start, station, readings, mean, warmest }))
    .writeStream({ name: 'temperatures', sink: live({ name: 'stations', key: ['since', 'station'] }), outputMode: 'update', trigger: Trigger.processingTime('500 milliseconds'), checkpointLocation: join(work, 'c2') })
    .start()
  const feed = async () => {
    for (let i = 0; !stop.signal.aborted; i++) {
      const now = Date.now()
      const rows = Array.from({ length: 300 + Math.round(250 * Math.sin(i / 9)) }, (_, k) => ({ at: new Date(now - (k % 97 === 0 ? 120_000 : Math.random() * 4000)), station: ['Nord', 'Hafen', 'Kai 3', 'Turm'][k % 4], celsius: 12 + 6 * Math.sin(now / 20_000 + (k % 4)) + Math.random() }))
      input.addData(rows)
      await sleep(220)
    }
  }
  void feed()
}

/** A query that has failed. */
async function startPayments() {
  const input = new MemorySource(schema({ id: t.int32(), cents: t.int32() }))
  await session.readStream(memory(input, { name: 'payments' })).select(({ id, cents }) => ({ id, total: cents.times(1000) })).writeStream({ name: 'payment-totals', sink: noop(), outputMode: 'append', checkpointLocation: join(work, 'c3') }).start()
  input.addData([{ id: 1, cents: 1200 }])
  await sleep(400)
  input.addData([{ id: 2, cents: 2_100_000_000 }])
}

/** More comes than is done. */
async function startBehind() {
  const numbers = join(work, 'numbers')
  mkdirSync(numbers)
  for (let i = 0; i < 400; i++) writeFileSync(join(numbers, `part-${String(i).padStart(4, '0')}.jsonl`), Array.from({ length: 50 }, (_, k) => `{"v":${i * 50 + k}}\n`).join(''))
  await session
    .readStream(files({ path: `${numbers}/*.jsonl`, format: 'jsonl', schema: schema({ v: t.int32() }), maxFilesPerTrigger: 1 }))
    .writeStream({ name: 'backfill', sink: noop(), outputMode: 'append', trigger: Trigger.processingTime('400 milliseconds'), checkpointLocation: join(work, 'c4') })
    .start()
}

async function takeAll(theme) {
  const context = await browser.newContext({ colorScheme: theme, viewport: { width: 1440, height: 900 }, deviceScaleFactor: 1 })
  const page = await context.newPage()
  page.on('console', m => {
    if (m.type() === 'error') console.error(`${theme}: ${m.text()}`)
  })
  page.on('pageerror', e => console.error(`${theme}: ${e.stack ?? e.message}`))
  const take = async (name, hash, { width = 1440, height = 900, full = true } = {}) => {
    await page.setViewportSize({ width, height })
    await page.goto(`${admin.url}/${hash}`)
    await page.waitForSelector('h1')
    await sleep(1200)
    await page.screenshot({ path: join(out, `${name}-${theme}.png`), fullPage: full })
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    if (wide > 0) console.error(`${name} ${theme}: the page is ${wide} pixels wider than its window`)
  }
  await take('overview', '#/')
  await take('query', '#/query/lateness-by-origin')
  await take('query-temperatures', '#/query/temperatures')
  await take('query-failed', '#/query/payment-totals')
  await take('live', '#/live/board')
  await take('live-stations', '#/live/stations')
  await take('models', '#/models')
  await take('phone-overview', '#/', { width: 390, height: 844 })
  await take('phone-query', '#/query/temperatures', { width: 390, height: 844 })
  await take('zoom-live', '#/live/stations', { width: 320, height: 256 })
  await context.close()
}
