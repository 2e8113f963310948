import { spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../streaming/support.ts'

const script = fileURLToPath(new URL('../../scripts/run-built.mjs', import.meta.url))

function run(folder: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { cwd: folder, encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('a program that was not compiled is asked for, in one sentence', async () => {
  const folder = await temporaryFolder()
  expect(run(folder, 'build/main.js', '--input', 'x')).toEqual({ status: 1, stdout: '', stderr: 'build/main.js is not there yet. Run npm run build first.\n' })
})

test('one that was runs with its arguments, its output and its exit code', async () => {
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'build'))
  await writeFile(join(folder, 'build/main.mjs'), "import { parseArgs } from 'node:util'\nconsole.log(parseArgs({ options: { input: { type: 'string' } } }).values.input)\nprocess.exitCode = 3\n")
  expect(run(folder, 'build/main.mjs', '--input', 'x')).toEqual({ status: 3, stdout: 'x\n', stderr: '' })
})
