import { count, live, loadModel, memory, MemorySource, noop, schema, Session, t, window } from 'millrace'
import { type AdminOptions, serveAdmin } from 'millrace/admin'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Models, Plan, QueryDetail } from '../../src/admin/api/api-types.ts'
import { request } from '../admin/support.ts'
import { temporaryFolder } from '../streaming/support.ts'
import { isSkipped, numbersOf, openPage, skippedBecause, useBrowser } from './support.ts'

const reading = schema({ at: t.timestamp(), place: t.string(), v: t.float64() })
const modelPath = new URL('../fixtures/models/xgboost-binary-logistic/model.json', import.meta.url).pathname
const token = 'a-token-of-enough-characters'
const at = (minutes: number): Date => new Date(Date.UTC(2024, 2, 1, 12, minutes))

/** Two queries, one of which has failed, and their admin server. */
async function serve(options: AdminOptions = {}) {
  const session = await Session.start()
  onTestFinished(() => session.stop())
  const server = await serveAdmin(session, { address: '127.0.0.1:0', ...options })
  onTestFinished(() => server.close())
  const model = await loadModel(modelPath)
  const input = new MemorySource(reading)
  const query = await session
    .readStream(memory(input, { name: 'readings' }))
    .withWatermark('at', '10 minutes')
    .score(model, { output: { p: 'probability' }, input: Object.fromEntries(model.signature.inputs.map(i => [i.name, 'v' as const])) })
    .groupBy(window('at', '1 hour'), 'place')
    .agg(() => ({ n: count() }))
    .select(({ window, place, n }) => ({ hour: window.start, place, n }))
    .writeStream({ name: 'windows', sink: live({ name: 'hours', key: ['hour', 'place'] }), outputMode: 'update', checkpointLocation: await temporaryFolder() })
    .start()
  const feed = async (...rows: { at: Date; place: string; v: number }[]): Promise<void> => {
    input.addData(rows)
    await query.processAllAvailable()
  }
  await feed({ at: at(0), place: 'a', v: 1 }, { at: at(1), place: 'b', v: 2 })
  await feed({ at: at(90), place: 'a', v: 3 }, { at: at(91), place: 'c', v: 3 })
  await feed({ at: at(1), place: 'a', v: 4 })
  const numbers = new MemorySource(schema({ v: t.int32() }))
  const failing = await session.readStream(memory(numbers)).select(({ v }) => ({ v: v.plus(2_147_483_647) })).writeStream({ name: 'adds', sink: noop(), outputMode: 'append', checkpointLocation: await temporaryFolder() }).start()
  numbers.addData([{ v: 1 }])
  await expect(failing.awaitTermination()).rejects.toThrow()
  const api = async <T>(path: string): Promise<T> => JSON.parse((await request(server.url, `/api/v1${path}`, { headers: { authorization: `Bearer ${token}` } })).text) as T
  return { session, query, feed, model, api, url: server.url }
}

const pages = [
  ['#/', 'Queries'],
  ['#/query/windows', 'windows'],
  ['#/query/adds', 'adds'],
  ['#/live', 'Live'],
  ['#/live/hours', 'Live'],
  ['#/models', 'Models'],
] as const

