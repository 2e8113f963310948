import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { readJsonLines, temporaryFolder } from '../streaming/support.ts'
import { addNumbers, CopyPlace, JobProcess, jobFile, run } from './job-process.ts'

const token = 'a-token-of-enough-characters'
const environment = { MILLRACE_ADMIN_TOKEN: token }

async function start(...more: string[]) {
  const place = await CopyPlace.make()
  const job = new JobProcess(['run', jobFile('copy'), ...place.settings, '--admin', '127.0.0.1:0', ...more], environment)
  const url = String((await job.line(l => l.url !== undefined)).url)
  await job.line(l => l.message.startsWith('Committed'))
  return { place, job, url }
}

const post = async (url: string, path: string, headers: Record<string, string> = { authorization: `Bearer ${token}` }) => (await fetch(`${url}${path}`, { method: 'POST', headers })).status

test('status and progress tell of a running job, as text and as JSON', async () => {
  const { url } = await start()
  const status = await run(['status', url, '--json'], environment)
  const { ready, process, queries } = JSON.parse(status.out) as { ready: boolean; process: { control: boolean }; queries: { name: string; totals: { inputRows: number } }[] }
  expect([status.code, ready, process.control, queries.map(q => [q.name, q.totals.inputRows])]).toEqual([0, true, false, [['copy', 2]]])
  // The scheme may be left away.
  const text = await run(['status', url.replace('http://', '')], environment)
  expect([text.code, text.out]).toEqual([0, expect.stringMatching(/^ready, 1 query, since [^\n]+\ncopy: [^\n]+, batch 0, 2 rows in, 2 out,/)])
  const progress = JSON.parse((await run(['progress', url, '--json', '--query', 'copy'], environment)).out) as { progress: { batchId: number; numInputRows: number }[] }[]
  expect(progress.map(h => h.progress.map(p => [p.batchId, p.numInputRows]))).toEqual([[[0, 2]]])
  expect((await run(['progress', url], environment)).out).toMatch(/^copy batch 0 at [^\n]+: 2 rows in, 2 out, \d+ ms, watermark -\n$/)
  expect((await run(['progress', url, '--since', '0'], environment)).out.trim()).toBe('')
})

test('without --control nothing can be stopped, and stop says what is missing', async () => {
  const { url } = await start()
  for (const path of ['/api/v1/stop', '/api/v1/queries/copy/stop', '/api/v1/queries/copy/restart', '/api/v1/queries/copy/rollback']) expect([path, await post(url, path)]).toEqual([path, 405])
  const { code, err } = await run(['stop', url], environment)
  expect([code, err]).toEqual([1, expect.stringMatching(/^ADMIN_REFUSED: .*Start the job with --control, and a token in MILLRACE_ADMIN_TOKEN\.\n$/)])
})

test('with --control exactly its routes answer to POST, and to nobody without the token', async () => {
  const { url } = await start('--control')
  for (const path of ['/', '/healthz', '/metrics', '/streams', '/api/v1/queries', '/api/v1/queries/copy', '/api/v1/queries/copy/stop/now', '/api/v1/stop/', '/nowhere']) expect([path, await post(url, path)]).toEqual([path, 405])
  for (const path of ['/api/v1/stop', '/api/v1/queries/copy/stop', '/api/v1/queries/copy/restart', '/api/v1/queries/copy/rollback']) {
    expect([path, await post(url, path, {}), await post(url, path, { authorization: 'Bearer wrong' })]).toEqual([path, 401, 401])
    const more = { authorization: `Bearer ${token}` }
    expect([path, await post(url, path, { ...more, origin: 'https://evil.example' }), (await fetch(`${url}${path}`, { method: 'POST', headers: more, body: '{}' })).status]).toEqual([path, 403, 413])
    for (const method of ['PUT', 'DELETE', 'PATCH']) expect([path, method, (await fetch(`${url}${path}`, { method, headers: more })).status]).toEqual([path, method, 405])
    expect([path, (await fetch(`${url}${path}`, { headers: more })).status]).toEqual([path, 404])
  }
  const { paths } = (await (await fetch(`${url}/api/v1/openapi.json`, { headers: { authorization: `Bearer ${token}` } })).json()) as { paths: Record<string, object> }
  expect(Object.entries(paths).filter(([, p]) => 'post' in p).map(([path]) => path)).toEqual(['/api/v1/stop', '/api/v1/queries/{id}/stop', '/api/v1/queries/{id}/restart', '/api/v1/queries/{id}/rollback'])
})

