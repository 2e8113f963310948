import { spawn, spawnSync } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../streaming/support.ts'

const program = fileURLToPath(new URL('../../build/examples/swap/main.js', import.meta.url))
const millrace = fileURLToPath(new URL('../../bin/millrace.js', import.meta.url))

interface Scored {
  readonly id: number
  readonly p_late: number
  readonly model: string
}

/** Kills the program as soon as it has printed a line that matches. */
async function killedAfter(line: RegExp, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString()
    if (line.test(out)) child.kill('SIGKILL')
  })
  await new Promise(resolve => child.on('close', resolve))
  expect(out).toMatch(line)
}

/** Rows by batch, from the names of the files. */
async function scoredIn(folder: string): Promise<Map<number, Scored[]>> {
  const batches = new Map<number, Scored[]>()
  for (const name of (await readdir(folder)).filter(n => n.endsWith('.jsonl')).sort()) {
    const rows = (await readFile(`${folder}/${name}`, 'utf8')).trim().split('\n').map(l => JSON.parse(l) as Scored)
    const batch = Number(name.split('-')[1])
    batches.set(batch, [...(batches.get(batch) ?? []), ...rows])
  }
  return batches
}

test('the challenger takes over at a batch boundary, through kills; every departure is there once, by the recorded model', { timeout: 120_000 }, async () => {
  const folder = await temporaryFolder()
  const args = ['--output', `${folder}/out`, '--checkpoint', `${folder}/checkpoint`, '--registry', `${folder}/registry`, '--executors', '2', '--pace', '100', '--swap-after', '3']
  await killedAfter(/^batch 1:/m, args)
  await killedAfter(/made champion/, args)
  const last = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' })
  expect({ status: last.status, errors: last.stderr }).toEqual({ status: 0, errors: '' })

  const batches = await scoredIn(`${folder}/out`)
  const rows = [...batches.values()].flat()
  expect(new Set(rows.map(r => r.id)).size).toBe(rows.length)
  expect([batches.size, rows.length]).toEqual([14, 12073])
  const shown = JSON.parse(spawnSync(process.execPath, [millrace, 'checkpoint', 'show', `${folder}/checkpoint`, '--json'], { encoding: 'utf8' }).stdout) as { batches: { batchId: number; models: string[] }[] }
  for (const { batchId, models } of shown.batches) expect([...new Set(batches.get(batchId)?.map(r => r.model))]).toEqual(models)
  expect(new Set(rows.map(r => r.model)).size).toBe(2)
  expect(JSON.parse(await readFile(`${folder}/registry/late-arrival/aliases.json`, 'utf8'))).toEqual({ champion: 2, challenger: 2, previous: 1 })

  // Uninterrupted, with the swap elsewhere: a score depends on the row and the model alone.
  const other = ['--output', `${folder}/out-2`, '--checkpoint', `${folder}/checkpoint-2`, '--registry', `${folder}/registry`, '--pace', '1']
  expect(spawnSync(process.execPath, [program, ...other]).status).toBe(0)
  const challenger = new Map([...(await scoredIn(`${folder}/out-2`)).values()].flat().map(r => [r.id, r.p_late]))
  const [, second] = [...new Set(rows.map(r => r.model))]
  for (const row of rows.filter(r => r.model === second)) expect(row.p_late).toBe(challenger.get(row.id))
})

test('says what is missing', () => {
  const { status, stderr } = spawnSync(process.execPath, [program, '--output', 'x'], { encoding: 'utf8' })
  expect([status, stderr.split('\n')[0]]).toEqual([1, '--output, --checkpoint and --registry are needed.'])
})
