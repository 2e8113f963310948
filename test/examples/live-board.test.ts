import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../streaming/support.ts'

const program = fileURLToPath(new URL('../../build/examples/live-board/main.js', import.meta.url))
const job = fileURLToPath(new URL('../../build/examples/live-board/job.js', import.meta.url))
const millrace = fileURLToPath(new URL('../../bin/millrace.js', import.meta.url))

const run = (...args: string[]) => spawnSync(process.execPath, args, { encoding: 'utf8', env: { PATH: process.env.PATH } })

test('an address that others can reach, without a token, is refused and says what is missing', async () => {
  const folder = await temporaryFolder()
  const { status, stderr } = run(program, '--input', folder, '--checkpoint', `${folder}/checkpoint`, '--admin', '0.0.0.0:0')
  expect([status, stderr]).toEqual([1, expect.stringMatching(/^ADMIN_TOKEN_REQUIRED: .*token/)])
})

test('a job that has no weather to join says so and ends with 1', async () => {
  const folder = await temporaryFolder()
  const { status, stdout } = run(millrace, 'run', job, '--set', `input=${folder}`, '--set', `checkpoint=${folder}/checkpoint`, '--once')
  const last = stdout.split('\n').filter(l => l.includes('"level":"error"')).map(l => JSON.parse(l) as { query?: string; code?: string })
  expect([status, last.map(l => [l.query, l.code])]).toEqual([1, [['lateness-live', 'SOURCE_PATH_MISSING'], [undefined, undefined]]])
})