test('a query is restarted, one that is not there is not, and stop ends the job with 0', async () => {
  const { job, url } = await start('--control')
  expect([await post(url, '/api/v1/queries/other/restart'), await post(url, '/api/v1/queries/other/stop'), await post(url, '/api/v1/queries/copy/rollback?model=none')]).toEqual([404, 404, 409])
  expect(await post(url, '/api/v1/queries/copy/restart')).toBe(202)
  await vi.waitFor(() => expect(job.log.filter(l => l.message === 'The query was started.')).toHaveLength(2), { timeout: 30_000 })
  const { code, out } = await run(['stop', url, '--json'], environment)
  expect([code, JSON.parse(out), await job.exit()]).toEqual([0, { status: 'stopping', query: null }, 0])
})

test('a job whose last query was stopped ends', async () => {
  const { job, url } = await start('--control')
  const { code, out } = await run(['stop', url, '--query', 'copy'], environment)
  expect([code, out, await job.exit()]).toEqual([0, 'Query "copy" was told to stop.\n', 0])
})

test('who is not there, not a job, or not to be asked is told apart', async () => {
  const { url } = await start()
  expect(await run(['status', '127.0.0.1:1'])).toMatchObject({ code: 1, err: expect.stringMatching(/^ADMIN_UNREACHABLE: The admin server at 127\.0\.0\.1:1 does not answer: /) as string })
  expect(await run(['status', url])).toMatchObject({ code: 1, err: expect.stringContaining('Put the token of the job into MILLRACE_ADMIN_TOKEN.') as string })
  expect(await run(['progress', url, '--query', 'other'], environment)).toMatchObject({ code: 1, err: expect.stringContaining('There is no such query.') as string })
  for (const address of ['ftp://127.0.0.1', 'http://name:hunter2@127.0.0.1', 'http://']) {
    const { code, err } = await run(['status', address])
    expect([code, err.startsWith('JOB_INVALID_SETTING: '), err.includes('hunter2')]).toEqual([1, true, false])
  }
})

test('a query that waits for its next try is tried at once when it is restarted', async () => {
  const place = await CopyPlace.make('refused')
  const job = new JobProcess(['run', jobFile('patient'), ...place.settings, '--admin', '127.0.0.1:0', '--control'], environment)
  const url = String((await job.line(l => l.url !== undefined)).url)
  await job.line(l => l.attempt === 1)
  await place.behave('copy')
  expect(await post(url, '/api/v1/queries/copy/restart')).toBe(202)
  await job.line(l => l.message.startsWith('Committed'))
  expect(await place.copied()).toEqual(['{"batchId":0,"ids":[1,2]}'])
})

test('a query that stays down is started again when it is restarted, while another runs', async () => {
  const top = await temporaryFolder()
  await addNumbers(join(top, 'l'), 'a', [1])
  await mkdir(join(top, 'r'))
  await writeFile(join(top, 'r', 'a.jsonl'), '{"id":"poison"}\n')
  const job = new JobProcess(['run', jobFile('pair'), '--set', `left=${top}/l`, '--set', `right=${top}/r`, '--set', `top=${top}`, '--admin', '127.0.0.1:0', '--control'], environment)
  const url = String((await job.line(l => l.url !== undefined)).url)
  await job.line(l => l.query === 'right' && l.level === 'error')
  // Gone before it was ever committed, which is what the next try finds.
  await rm(join(top, 'r', 'a.jsonl'))
  await addNumbers(join(top, 'r'), 'b', [2])
  expect(await post(url, '/api/v1/queries/right/restart')).toBe(202)
  await job.line(l => l.query === 'right' && l.message.startsWith('Committed'))
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
  await run(['stop', url], environment)
  expect([await job.exit(), await readJsonLines(join(top, 'right'))]).toEqual([0, [{ id: 2 }]])
})

test('an address that is taken ends the start with 1 and the reason', async () => {
  const { url, place } = await start()
  const { code, err } = await run(['run', jobFile('copy'), ...place.settings, '--admin', new URL(url).host])
  expect([code, err]).toEqual([1, expect.stringMatching(/^ADMIN_NOT_LISTENING: .*EADDRINUSE/)])
})
