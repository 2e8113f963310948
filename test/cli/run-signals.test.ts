import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { readJsonLines, temporaryFolder } from '../streaming/support.ts'
import { addNumbers, CopyPlace, JobProcess, jobFile, run } from './job-process.ts'

const copy = jobFile('copy')

/** Until the sink is in a batch that does not end. */
const hanging = (place: CopyPlace): Promise<void> =>
  vi.waitFor(async () => {
    if (!(await place.copied()).includes('hanging')) throw new Error('Not yet.')
  }, { timeout: 30_000 })

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends the queries in order', async signal => {
  const place = await CopyPlace.make()
  const job = new JobProcess(['run', copy, ...place.settings])
  await job.line(l => l.message.startsWith('Committed'))
  job.kill(signal)
  expect([await job.exit(), job.log.slice(-2).map(l => l.message)]).toEqual([0, ['The query was stopped.', 'The job has ended.']])
})

test('while the job is still loaded a signal ends it at once', async () => {
  const job = new JobProcess(['run', jobFile('never-loaded')])
  await job.line(l => l.message === 'It is being loaded.')
  job.kill('SIGTERM')
  expect([await job.exit(), job.err]).toEqual([0, ''])
})

test('while a query waits for its next try a signal ends it at once', async () => {
  const place = await CopyPlace.make('refused')
  const job = new JobProcess(['run', jobFile('patient'), ...place.settings])
  await job.line(l => l.attempt === 1)
  job.kill('SIGTERM')
  expect(await job.exit()).toBe(0)
})

test('a batch that does not end within the grace time is left: exit code 4, and the next start runs it again', async () => {
  const place = await CopyPlace.make('hang')
  const job = new JobProcess(['run', copy, ...place.settings, '--grace', '200ms'])
  await hanging(place)
  job.kill('SIGTERM')
  expect([await job.exit(), job.log.at(-1)?.level]).toEqual([4, 'error'])
  await place.behave('copy')
  expect((await run(['run', copy, ...place.settings, '--once'])).code).toBe(0)
  expect(await place.copied()).toEqual(['hanging', '{"batchId":0,"ids":[1,2]}'])
})

test('a second signal ends at once', async () => {
  const place = await CopyPlace.make('hang')
  const job = new JobProcess(['run', copy, ...place.settings, '--grace', '1 hour'])
  await hanging(place)
  job.kill('SIGTERM')
  // A signal that comes while another is pending is lost: repeat it until it has its effect.
  const again = setInterval(() => job.kill('SIGINT'), 50)
  expect(await job.exit()).toBe(130)
  clearInterval(again)
})

test('killed in the middle it goes on where it was, with each row once', async () => {
  const top = await temporaryFolder()
  const settings = ['--set', `left=${top}/l`, '--set', `right=${top}/r`, '--set', `top=${top}`]
  const ids = Array.from({ length: 40 }, (_, i) => i)
  for (const id of ids) await addNumbers(join(top, 'l'), `file-${String(id).padStart(2, '0')}`, [id])
  await addNumbers(join(top, 'r'), 'a', [1])
  for (let life = 0; life < 3; life++) {
    const job = new JobProcess(['run', jobFile('pair'), ...settings])
    await job.line(l => l.message.startsWith('Committed') && l.query === 'left')
    job.kill('SIGKILL')
    expect(await job.exit()).toBe(-1)
  }
  expect((await run(['run', jobFile('pair'), ...settings, '--once'])).code).toBe(0)
  const rows = (await readJsonLines(join(top, 'left'))) as { id: number }[]
  expect([rows.map(r => r.id).sort((a, b) => a - b), await readJsonLines(join(top, 'right'))]).toEqual([ids, [{ id: 1 }]])
})

test('a checkpoint that another process holds is tried for, and then said to be held', async () => {
  const place = await CopyPlace.make()
  const holder = new JobProcess(['run', copy, ...place.settings])
  await holder.line(l => l.message.startsWith('Committed'))
  const { code, log } = await run(['run', jobFile('hasty'), ...place.settings])
  expect([code, log().filter(l => l.level === 'error')[0].code, log().filter(l => l.attempt !== undefined).length]).toEqual([1, 'CHECKPOINT_IN_USE', 1])
})

test('a job whose checkpoint was copied is fenced by the copy, and ends with 3', async () => {
  const top = await temporaryFolder()
  const copied = await temporaryFolder()
  await addNumbers(join(top, 'l'), 'a', [1])
  await addNumbers(join(top, 'r'), 'a', [1])
  const settings = ['--set', `left=${top}/l`, '--set', `right=${top}/r`]
  expect((await run(['run', jobFile('pair'), ...settings, '--set', `top=${top}`, '--once'])).code).toBe(0)
  const first = new JobProcess(['run', jobFile('pair'), ...settings, '--set', `top=${top}`])
  await first.line(l => l.query === 'left' && l.message === 'The query was started.')
  for (const name of ['checkpoint-left', 'checkpoint-right']) await cp(join(top, name), join(copied, name), { recursive: true })
  // The same output: the file sink of the copy takes it over.
  const second = new JobProcess(['run', jobFile('pair'), ...settings, '--set', `top=${copied}`, '--set', `out=${top}`])
  await second.line(l => l.query === 'left' && l.message === 'The query was started.')
  await addNumbers(join(top, 'l'), 'b', [2])
  await addNumbers(join(top, 'r'), 'b', [2])
  expect([await first.exit(), first.log.filter(l => l.level === 'error' && l.query !== undefined).map(l => l.code).sort()]).toEqual([3, ['CHECKPOINT_FENCED', 'CHECKPOINT_FENCED']])
})
