import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import * as millrace from 'millrace'
import { expect, onTestFinished, test } from 'vitest'
import { makeError, QueryError } from '../../src/common/errors.ts'
import type { LogFields } from '../../src/common/log.ts'
import { loggerOf } from '../../src/common/log.ts'
import { nodePorts } from '../../src/common/node/node-ports.ts'
import { backOffMs } from '../../src/job/back-off.ts'
import { defineJob } from '../../src/job/define-job.ts'
import { failureOf } from '../../src/job/failure.ts'
import { FailureCount } from '../../src/job/failure-count.ts'
import { runJob } from '../../src/job/run-job.ts'
import { files } from '../../src/session/connectors/files.ts'
import { schema, t } from '../../src/columnar/schema-builder.ts'
import { SeededRandom } from '../../src/testing/simulation/seeded-random.ts'
import { readJsonLines, temporaryFolder, writeJsonLines } from '../streaming/support.ts'

test('waits double up to the limit, and a random half of each is left away', () => {
  const limits = { initialMs: 1000, maxMs: 60_000 }
  const all = (n: number) => ({ bytes: () => new Uint8Array([n, n]) })
  expect([1, 2, 3, 6, 7, 8, 1000].map(n => backOffMs(n, limits, all(255)))).toEqual([1000, 2000, 4000, 32_000, 60_000, 60_000, 60_000])
  expect([1, 2, 7].map(n => backOffMs(n, limits, all(0)))).toEqual([500, 1000, 30_000])
  const random = new SeededRandom(1)
  const many = Array.from({ length: 200 }, () => backOffMs(1, limits, random))
  expect([Math.min(...many) >= 500, Math.max(...many) <= 1000, new Set(many).size > 100]).toEqual([true, true, true])
})

/** A query that failed in a batch, for a reason. */
const failed = (cause: unknown, batchId = 3, retryable?: boolean): QueryError => new QueryError('EXEC_FAILED', 'It failed.', { cause, context: { batchId }, ...(retryable === undefined ? {} : { retryable }) })
const system = (code: string): Error => Object.assign(new Error(code), { code })

test('what passes is worth another try, what does not is not', () => {
  const userFailed = (cause: unknown): Error => failed(makeError('SINK_USER_FUNCTION_FAILED', 'It failed.', { cause }), 3, false)
  const judged = (error: unknown) => [failureOf(error).code, failureOf(error).retryable]
  expect(judged(failed(makeError('KAFKA_UNAVAILABLE', 'Away.')))).toEqual(['KAFKA_UNAVAILABLE', true])
  expect(judged(failed(makeError('FORMAT_BAD_RECORD', 'Bad.'), 3, false))).toEqual(['FORMAT_BAD_RECORD', false])
  expect(judged(makeError('CHECKPOINT_IN_USE', 'Held.'))).toEqual(['CHECKPOINT_IN_USE', true])
  expect(judged(makeError('CHECKPOINT_CORRUPT', 'Damaged.'))).toEqual(['CHECKPOINT_CORRUPT', false])
  expect(judged(makeError('CHECKPOINT_FENCED', 'Taken.'))).toEqual(['CHECKPOINT_FENCED', false])
  expect(judged(userFailed(system('ECONNREFUSED')))).toEqual(['SINK_USER_FUNCTION_FAILED', true])
  expect(judged(userFailed(new Error('fetch failed', { cause: system('ENOTFOUND') })))).toEqual(['SINK_USER_FUNCTION_FAILED', true])
  expect(judged(userFailed(Object.assign(new Error('429'), { retryable: true })))).toEqual(['SINK_USER_FUNCTION_FAILED', true])
  expect(judged(userFailed(system('EACCES')))).toEqual(['SINK_USER_FUNCTION_FAILED', false])
  expect(judged(userFailed(new Error('A mistake.')))).toEqual(['SINK_USER_FUNCTION_FAILED', false])
  expect(judged(new TypeError('A mistake.'))).toEqual(['TypeError', false])
  expect(judged('text')).toEqual(['Error', false])
})

