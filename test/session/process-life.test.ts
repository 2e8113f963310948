import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../streaming/support.ts'

const programs = (name: string): string => fileURLToPath(new URL(`programs/${name}.mjs`, import.meta.url))

async function run(name: string, ...args: string[]) {
  const folder = await temporaryFolder()
  return new Promise<{ code: unknown; out: string; errors: string }>(resolve => {
    execFile(process.execPath, [programs(name), join(folder, 'checkpoint'), ...args], (error, out, errors) => resolve({ code: error?.code ?? 0, out, errors }))
  })
}

test.each(['memory', 'iterable'])('a query that waits on a %s source keeps the process alive, and lets it go at its end', async kind => {
  expect(await run('idle-query', kind, '600')).toMatchObject({ code: 0, out: 'started\nended\n' })
})

test('what a source has to say is a warning of the process: that an iterable cannot be read again', async () => {
  const { errors } = await run('idle-query', 'iterable', '600')
  expect(errors).toMatch(/^\(node:\d+\) MillraceWarning: Query "[^"]+", source "iterable-0": .*cannot be read again/)
  expect(errors.match(/MillraceWarning/g)).toHaveLength(1)
  expect((await run('idle-query', 'memory', '600')).errors).toBe('')
})

test('a query that fails while nothing in the program is told of it is a warning, and the process does not end with 0', async () => {
  const { code, out, errors } = await run('failing-query', 'nothing')
  expect({ code, out }).toEqual({ code: 1, out: 'started\n' })
  expect(errors).toContain('MillraceWarning: EXEC_FAILED: Query "doomed" failed in batch 0: The foreachBatch function failed in batch 0: boom.')
  expect(errors).toContain('Nothing in the program was told that query "doomed" failed: wait for awaitTermination(), or add a listener with session.streams.addListener().')
})

test.each(['awaitTermination', 'processAllAvailable', 'awaitAnyTermination', 'listener', 'exception at the end of progress'])('one that fails in front of %s is the program’s own matter', async how => {
  expect(await run('failing-query', how)).toEqual({ code: 0, out: 'started\ntold\n', errors: '' })
})

test('a failure that the program asks for later no longer ends the process with 1', async () => {
  const { code, out, errors } = await run('failing-query', 'later')
  expect({ code, out }).toEqual({ code: 0, out: 'started\ntold\n' })
  expect(errors).toContain('MillraceWarning')
})
