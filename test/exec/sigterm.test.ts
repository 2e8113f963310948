import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readJsonLines, temporaryFolder } from '../streaming/support.ts'

const main = fileURLToPath(new URL('../../build/examples/flights/main.js', import.meta.url))
const data = fileURLToPath(new URL('../../examples/flights/data', import.meta.url))

/** Runs the example on a checkpoint; `signal` is sent when that batch has been reported. */
async function run(output: string, checkpoint: string, executors: number, termAfter?: number): Promise<{ code: number | null; batches: number[] }> {
  const child = spawn(process.execPath, [main, '--input', data, '--output', output, '--checkpoint', checkpoint, '--executors', String(executors)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  let sent = false
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    // Once: the example takes a second one as an order to die at once.
    if (sent || termAfter === undefined || !text.includes(`batch ${termAfter}:`)) return
    sent = child.kill('SIGTERM')
  })
  const code = await new Promise<number | null>(resolve => child.on('close', resolve))
  return { code, batches: [...text.matchAll(/^batch (\d+):/gm)].map(m => Number(m[1])) }
}

test.each([0, 2])('SIGTERM ends the example with exit code 0, and the next start goes on where it was (%i workers)', async executors => {
  const folder = await temporaryFolder()
  const first = await run(join(folder, 'out'), join(folder, 'checkpoint'), executors, 2)
  expect(first.code).toBe(0)
  const last = first.batches.at(-1) as number
  const second = await run(join(folder, 'out'), join(folder, 'checkpoint'), executors)
  expect(second.code).toBe(0)
  // A batch that was committed is not run again; one that was not is the first.
  expect(second.batches[0]).toBe(last + 1)
  const whole = await run(join(folder, 'whole'), join(folder, 'checkpoint-whole'), executors)
  expect([...first.batches, ...second.batches]).toEqual(whole.batches)
  expect(await readJsonLines(join(folder, 'out'))).toEqual(await readJsonLines(join(folder, 'whole')))
})

/** Sends the process SIGTERM some time after it has begun to listen for it, which must be before it opens anything. */
const preload = (checkpoint: string, delayMs: number) => `data:text/javascript,${encodeURIComponent(`
  import { existsSync } from 'node:fs'
  process.on('newListener', name => {
    if (name !== 'SIGTERM') return
    console.log(existsSync(${JSON.stringify(checkpoint)}) ? 'late' : 'early')
    setTimeout(() => process.kill(process.pid, 'SIGTERM'), ${delayMs})
  })
`)}`

test.each([0, 50, 200, 350])('SIGTERM in the middle of the start, %i ms after the example listens for it, ends it with exit code 0', async delayMs => {
  const folder = await temporaryFolder()
  const checkpoint = join(folder, 'checkpoint')
  const child = spawn(process.execPath, ['--import', preload(checkpoint, delayMs), main, '--input', data, '--output', join(folder, 'out'), '--checkpoint', checkpoint, '--trigger', 'continuous'], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  const code = await new Promise<number | null>(resolve => child.on('close', resolve))
  expect([code, text.split('\n')[0]]).toEqual([0, 'early'])
})
