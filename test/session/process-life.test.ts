import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../streaming/support.ts'

const program = fileURLToPath(new URL('programs/idle-query.mjs', import.meta.url))

test.each(['memory', 'iterable'])('a query that waits on a %s source keeps the process alive, and lets it go at its end', async kind => {
  const folder = await temporaryFolder()
  const ended = await new Promise(resolve => {
    execFile(process.execPath, [program, kind, join(folder, 'checkpoint'), '600'], (error, out, errors) => resolve({ code: error?.code ?? 0, out, errors }))
  })
  expect(ended).toEqual({ code: 0, out: 'started\nended\n', errors: '' })
})
