import { spawnSync } from 'node:child_process'

const found = spawnSync('promtool', ['--version'], { timeout: 30_000 }).status === 0

/** Why tests that need promtool are skipped; null where it is there, or has to be (MILLRACE_REQUIRE_PROMTOOL=1). */
export const promtoolMissing = found || process.env.MILLRACE_REQUIRE_PROMTOOL === '1' ? null : ' (skipped: there is no promtool; apt-get install prometheus)'

/** Runs promtool; what it says on either stream. */
export function promtool(args: readonly string[], input = ''): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr, error } = spawnSync('promtool', [...args], { input, encoding: 'utf8', timeout: 60_000 })
  if (error !== undefined) throw error
  return { status, output: `${stdout}${stderr}`.trim() }
}
