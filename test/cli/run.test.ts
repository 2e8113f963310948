import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readJsonLines, temporaryFolder } from '../streaming/support.ts'
import { addNumbers, CopyPlace, JobProcess, jobFile, run } from './job-process.ts'

const copy = jobFile('copy')

describe('--once', () => {
  test('reads what is there, batch after batch, says so, and ends with 0; a second run has nothing to do', async () => {
    const place = await CopyPlace.make()
    await place.add('b', [3])
    const first = await run(['run', copy, ...place.settings, '--once'])
    expect([first.code, first.err, await place.copied()]).toEqual([0, '', ['{"batchId":0,"ids":[1,2]}', '{"batchId":1,"ids":[3]}']])
    const lines = first.log()
    expect(lines.map(l => [l.level, l.message]).at(-1)).toEqual(['info', 'The job has ended.'])
    expect(lines.filter(l => l.message.startsWith('Committed')).map(l => [l.query, l.batch]).at(-1)).toEqual(['copy', 1])
    expect(lines.every(l => new Date(l.time).toISOString() === l.time)).toBe(true)
    const second = await run(['run', copy, ...place.settings, '--once'])
    expect([second.code, (await place.copied()).length]).toEqual([0, 2])
  })

  test('a query that fails for good makes it 1, and what the others had to do is done', async () => {
    const top = await temporaryFolder()
    await addNumbers(join(top, 'l'), 'a', [1])
    await mkdir(join(top, 'r'))
    await writeFile(join(top, 'r', 'a.jsonl'), '{"id":"no number"}\n')
    const { code, log } = await run(['run', jobFile('pair'), '--set', `left=${top}/l`, '--set', `right=${top}/r`, '--set', `top=${top}`, '--once'])
    expect([code, await readJsonLines(join(top, 'left'))]).toEqual([1, [{ id: 1 }]])
    // It is as bad the next time: there is one try.
    expect(log().filter(l => l.level === 'error' && l.query !== undefined).map(l => [l.query, l.batch, l.code, l.retryable])).toEqual([['right', 0, 'FORMAT_BAD_RECORD', false]])
  })
})

describe('a sink that fails', () => {
  test('is tried again after growing waits, and the query goes on where it was once it works', async () => {
    const place = await CopyPlace.make('refused')
    const job = new JobProcess(['run', copy, ...place.settings])
    await job.line(l => l.attempt === 2)
    await place.behave('copy')
    await job.line(l => l.message.startsWith('Committed'))
    await place.add('b', [3])
    await job.line(l => l.batch === 1)
    job.kill('SIGTERM')
    expect([await job.exit(), await place.copied()]).toEqual([0, ['{"batchId":0,"ids":[1,2]}', '{"batchId":1,"ids":[3]}']])
    expect(job.log.filter(l => l.attempt !== undefined).slice(0, 2).map(l => [l.level, l.query, l.batch, l.code, l.attempt])).toEqual([
      ['warn', 'copy', 0, 'SINK_USER_FUNCTION_FAILED', 1],
      ['warn', 'copy', 0, 'SINK_USER_FUNCTION_FAILED', 2],
    ])
  })

  test('five times in the same way in the same batch: it stays down, says so, and the job ends with 1', async () => {
    const place = await CopyPlace.make('refused')
    const { code, log } = await run(['run', copy, ...place.settings])
    expect(code).toBe(1)
    expect(log().flatMap(l => (l.attempt === undefined ? [] : [l.attempt]))).toEqual([1, 2, 3, 4])
    const last = log().filter(l => l.query === 'copy').at(-1)
    expect([last?.level, last?.batch]).toEqual(['error', 0])
    expect(last?.message).toContain('It has failed 5 times in the same way in batch 0. The query stays down.')
  })

  test('whose mistake does not pass is not tried again', async () => {
    const place = await CopyPlace.make('mistake')
    const { code, log } = await run(['run', copy, ...place.settings])
    expect([code, log().filter(l => l.attempt !== undefined)]).toEqual([1, []])
    expect(log().filter(l => l.level === 'error')[0]).toMatchObject({ query: 'copy', batch: 0, code: 'SINK_USER_FUNCTION_FAILED', retryable: false })
  })

  test('while one query stays down the other goes on; the job is not ready, and ends with 1', async () => {
    const top = await temporaryFolder()
    await addNumbers(join(top, 'l'), 'a', [1])
    await mkdir(join(top, 'r'))
    await writeFile(join(top, 'r', 'a.jsonl'), 'poison\n')
    const job = new JobProcess(['run', jobFile('pair'), '--set', `left=${top}/l`, '--set', `right=${top}/r`, '--set', `top=${top}`, '--admin', '127.0.0.1:0'])
    await job.line(l => l.query === 'right' && l.level === 'error')
    await addNumbers(join(top, 'l'), 'b', [2])
    await job.line(l => l.query === 'left' && l.batch === 1)
    const url = String((await job.line(l => l.url !== undefined)).url)
    const ready = (await (await fetch(`${url}/readyz`)).json()) as { status: string; reasons: string[] }
    expect([ready.status, ready.reasons.some(r => r.startsWith('Query "right" stays down:'))]).toEqual(['not ready', true])
    job.kill('SIGTERM')
    expect([await job.exit(), await readJsonLines(join(top, 'left'))]).toEqual([1, [{ id: 1 }, { id: 2 }]])
  })
})

test('code of the job that fails where nobody waits for it ends the process with 1, in a log line', async () => {
  const place = await CopyPlace.make('loose')
  const { code, err, log } = await run(['run', copy, ...place.settings], { MILLRACE_API_KEY: 'hunter2-and-more' })
  expect([code, err]).toEqual([1, ''])
  expect(log().at(-1)).toMatchObject({ level: 'error', code: 'UNCAUGHT', message: 'Code of the job failed where nothing waits for it: Forgotten ***' })
})
