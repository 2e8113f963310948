import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import { chromiumHint, findChromium, launchChromium } from '../../scripts/chromium.mjs'

const isRequired = process.env.MILLRACE_REQUIRE_BROWSER === '1'

/** Without a Chromium these tests are skipped, and say how to have one; where it is required its lack is a failure. */
export const isSkipped = findChromium() === undefined && !isRequired
export const skippedBecause = isSkipped ? ` (skipped: ${chromiumHint})` : ''

let browser: Browser | undefined

/** A browser for the tests of a file. */
export function useBrowser(): void {
  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser?.close())
}

export interface Watched {
  readonly page: Page
  /** What the page said on the console as an error, threw, asked another host for, or opened as a dialog. */
  readonly complaints: string[]
}

/** A page of its own session, watched from the first request. */
export async function openPage(url: string, hash = '#/', options: { readonly width?: number; readonly height?: number; readonly dark?: boolean } = {}): Promise<Watched> {
  expect(browser).toBeDefined()
  const context = await (browser as Browser).newContext({ viewport: { width: options.width ?? 1280, height: options.height ?? 800 }, colorScheme: options.dark === true ? 'dark' : 'light' })
  onTestFinished(() => context.close())
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`console: ${message.text()}`)
  })
  page.on('pageerror', error => complaints.push(`error: ${error.message}`))
  page.on('dialog', dialog => {
    complaints.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', request => {
    if (!request.url().startsWith(`${url}/`) && !request.url().startsWith('data:')) complaints.push(`request: ${request.url()}`)
  })
  await page.goto(`${url}/${hash}`)
  return { page, complaints }
}

/** The exact numbers that a page shows, by name. */
export function numbersOf(page: Page, within: string): Promise<{ [name: string]: number }> {
  return page.locator(within).first().evaluate(element => Object.fromEntries([...element.querySelectorAll('data[data-name]')].map(d => [d.getAttribute('data-name') ?? '', Number(d.getAttribute('value'))])))
}
