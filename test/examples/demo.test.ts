import { spawn } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../streaming/support.ts'

const demo = fileURLToPath(new URL('../../build/examples/flights/demo.js', import.meta.url))

/** Runs the demo with a folder of its own for temporary files; `onLine` sees each line as it comes. */
async function run(args: readonly string[], onLine: (line: string, stop: () => void) => void = () => undefined) {
  const temporary = await temporaryFolder()
  const child = spawn(process.execPath, [demo, ...args], { env: { ...process.env, TMPDIR: temporary }, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
    for (const line of text.split('\n')) onLine(line, () => child.kill('SIGINT'))
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const code = await new Promise<number | null>(resolve => child.on('close', resolve))
  return { code, errors, lines: out.trimEnd().split('\n'), left: await readdir(temporary) }
}

test.each(['xgboost', 'keras'])('plays all flights, scored by %s, in plain lines, and leaves nothing behind', async model => {
  const { code, errors, lines, left } = await run(['--speed', '0', '--model', model])
  expect({ code, errors, left }).toEqual({ code: 0, errors: '', left: [] })
  expect(lines[0]).toMatch(/^batch 0: \d+ flights in \d+ ms \(.* rows\/s\), watermark -$/)
  const [scored, closed, open] = lines.slice(-3)
  expect(scored).toMatch(/^12,073 flights scored in \d+ batches, \d+ ms each, in [\d.]+ s\.$/)
  // Which rows come too late depends on how the files fell into batches; which windows close does not.
  expect(closed).toMatch(/^714 windows closed, 11,5\d\d flights; late: 1,3\d\d expected, 1,18\d observed\.$/)
  expect(open).toMatch(/^21 windows are still open/)
})

test('ends cleanly on Ctrl-C, with what it knows so far', async () => {
  const { code, errors, lines, left } = await run([], (line, stop) => {
    if (line.startsWith('batch 3:')) stop()
  })
  expect({ code, errors, left }).toEqual({ code: 0, errors: '', left: [] })
  expect(lines.at(-3)).toContain('stopped before the end')
})

test('says what is wrong with an argument', async () => {
  const { code, errors } = await run(['--model', 'oracle'])
  expect({ code, errors }).toEqual({ code: 1, errors: '--model is xgboost or keras, not "oracle".\n' })
})
