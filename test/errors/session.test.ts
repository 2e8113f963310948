import { mkdir, readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { count, files, schema, Session, t, Trigger } from 'millrace'
import { assert } from '../../dist/common/assert.js'
import { errorFromData, errorToData } from '../../dist/common/errors.js'
import { temporaryFolder, writeJsonLines } from '../streaming/support.ts'

const row = schema({ user: t.string() })

function someQuery(session: Session, folder: string, name: string) {
  return session
    .readStream(files({ path: `${folder}/in`, format: 'jsonl', schema: row }))
    .writeStream({ name, sink: files({ path: `${folder}/out-${name}`, format: 'jsonl' }), checkpointLocation: `${folder}/ck-${name}` })
}

test('SESSION_NAME_IN_USE while a query of that name runs, not after it', async () => {
  const folder = await temporaryFolder()
  await using session = await Session.start()
  await writeJsonLines(`${folder}/in`, { 'a.jsonl': [{ user: 'ann' }] })
  const first = await someQuery(session, folder, 'same').start()
  await expect(someQuery(session, folder, 'same').start()).rejects.toMatchObject({ code: 'SESSION_NAME_IN_USE', context: { name: 'same' } })
  await first.stop()
  const again = await someQuery(session, folder, 'same').start()
  await again.stop()
})

test('SESSION_CLOSED after stop()', async () => {
  const session = await Session.start()
  await session.stop()
  expect(() => session.readBatch(files({ path: 'x', format: 'jsonl', schema: row }))).toThrow(expect.objectContaining({ code: 'SESSION_CLOSED' }))
})

test('EXEC_FAILED says where it was, and its cause is the error that happened', async () => {
  const folder = await temporaryFolder()
  await writeJsonLines(`${folder}/in`, { 'a.jsonl': [{ user: 'ann' }, { user: 7 }] })
  await using session = await Session.start()
  const query = await session
    .readStream(files({ path: `${folder}/in`, format: 'jsonl', schema: row }))
    .writeStream({ sink: files({ path: `${folder}/out`, format: 'jsonl' }), checkpointLocation: `${folder}/ck` })
    .start()
  await expect(query.awaitTermination()).rejects.toMatchObject({
    name: 'QueryError',
    code: 'EXEC_FAILED',
    sparkCondition: expect.any(String),
    context: { queryId: query.id, runId: query.runId, batchId: 0 },
    // Started again it meets the same record.
    retryable: false,
    cause: { code: 'FORMAT_BAD_RECORD' },
  })
  expect(query.exception).toMatchObject({ code: 'EXEC_FAILED' })
})

test('STATE_BUDGET_EXCEEDED before the heap ends', async () => {
  const folder = await temporaryFolder()
  await writeJsonLines(`${folder}/in`, { 'a.jsonl': [{ user: 'ann' }] })
  await using session = await Session.start({ memoryBudgetBytes: 1 })
  const query = await session
    .readStream(files({ path: `${folder}/in`, format: 'jsonl', schema: row }))
    .groupBy('user')
    .agg(() => ({ n: count() }))
    .writeStream({ sink: { kind: 'connector', provider: 'noop', options: {} }, outputMode: 'update', checkpointLocation: `${folder}/ck` })
    .start()
  await expect(query.awaitTermination()).rejects.toMatchObject({ code: 'EXEC_FAILED', cause: { code: 'STATE_BUDGET_EXCEEDED', message: expect.stringMatching(/^The state of the query, with partial results on their way to it, needs \d+ bytes, more than the 1 bytes that/), context: { budget: 1 } } })
})

test('INTERNAL_ASSERTION names the values', () => {
  expect(() => assert(false, 'One is more than two.', { one: 1 })).toThrow(expect.objectContaining({ name: 'InternalError', code: 'INTERNAL_ASSERTION', context: { one: 1 } }))
})

test('an error crosses a thread with class, code, message, context and cause', () => {
  const cause = new RangeError('too far')
  let error: unknown
  try {
    assert(false, 'It holds.', { at: 3 })
  } catch (e) {
    error = Object.assign(e as Error, { cause })
  }
  const there = errorFromData(structuredClone(errorToData(error)))
  expect(there).toMatchObject({ name: 'InternalError', code: 'INTERNAL_ASSERTION', message: 'It holds.', context: { at: 3 }, cause: { name: 'RangeError', message: 'too far' } })
})

test('SOURCE_PATH_MISSING: a bounded query over a pattern that fits no file; an empty folder is an empty table', async () => {
  const folder = await temporaryFolder()
  await mkdir(`${folder}/in`)
  await using session = await Session.start()
  const read = (path: string): Promise<unknown> => session.readBatch(files({ path, format: 'jsonl', schema: row })).collect()
  await expect(read(`${folder}/in/*.jsonl`)).rejects.toMatchObject({ code: 'SOURCE_PATH_MISSING', message: expect.stringContaining(`${folder}/in/*.jsonl`) as string })
  expect(await read(`${folder}/in`)).toEqual([])
})

test('PLAN_INVALID_OPTION: a checkpoint in the output or in what is read, as a stream or a table, is refused before it is made', async () => {
  const folder = await temporaryFolder()
  for (const name of ['in', 'table']) await mkdir(`${folder}/${name}`)
  await using session = await Session.start()
  const source = (name: string) => files({ path: `${folder}/${name}`, format: 'jsonl', schema: row, recursive: true })
  const start = (checkpoint: string, out = 'out') =>
    session
      .readStream(source('in'))
      .join(session.readBatch(source('table')), { on: ['user'], how: 'left' })
      .writeStream({ sink: files({ path: `${folder}/${out}`, format: 'jsonl' }), checkpointLocation: `${folder}/${checkpoint}`, trigger: Trigger.availableNow() })
      .start()
  for (const checkpoint of ['out', 'out/ck', 'in', 'in/ck', 'table', 'table/ck']) {
    await expect(start(checkpoint)).rejects.toMatchObject({ code: 'PLAN_INVALID_OPTION', message: expect.stringContaining(`checkpointLocation "${folder}/${checkpoint}" lies in the `) as string })
  }
  expect(await readdir(folder, { recursive: true })).toEqual(['in', 'table'])
  for (const [checkpoint, out] of [['ck', 'a'], ['b/_ck', 'b'], ['in/.ck', 'c']]) await (await start(checkpoint, out)).awaitTermination()
})
