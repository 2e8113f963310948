import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const main = fileURLToPath(new URL('../../dist/testing/torture/main.js', import.meta.url))

// In processes of their own: what damage does to native code must not end the tests.
test('a bit flipped in any file of a checkpoint gives the right output or a typed error', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [main, '--mode', 'flip', '--runs', '100'])
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^100 flips: \d+ right, \d+ refused with a typed error, \d+ ended the process, 0 wrong$/)
})
