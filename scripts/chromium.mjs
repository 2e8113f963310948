// Where a Chromium is, for the tests and pictures of the dashboard: MILLRACE_CHROMIUM, or one that Debian has installed.
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

const places = [process.env.MILLRACE_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** What to do where there is none. */
export const chromiumHint = 'There is no Chromium here: "apt-get install -y chromium", or MILLRACE_CHROMIUM with the path of one.'

export function findChromium() {
  return places.find(p => p !== undefined && p !== '' && existsSync(p))
}

/** A headless browser that asks nobody but the pages that it is sent to. */
export async function launchChromium() {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error(chromiumHint)
  return chromium.launch({ executablePath, headless: true, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking', '--disable-component-update', '--no-first-run'] })
}
