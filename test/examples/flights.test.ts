import { spawnSync } from 'node:child_process'
import { copyFile, mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../streaming/support.ts'

const program = fileURLToPath(new URL('../../build/examples/flights/main.js', import.meta.url))
const data = fileURLToPath(new URL('../../examples/flights/data', import.meta.url))

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' })
  return { status, out: stdout.split('\n').slice(0, -1), errors: stderr }
}

test('says that there was nothing to do, where it is started again or finds no flights', async () => {
  const folder = await temporaryFolder()
  await mkdir(`${folder}/in`)
  await copyFile(`${data}/weather.jsonl`, `${folder}/in/weather.jsonl`)
  const args = ['--input', `${folder}/in`, '--output', `${folder}/out`, '--checkpoint', `${folder}/checkpoint`]
  const nothing = { status: 0, out: [`Nothing new: every flights-*.jsonl.gz in ${folder}/in is in ${folder}/out already, or there is none.`], errors: '' }
  expect(run(...args)).toEqual(nothing)
  await copyFile(`${data}/flights-2013-01-01.jsonl.gz`, `${folder}/in/flights-2013-01-01.jsonl.gz`)
  expect(run(...args)).toMatchObject({ status: 0, out: [expect.stringMatching(/^batch 0: 697 flights/), expect.stringMatching(/^batch 1: 0 flights/)], errors: '' })
  expect(run(...args)).toEqual(nothing)
})

test.each(['abc', '-1', '1.5', '', '1e1'])('refuses --executors=%s in a sentence', value => {
  expect(run('--input', 'x', '--output', 'y', '--checkpoint', 'z', `--executors=${value}`)).toEqual({ status: 1, out: [], errors: `--executors is a whole number from 0, not "${value}".\n` })
})
