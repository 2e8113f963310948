import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, readdir, rename } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { QueryDetail } from '../../src/admin/api/api-types.ts'
import { temporaryFolder } from '../streaming/support.ts'
import { request } from '../admin/support.ts'
import { isSkipped, openPage, skippedBecause, useBrowser } from './support.ts'

const data = fileURLToPath(new URL('../../examples/flights/data/', import.meta.url))
const program = fileURLToPath(new URL('../../build/examples/live-board/main.js', import.meta.url))

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** The live board as a process of its own, on one address through all its lives. */
async function liveBoard() {
  const folder = await temporaryFolder()
  const input = join(folder, 'input')
  await mkdir(input)
  await copyFile(join(data, 'weather.jsonl'), join(input, 'weather.jsonl'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let child: ChildProcess | undefined
  const start = async (): Promise<void> => {
    child = spawn(process.execPath, [program, '--admin', `127.0.0.1:${port}`, '--input', input, '--checkpoint', join(folder, 'checkpoint')], { stdio: 'ignore' })
    await vi.waitFor(async () => expect((await request(url, '/readyz')).status).toBe(200), { timeout: 30_000, interval: 100 })
  }
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  onTestFinished(kill)
  const days = (await readdir(data)).filter(n => n.endsWith('.gz')).sort()
  const feed = async (n: number): Promise<void> => {
    for (const name of days.splice(0, n)) {
      await copyFile(join(data, name), join(folder, name))
      await rename(join(folder, name), join(input, name))
    }
  }
  /** The rows once `n` files are in them. */
  const rowsOf = async (n: number): Promise<{ origin: string; window_start: string }[]> => {
    const get = async <T>(path: string): Promise<T> => JSON.parse((await request(url, path)).text) as T
    await vi.waitFor(async () => {
      const detail = await get<QueryDetail>('/api/v1/queries/lateness-live')
      expect([detail.sources[0].end, detail.status]).toEqual([{ files: n }, 'Waiting for data to arrive'])
    }, { timeout: 30_000, interval: 50 })
    return (await get<{ rows: { origin: string; window_start: string }[] }>('/streams/board')).rows
  }
  return { url, start, kill, feed, rowsOf }
}

const keysOnPage = (page: Page): Promise<string[]> => page.locator('table.live tbody tr').evaluateAll(rows => rows.map(r => `${r.children[0].textContent} ${r.children[1].textContent}`))

describe.skipIf(isSkipped)(`a job that is killed${skippedBecause}`, () => {
  useBrowser()

  test('comes back on the open page by itself, each row once', async () => {
    const job = await liveBoard()
    await job.feed(1)
    await job.start()
    await job.rowsOf(1)
    const { page } = await openPage(job.url, '#/live/board')
    await page.locator('table.live tbody tr').first().waitFor()
    await job.kill()
    await page.locator('.connection.lost').waitFor()
    await job.feed(2)
    await job.start()
    const rows = await job.rowsOf(3)
    // No reload, no click but for the rows beyond the first hundred.
    await page.locator('.lead', { hasText: `board: ${rows.length} rows` }).first().waitFor()
    await page.locator('.connection.open').waitFor()
    for (const more = page.locator('.more'); (await more.count()) > 0;) await more.click()
    const shown = await keysOnPage(page)
    expect(new Set(shown).size).toBe(shown.length)
    expect(shown.toSorted()).toEqual(rows.map(r => `${r.window_start.replace('T', ' ').replace('Z', '')} ${r.origin}`).toSorted())
  })
})