test('five of the same class and place end the tries; another place, another class or a committed batch begin anew', () => {
  const count = new FailureCount(5, 2)
  const away = (batchId: number) => count.failed(failureOf(failed(makeError('KAFKA_UNAVAILABLE', 'Away.'), batchId))).kind
  const unknown = (batchId: number) => count.failed(failureOf(failed(makeError('KAFKA_OUTCOME_UNKNOWN', 'Who knows.'), batchId))).kind
  expect([away(1), away(1), away(1), away(1), unknown(1), away(2), away(2)]).toEqual(Array<string>(7).fill('retry'))
  count.progressed()
  expect([away(1), away(1), away(1), away(1), away(1)]).toEqual(['retry', 'retry', 'retry', 'retry', 'down'])
})

test('the waits grow over failures of every kind, and begin anew after a committed batch', () => {
  const count = new FailureCount(5, 2)
  const inARow = (batchId: number) => {
    const verdict = count.failed(failureOf(failed(makeError('KAFKA_UNAVAILABLE', 'Away.'), batchId)))
    return verdict.kind === 'retry' ? verdict.inARow : 0
  }
  expect([inARow(1), inARow(2), inARow(3)]).toEqual([1, 2, 3])
  count.progressed()
  expect(inARow(4)).toBe(1)
})

test('a batch that kills its worker twice is taken to be poison, and named', () => {
  const count = new FailureCount(5, 2)
  const lost = () => count.failed(failureOf(failed(makeError('EXEC_TASK_LOST', 'The worker is gone.'), 7)))
  expect(lost().kind).toBe('retry')
  expect(lost()).toEqual({ kind: 'down', reason: 'Running batch 7 has killed its worker 2 times: a record of it may be poison.' })
})

test('a worker that dies of the same batch again is not given it a third time', async () => {
  const top = await temporaryFolder()
  await writeJsonLines(join(top, 'in'), { 'a.jsonl': [{ id: 1 }] })
  // Before its first task, each of them.
  const onWorker = (worker: Worker): void => void worker.terminate()
  process.on('worker', onWorker)
  onTestFinished(() => void process.off('worker', onWorker))
  const said: string[] = []
  const job = millrace.defineJob({
    name: 'deadly',
    restart: { initialDelay: '1ms' },
    queries: session => session.readStream(millrace.files({ path: join(top, 'in'), format: 'jsonl', schema: millrace.schema({ id: millrace.t.int32() }) })).writeStream({ name: 'deadly', sink: millrace.noop(), checkpointLocation: join(top, 'checkpoint') }),
  })
  const logger = loggerOf((_, { query, code }, message) => {
    if (query !== undefined) said.push(code ?? message)
  })
  const { exitCode, down } = await millrace.runJob(job, { executors: 1, logger })
  expect([exitCode, said]).toEqual([1, ['The query was started.', 'EXEC_TASK_LOST', 'The query was started.', 'EXEC_TASK_LOST']])
  expect(down[0].reason).toContain('Running batch 0 has killed its worker 2 times: a record of it may be poison.')
})

test('a disk that is full stops nothing for good: once there is room the query goes on, with each row once', async () => {
  const top = await temporaryFolder()
  await writeJsonLines(join(top, 'in'), { 'a.jsonl': [{ id: 1 }], 'b.jsonl': [{ id: 2 }] })
  let full = 3
  const disk = {
    ...nodePorts.files,
    create: (path: string, options?: Parameters<typeof nodePorts.files.create>[1]) => {
      if (path.includes('/_staging/') && full-- > 0) return Promise.reject(Object.assign(new Error('ENOSPC: no space left on device, open'), { code: 'ENOSPC' }))
      return nodePorts.files.create(path, options)
    },
  }
  const lines: (LogFields & { readonly level: string })[] = []
  const job = defineJob({
    name: 'copy',
    restart: { initialDelay: '1ms', maxDelay: '2ms' },
    queries: session => session.readStream(files({ path: join(top, 'in'), format: 'jsonl', schema: schema({ id: t.int32() }), maxFilesPerTrigger: 1 })).writeStream({ name: 'copy', sink: files({ path: join(top, 'out'), format: 'jsonl' }), checkpointLocation: join(top, 'checkpoint') }),
  })
  const result = await runJob(job, { until: 'available', logger: loggerOf((level, fields) => lines.push({ ...fields, level })) }, { ports: { ...nodePorts, files: disk } })
  expect([result, await readJsonLines(join(top, 'out'))]).toEqual([{ exitCode: 0, down: [] }, [{ id: 1 }, { id: 2 }]])
  expect(lines.filter(l => l.attempt !== undefined).map(l => [l.level, l.attempt, l.batch])).toEqual([['warn', 1, 0], ['warn', 2, 0], ['warn', 3, 0]])
})