describe.skipIf(isSkipped)(`the pages in a browser${skippedBecause}`, () => {
  useBrowser()

  test('load in both themes without an error, a request to elsewhere, or anything wider than a window of 1280 or 320 pixels', async () => {
    const { url } = await serve()
    for (const dark of [false, true]) {
      for (const width of [1280, 320]) {
        for (const [hash, title] of pages) {
          const { page, complaints } = await openPage(url, hash, { width, dark })
          await page.locator('h1', { hasText: title }).waitFor()
          await page.locator('.connection.open').waitFor()
          await page.locator('main .card, main table').first().waitFor()
          expect([hash, await page.evaluate(() => document.documentElement.dataset.theme)]).toEqual([hash, dark ? 'dark' : 'light'])
          expect([hash, width, await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth)]).toEqual([hash, width, true])
          expect([hash, complaints]).toEqual([hash, []])
          await page.context().close()
        }
      }
    }
  })

  test('show the numbers of the API', async () => {
    const { url, api, model } = await serve()
    const detail = await api<QueryDetail>('/queries/windows')
    const expected = {
      inputRowsPerSecond: detail.inputRowsPerSecond, processedRowsPerSecond: detail.processedRowsPerSecond, lastBatchId: detail.lastBatchId, batchDurationMs: detail.batchDurationMs, stateBytes: detail.stateBytes,
      inputRows: detail.totals.inputRows, outputRows: detail.totals.outputRows, lateRows: detail.totals.lateRows, badRecords: detail.totals.badRecords,
    }
    expect([expected.inputRows, expected.lateRows]).toEqual([5, 1])
    const { page } = await openPage(url)
    await page.locator('[data-query=windows] data').first().waitFor()
    expect(await numbersOf(page, '[data-query=windows]')).toEqual(expected)
    await page.locator('[data-query=windows] h2 a').click()
    await page.locator('.figures.wide data').first().waitFor()
    expect(await numbersOf(page, '.figures.wide')).toEqual({ ...expected, stateRows: detail.stateRows })

    const plan = await api<Plan>('/queries/windows/plan')
    await page.locator('.plan-graph').waitFor()
    expect(await page.locator('.plan-graph .step').evaluateAll(steps => steps.map(s => s.getAttribute('data-step')))).toEqual(plan.nodes.map(n => n.id))
    // Each part of the page asks for its own.
    await page.locator('#checkpoint tbody tr').nth(detail.lastBatchId ?? 0).waitFor()
    expect(await page.locator('#checkpoint tbody tr').count()).toBe((detail.lastBatchId ?? 0) + 1)
    expect(await page.locator('#watermark').innerText()).toContain('2024-03-01 13:21:00')

    await page.goto(`${url}/#/models`)
    await page.locator('.model data').first().waitFor()
    const { models } = await api<Models>('/models')
    expect(await numbersOf(page, '.model')).toMatchObject({ rows: models[0].rows, lastBatchRows: models[0].lastBatchRows, bytes: models[0].bytes })
    expect(await page.locator('.model .digest').innerText()).toContain(model.digest)
  })

  test('a failed query shows its code and what to do', async () => {
    const { url } = await serve()
    const { page, complaints } = await openPage(url, '#/query/adds')
    const panel = page.locator('.error-panel').first()
    await panel.waitFor()
    expect(await panel.innerText()).toMatch(/EXPR_ARITHMETIC_OVERFLOW[\s\S]*What to do[\s\S]*tryAdd\(\)/)
    expect(complaints).toEqual([])
  })

  test('a batch is seen on every open page when it is committed', async () => {
    const { url, feed, query } = await serve()
    const overview = await openPage(url)
    const detail = await openPage(url, '#/query/windows')
    const board = await openPage(url, '#/live/hours')
    for (const { page } of [overview, detail]) await page.locator('data[data-name=inputRows][value="5"]').waitFor()
    await board.page.locator('td', { hasText: /^c$/ }).waitFor()
    await feed({ at: at(95), place: 'new place', v: 1 })
    for (const { page } of [overview, detail]) await page.locator('data[data-name=inputRows][value="6"]').waitFor()
    await board.page.locator('td', { hasText: 'new place' }).waitFor()
    await board.page.locator(`[data-batch="${query.lastProgress?.batchId}"]`).waitFor()
    // Rows of the table are those of the stream, each once.
    const { rows } = JSON.parse((await request(url, '/streams/hours')).text) as { rows: { hour: string; place: string; n: number }[] }
    const shown = await board.page.locator('table.live tbody tr').evaluateAll(trs => trs.map(tr => [...tr.children].map(td => td.textContent)))
    expect(shown.toReversed()).toEqual(rows.map(r => [r.hour.replace('T', ' ').replace('Z', ''), r.place, String(r.n)]))
    for (const { complaints } of [overview, detail, board]) expect(complaints).toEqual([])
  })

  test('a server with a token: the page asks for it, sends it in a header alone, and forgets it with the tab', async () => {
    const { url, feed } = await serve({ token })
    const { page, complaints } = await openPage(url)
    await page.locator('form.token').waitFor()
    expect(complaints).toEqual([])
    await page.getByLabel('Token').fill('not-the-right-token-at-all')
    await page.keyboard.press('Enter')
    await page.locator('.refused', { hasText: 'refused' }).waitFor()
    const addresses: string[] = []
    page.on('request', r => addresses.push(r.url()))
    await page.getByLabel('Token').fill(token)
    await page.keyboard.press('Enter')
    await page.locator('[data-query=windows]').waitFor()
    await page.getByRole('link', { name: 'Live' }).click()
    await page.locator('table.live').waitFor()
    await feed({ at: at(95), place: 'with token', v: 1 })
    await page.locator('td', { hasText: 'with token' }).waitFor()
    expect(addresses.filter(a => a.includes(token))).toEqual([])
    await page.reload()
    await page.locator('table.live').waitFor()
    expect(await page.evaluate(t => JSON.stringify(localStorage).includes(t), token)).toBe(false)
    const other = await page.context().newPage()
    await other.goto(`${url}/`)
    await other.locator('form.token').waitFor()
  })

  test('from the keyboard: to the content, a step of the plan, a column to sort by, along a chart', async () => {
    const { url } = await serve()
    const { page, complaints } = await openPage(url, '#/query/windows')
    await page.locator('.plan-graph').waitFor()
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('skip')
    await page.keyboard.press('Enter')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('main')
    await page.locator('[data-step=scan-0]').focus()
    await page.keyboard.press('Enter')
    await page.locator('.step-detail h3', { hasText: 'Read readings' }).waitFor()
    const plot = page.locator('.plot').first()
    await plot.focus()
    await page.keyboard.press('Home')
    await page.locator('.legend-at', { hasText: 'at batch 0' }).first().waitFor()
    await page.keyboard.press('ArrowRight')
    await page.locator('.legend-at', { hasText: 'at batch 1' }).first().waitFor()

    await page.goto(`${url}/#/live/hours`)
    const column = page.getByRole('button', { name: /^n/ })
    await column.focus()
    await page.keyboard.press('Enter')
    await page.locator('th[aria-sort=ascending]').waitFor()
    const values = await page.locator('table.live tbody tr td:last-child').evaluateAll(tds => tds.map(td => Number(td.textContent)))
    expect(values).toEqual(values.toSorted((a, b) => a - b))
    expect(complaints).toEqual([])
  })

  test('names and values are text, whatever they hold', async () => {
    const session = await Session.start()
    onTestFinished(() => session.stop())
    const server = await serveAdmin(session, { address: '127.0.0.1:0' })
    onTestFinished(() => server.close())
    const image = '<img src=x onerror=alert(1)>'
    const script = '</script><script>alert(2)</script>'
    const columns = { id: t.int32(), [image]: t.string(), constructor: t.string(), '"><b>bold</b>': t.float64() }
    const input = new MemorySource(schema(columns))
    const query = await session
      .readStream(memory(input))
      .writeStream({ name: 'hostile', sink: live({ name: 'hostile', key: 'id' }), outputMode: 'append', checkpointLocation: await temporaryFolder() })
      .start()
    input.addData([{ id: 1, [image]: script, constructor: `javascript:alert(3)${image}`, '"><b>bold</b>': 1 } as never, { id: 2, [image]: '{{7*7}} & &lt;', constructor: '\u202eevil', '"><b>bold</b>': 2 } as never])
    await query.processAllAvailable()
    const { page, complaints } = await openPage(server.url, '#/live/hostile')
    await page.locator('table.live tbody tr').nth(1).waitFor()
    expect(await page.locator('table.live thead th').allInnerTexts()).toEqual(expect.arrayContaining([expect.stringContaining(image), expect.stringContaining('"><b>bold</b>')]))
    expect(await page.locator('table.live tbody').innerText()).toContain(script)
    await page.getByLabel('A line for each').selectOption(image)
    await page.locator('.legend-label', { hasText: script }).waitFor()
    await page.goto(`${server.url}/#/query/hostile`)
    await page.locator('.plan-graph').waitFor()
    await page.getByText('As explain() prints it').click()
    expect(await page.locator('pre').innerText()).toContain(image)
    // An address may hold anything, too.
    await page.goto(`${server.url}/#/live/${encodeURIComponent(image)}`)
    await page.locator('.empty').waitFor()
    await page.goto(`${server.url}/#/query/%E0%A4%A`)
    await page.locator('.empty').waitFor()
    expect(await page.locator('img, main b, main script').count()).toBe(0)
    expect(complaints).toEqual([])
  })

  test('a query that ends and one that begins are seen without a reload', async () => {
    const { url, query, session } = await serve()
    const { page } = await openPage(url)
    await page.locator('[data-query=windows] .badge.good').waitFor()
    await query.stop()
    await page.locator('[data-query=windows] .badge.idle').waitFor()
    const input = new MemorySource(schema({ v: t.int32() }))
    await session.readStream(memory(input)).writeStream({ name: 'later', sink: noop(), outputMode: 'append', checkpointLocation: await temporaryFolder() }).start()
    await page.locator('[data-query=later]').waitFor()
    await vi.waitFor(async () => expect(await page.locator('.lead').first().innerText()).toContain('1 failed'))
  })
})
