import { writeFile } from 'node:fs/promises'
import { count, live, loadModel, memory, MemorySource, ModelRegistry, noop, schema, Session, sum, t, window } from 'millrace'
import { serveAdmin } from 'millrace/admin'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { CheckpointState, Errors, Models, Plan, Process, ProgressHistory, Queries, QueryDetail } from '../../src/admin/api/api-types.ts'
import { backlogOf, backlogSample } from '../../src/admin/api/backlog.ts'
import { healthOf } from '../../src/admin/api/query-health.ts'
import { lagOf, sourceState } from '../../src/admin/api/offsets.ts'
import { openApiDocument } from '../../src/admin/openapi/document.ts'
import { schemas } from '../../src/admin/openapi/schemas.ts'
import type { JsonSchema } from '../../src/admin/openapi/schema-words.ts'
import { versionedModel } from '../../src/testing/torture/versioned-model.ts'
import { temporaryFolder } from '../streaming/support.ts'
import { mismatches } from './json-schema.ts'
import { request, serveBoard } from './support.ts'

const reading = schema({ at: t.timestamp(), place: t.string(), v: t.float64() })
const modelPath = new URL('../fixtures/models/xgboost-binary-logistic/model.json', import.meta.url).pathname

/** A query with a watermark, a model, an aggregation and a live table. */
async function serveWindows(executors = 0, folder?: string) {
  const checkpointLocation = folder ?? (await temporaryFolder())
  const session = await Session.start({ executors })
  onTestFinished(() => session.stop())
  const input = new MemorySource(reading)
  const model = await loadModel(modelPath)
  const query = await session
    .readStream(memory(input, { name: 'readings' }))
    .withWatermark('at', '10 minutes')
    .where(({ v }) => v.gt(0))
    .score(model, { output: { p: 'probability' }, input: Object.fromEntries(model.signature.inputs.map(i => [i.name, 'v' as const])) })
    .groupBy(window('at', '1 hour'), 'place')
    .agg(({ p }) => ({ n: count(), risk: sum(p) }))
    .select(({ window, place, n, risk }) => ({ hour: window.start, place, n, risk }))
    .writeStream({ name: 'windows', sink: live({ name: 'hours', key: ['hour', 'place'] }), outputMode: 'update', checkpointLocation })
    .start()
  // The server comes after the query: what it missed it finds.
  const server = await serveAdmin(session, { address: '127.0.0.1:0' })
  onTestFinished(() => server.close())
  const feed = async (...rows: { at: Date; place: string; v: number }[]): Promise<void> => {
    input.addData(rows)
    await query.processAllAvailable()
  }
  return { session, query, input, feed, model, checkpointLocation, url: server.url }
}

const at = (minutes: number): Date => new Date(Date.UTC(2024, 2, 1, 12, minutes))

/** An answer that is as the document says. */
async function api<T>(url: string, path: string, name: string): Promise<T> {
  const { status, text } = await request(url, `/api/v1${path}`)
  expect([path, status]).toEqual([path, 200])
  const value = JSON.parse(text) as unknown
  expect(mismatches(value, schemas[name], schemas)).toEqual([])
  return value as T
}

describe('a query that runs', () => {
  test('its batches, plan, state, watermark, checkpoint and model are what they are', async () => {
    const { url, query, feed, model, checkpointLocation } = await serveWindows()
    await feed({ at: at(0), place: 'a', v: 1 }, { at: at(1), place: 'b', v: 2 }, { at: at(2), place: 'b', v: -1 })
    await feed({ at: at(90), place: 'a', v: 3 })
    await feed({ at: at(1), place: 'a', v: 4 })

    const { queries } = await api<Queries>(url, '/queries', 'Queries')
    expect(queries.map(q => [q.id, q.runId, q.name, q.isActive, q.isRecovered, q.outputMode, q.exception, q.backlog])).toEqual([[query.id, query.runId, 'windows', true, true, 'update', null, null]])
    expect(queries[0].totals).toMatchObject({ inputRows: 5, lateRows: 1, badRecords: 0 })
    expect(queries[0].lastBatchId).toBe(query.lastProgress?.batchId)

    const detail = await api<QueryDetail>(url, `/queries/${query.id}`, 'QueryDetail')
    expect(detail.sources).toEqual([{ name: 'readings', provider: 'memory', description: detail.sources[0].description, unit: 'additions', end: 3, newest: 3, lag: 0, metrics: {}, partitions: [{ partition: '', end: 3, newest: 3, lag: 0 }], partitionCount: 1 }])
    expect(detail.watermark).toEqual({ watermark: at(80).toISOString(), policy: 'min', inputs: [{ node: detail.watermark.inputs[0].node, sources: ['readings'], column: 'at', delayMs: 600_000, watermark: at(80).toISOString(), lastRowAt: detail.watermark.inputs[0].lastRowAt, holdsBack: false }] })
    // The two windows of 12 o'clock are closed; that of 13 o'clock has one group.
    expect(detail.state.map(s => s.rows)).toEqual([1])
    expect(detail.state[0].partitions.reduce((n, p) => n + p.rows, 0)).toBe(1)
    expect([detail.checkpointLocation, detail.sink, detail.models]).toEqual([checkpointLocation, 'live[hours]', [model.digest]])

    const { progress } = await api<ProgressHistory>(url, `/queries/${query.id}/progress`, 'ProgressHistory')
    expect(progress).toEqual(JSON.parse(JSON.stringify(query.recentProgress)))
    expect((await api<ProgressHistory>(url, `/queries/${query.id}/progress?since=0`, 'ProgressHistory')).progress).toEqual(progress.slice(1))

    const plan = await api<Plan>(url, `/queries/${query.id}/plan`, 'Plan')
    expect([plan.explain, plan.batchId]).toEqual([query.explain(true), progress.findLast(p => p.numInputRows > 0)?.batchId])
    const ids = plan.nodes.map(n => n.id)
    expect(new Set(ids).size).toBe(ids.length)
    expect(plan.edges.flatMap(e => [e.from, e.to]).filter(id => !ids.includes(id))).toEqual([])
    expect(plan.nodes.map(n => n.kind).filter(k => k !== 'operator')).toEqual(['source', 'score', 'aggregate', 'sink'])
    expect(plan.nodes.reduce((n, node) => n + (node.timeShare ?? 0), 0)).toBeCloseTo(1)

    const checkpoint = await api<CheckpointState>(url, `/queries/${query.id}/checkpoint`, 'CheckpointState')
    expect([checkpoint.lastBatchId, checkpoint.batches[0].batchId, checkpoint.batches.every(b => b.committed)]).toEqual([query.lastProgress?.batchId, query.lastProgress?.batchId, true])
    expect(checkpoint.batches.at(-1)?.sources).toEqual([{ source: 'readings', start: null, end: 1, partitionCount: 1, partitions: ['memory[0]'] }])

    const { models } = await api<Models>(url, '/models', 'Models')
    // One of five rows does not pass the filter.
    expect(models.map(m => [m.digest, m.label, m.format, m.queryId, m.rows])).toEqual([[model.digest, 'model.json', 'xgboost', query.id, 4]])
    expect(models[0].outputs).toEqual([{ column: 'p', output: 'probability' }])
    expect(await api<Process>(url, '/process', 'Process')).toMatchObject({ executors: 0, timeZone: 'UTC', control: false, rowSamples: false })
  })

  test('answers to its name too, and the same on worker threads', async () => {
    const { url, query, feed } = await serveWindows(2)
    await feed({ at: at(0), place: 'a', v: 1 })
    const detail = await api<QueryDetail>(url, '/queries/windows', 'QueryDetail')
    expect([detail.id, detail.state[0].rows]).toEqual([query.id, 1])
    const plan = await api<Plan>(url, '/queries/windows/plan', 'Plan')
    expect(plan.nodes.map(n => n.timeMs === null)).not.toContain(true)
    expect((await api<Process>(url, '/process', 'Process')).executors).toBe(2)
  })

  test('events say that a batch was committed', async () => {
    const { url, query, feed } = await serveWindows()
    const abort = new AbortController()
    onTestFinished(() => abort.abort())
    const answer = await fetch(`${url}/api/v1/events`, { signal: abort.signal })
    expect([answer.headers.get('content-type'), answer.headers.get('x-content-type-options')]).toEqual(['text/event-stream', 'nosniff'])
    await feed({ at: at(0), place: 'a', v: 1 })
    let text = ''
    const decoder = new TextDecoder()
    for await (const part of answer.body as unknown as AsyncIterable<Uint8Array>) if ((text += decoder.decode(part)).includes('batchId')) break
    expect(text).toContain(`event: changed\ndata: {"id":"${query.id}","batchId":0}\n\n`)
  })
})

test('a model that is swapped: which one scores, since when, how much each has scored, and one that was refused', async () => {
  const folder = await temporaryFolder()
  const registry = await ModelRegistry.open(`${folder}/registry`)
  for (const version of [1, 2]) {
    await writeFile(`${folder}/v${version}.json`, (await versionedModel(version)).artefact.files[0].bytes)
    await registry.register('m', `${folder}/v${version}.json`)
  }
  // Its inputs are others: it does not fit the query.
  await registry.register('m', modelPath)
  await registry.setAlias('m', 'champion', 1)
  const session = await Session.start()
  onTestFinished(() => session.stop())
  const server = await serveAdmin(session, { address: '127.0.0.1:0' })
  onTestFinished(() => server.close())
  const input = new MemorySource(schema({ value: t.float64() }))
  const query = await session
    .readStream(memory(input))
    .score(await registry.load('m@champion'), { output: { version: 'prediction' } })
    .writeStream({ name: 'scores', sink: noop(), outputMode: 'append', checkpointLocation: `${folder}/checkpoint` })
    .start()
  const feed = async (): Promise<void> => {
    input.addData([{ value: 1 }, { value: 2 }])
    await query.processAllAvailable()
  }
  await feed()
  await registry.setAlias('m', 'champion', 2)
  await vi.waitFor(async () => {
    await feed()
    expect(query.models.status()[0].version).toBe('2')
  }, 10_000)
  await registry.setAlias('m', 'champion', 3)
  await vi.waitFor(() => expect(query.models.status()[0].refused?.version).toBe('3'), 10_000)
  const { models } = await api<Models>(server.url, '/models', 'Models')
  const batches = query.recentProgress.map(p => p.models[0])
  const [first, second] = [(await versionedModel(1)).digest, (await versionedModel(2)).digest]
  const of = (digest: string): number => batches.filter(d => d === digest).length
  expect(models).toMatchObject([{
    reference: 'm@champion', version: '2', digest: second, previous: '1', sinceBatch: batches.indexOf(second), firstBatchId: batches.indexOf(second), batches: of(second), rows: 2 * of(second),
    refused: { version: '3' }, earlier: [{ digest: first, batches: of(first), rows: 2 * of(first), firstBatchId: 0 }],
  }])
})

describe('a query that ended', () => {
  test('stays readable as it was, without its checkpoint', async () => {
    const { url, query, feed } = await serveWindows()
    await feed({ at: at(0), place: 'a', v: 1 })
    const before = await api<Plan>(url, '/queries/windows/plan', 'Plan')
    await query.stop()
    const detail = await api<QueryDetail>(url, '/queries/windows', 'QueryDetail')
    expect([detail.isActive, detail.health.kind, detail.state[0].rows, detail.endedAt === null]).toEqual([false, 'stopped', 1, false])
    expect(await api<Plan>(url, '/queries/windows/plan', 'Plan')).toEqual(before)
    expect((await api<ProgressHistory>(url, '/queries/windows/progress', 'ProgressHistory')).progress).toEqual(JSON.parse(JSON.stringify(query.recentProgress)))
    expect((await request(url, '/api/v1/queries/windows/checkpoint')).status).toBe(404)
  })

  test('with an error it shows the code of the cause, and what the documentation says of it', async () => {
    const session = await Session.start()
    onTestFinished(() => session.stop())
    const server = await serveAdmin(session, { address: '127.0.0.1:0' })
    onTestFinished(() => server.close())
    const input = new MemorySource(schema({ v: t.int32() }))
    const start = (checkpointLocation: string) => session
      .readStream(memory(input))
      .select(({ v }) => ({ v: v.plus(2_147_483_647) }))
      .writeStream({ name: 'adds', sink: live({ name: 'sums' }), outputMode: 'append', checkpointLocation })
      .start()
    const folder = await temporaryFolder()
    const query = await start(folder)
    input.addData([{ v: 1 }])
    await expect(query.awaitTermination()).rejects.toThrow()
    const { errors } = await api<Errors>(server.url, '/errors', 'Errors')
    expect(errors.map(e => [e.code, e.name, e.queryId, e.batchId, e.causes.map(c => c.code)])).toEqual([['EXPR_ARITHMETIC_OVERFLOW', 'adds', query.id, 0, ['EXEC_FAILED', 'EXPR_ARITHMETIC_OVERFLOW']]])
    expect(errors[0].advice).toContain('tryAdd()')
    const { queries } = await api<Queries>(server.url, '/queries', 'Queries')
    expect([queries[0].health.kind, queries[0].exception?.code]).toEqual(['failed', 'EXPR_ARITHMETIC_OVERFLOW'])
    // The next run takes its place; the error stays among the errors.
    const again = await start(folder)
    await expect(again.awaitTermination()).rejects.toThrow()
    expect((await api<Queries>(server.url, '/queries', 'Queries')).queries.map(q => q.runId)).toEqual([again.runId])
    expect((await api<QueryDetail>(server.url, '/queries/adds', 'QueryDetail')).errors).toHaveLength(2)
  })
})

test('of two inputs the one with the lower watermark holds it back', async () => {
  const session = await Session.start()
  onTestFinished(() => session.stop())
  const server = await serveAdmin(session, { address: '127.0.0.1:0' })
  onTestFinished(() => server.close())
  const inputs = [new MemorySource(reading), new MemorySource(reading)]
  const [fast, slow] = ['fast', 'slow'].map((name, i) => session.readStream(memory(inputs[i], { name })).withWatermark('at', '1 minute'))
  const query = await fast
    .union(slow)
    .groupBy(window('at', '1 hour'))
    .agg(() => ({ n: count() }))
    .select(({ window, n }) => ({ hour: window.start, n }))
    .writeStream({ name: 'both', sink: live({ name: 'both', key: 'hour' }), outputMode: 'update', checkpointLocation: await temporaryFolder() })
    .start()
  inputs[0].addData([{ at: at(30), place: 'a', v: 1 }])
  await query.processAllAvailable()
  const inputsOf = async () => (await api<QueryDetail>(server.url, '/queries/both', 'QueryDetail')).watermark.inputs.map(i => [i.sources, i.watermark, i.holdsBack])
  expect(await inputsOf()).toEqual([[['fast'], at(29).toISOString(), false], [['slow'], null, true]])
  inputs[1].addData([{ at: at(10), place: 'a', v: 1 }])
  await query.processAllAvailable()
  expect(await inputsOf()).toEqual([[['fast'], at(29).toISOString(), false], [['slow'], at(9).toISOString(), true]])
})

test('of queries that ended the last 20 are remembered', async () => {
  const session = await Session.start()
  onTestFinished(() => session.stop())
  const server = await serveAdmin(session, { address: '127.0.0.1:0' })
  onTestFinished(() => server.close())
  const start = async (name: string) => session.readStream(memory(new MemorySource(reading))).writeStream({ name, sink: noop(), outputMode: 'append', checkpointLocation: await temporaryFolder() }).start()
  for (let i = 0; i < 22; i++) await (await start(`q${i}`)).stop()
  await start('runs')
  const names = (await api<Queries>(server.url, '/queries', 'Queries')).queries.map(q => q.name)
  expect(names).toHaveLength(21)
  expect(names[0]).toBe('runs')
  expect(names).not.toContain('q0')
  expect(names).toContain('q21')
})

test('what is not there is not found, what makes no sense is told so', async () => {
  const { url } = await serveBoard()
  const status = async (path: string) => (await request(url, path)).status
  for (const path of ['/api/v1', '/api/v2/queries', '/api/v1/queries/none', '/api/v1/queries/__proto__', '/api/v1/queries/constructor/plan', '/api/v1/queries/board-query/rows']) expect([path, await status(path)]).toEqual([path, 404])
  for (const since of ['x', '1.5', '1e3', '']) expect([since, await status(`/api/v1/queries/board-query/progress?since=${since}`)]).toEqual([since, 400])
})

test('the API asks for the token', async () => {
  const token = 'a-token-of-enough-characters'
  const { url } = await serveBoard({ token })
  for (const path of ['process', 'queries', 'models', 'errors', 'openapi.json', 'events']) expect([path, (await request(url, `/api/v1/${path}`)).status]).toEqual([path, 401])
  expect((await request(url, '/api/v1/queries', { headers: { authorization: `Bearer ${token}` } })).status).toBe(200)
})

test('the document describes the routes that there are, and its references lead somewhere', async () => {
  const { url } = await serveBoard()
  const { text } = await request(url, '/api/v1/openapi.json')
  const document = JSON.parse(text) as { openapi: string; paths: { [path: string]: { get: { responses: { [status: string]: unknown } } } }; components: { schemas: { [name: string]: JsonSchema } } }
  expect(document).toEqual(JSON.parse(JSON.stringify(openApiDocument('0.1.0'))))
  expect(document.openapi).toBe('3.1.0')
  for (const [path] of Object.entries(document.paths)) if (!path.endsWith('/events')) expect([path, (await request(url, path.replace('{id}', 'board-query'))).status]).toEqual([path, 200])
  const references = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(m => m[1])
  expect(references.filter(name => !Object.hasOwn(document.components.schemas, name))).toEqual([])
})

describe('lag and health', () => {
  test('offsets of numbers have a lag, others none', () => {
    expect([lagOf(3, 10), lagOf(null, 10), lagOf({ files: 2 }, { files: 5 }), lagOf(null, null), lagOf('x', 'y')]).toEqual([7, 10, 3, null, null])
    const kafka = (offsets: { [topic: string]: { [partition: string]: number } }) => ({ offsets, topicIds: { a: 'x' } })
    expect(lagOf(kafka({ a: { 0: 5, 1: 7 } }), kafka({ a: { 0: 9, 1: 7, 2: 4 } }))).toBe(4)
    expect(lagOf(null, kafka({ a: { 0: 9 } }))).toBeNull()
    expect(sourceState({ name: 's', provider: 'kafka', description: 'd', end: kafka({ a: { 0: 5 } }), newest: kafka({ a: { 0: 9, 1: 3 } }) }, {}).partitions).toEqual([
      { partition: 'a/0', end: 5, newest: 9, lag: 4 },
      { partition: 'a/1', end: null, newest: 3, lag: null },
    ])
    const many = kafka({ a: Object.fromEntries(Array.from({ length: 1500 }, (_, i) => [i, i])) })
    const state = sourceState({ name: 's', provider: 'kafka', description: 'd', end: kafka({ a: Object.fromEntries(Array.from({ length: 1500 }, (_, i) => [i, 0])) }), newest: many }, {})
    expect([state.partitions.length, state.partitionCount, state.partitions[0].lag]).toEqual([1000, 1500, 1499])
  })

  const samples = (...readAndNewest: [number, number][]) => readAndNewest.map(([endOffset, latestOffset], i) => backlogSample(i * 1000, [{ name: 's', endOffset, latestOffset }]))
  const health = (end: number, newest: number, points: [number, number][], more: object = {}) => healthOf({
    isActive: true, isRecovered: true, exception: null, stalled: undefined, triggerIntervalMs: null, durationsMs: [], isBusy: true,
    backlog: backlogOf([{ name: 's', provider: 'rate', description: '', end, newest }], samples(...points), points.length * 1000), ...more,
  })

  test('what comes in while a batch runs is no backlog; more is told with when it will be done', () => {
    expect(health(30, 31, [[10, 11], [20, 21], [30, 31]])).toEqual({ kind: 'ok', text: 'Keeping up.' })
    // 90 behind at first, 60 after three seconds of 20 a second against 10 that come in.
    expect(health(60, 120, [[0, 90], [20, 100], [40, 110]])).toEqual({ kind: 'catching-up', text: '60 seconds behind, caught up in about 6 s.' })
    expect(health(30, 150, [[0, 90], [10, 110], [20, 130]])).toEqual({ kind: 'behind', text: 'Falling behind: 120 seconds behind, and 10 a second more.' })
    expect(health(0, 90, [[0, 90]])).toEqual({ kind: 'behind', text: '90 seconds behind.' })
  })

  test('a failure, an end, a recovery and a slow trigger come before it', () => {
    expect(health(0, 90, [], { exception: { code: 'EXEC_FAILED' } })).toEqual({ kind: 'failed', text: 'Failed with EXEC_FAILED.' })
    expect(health(0, 90, [], { isActive: false }).kind).toBe('stopped')
    expect(health(0, 90, [], { isRecovered: false }).kind).toBe('starting')
    expect(health(0, 90, [], { stalled: 'At one batch.' })).toEqual({ kind: 'stalled', text: 'At one batch.' })
    expect(health(0, 0, [], { triggerIntervalMs: 1000, durationsMs: [900, 1500, 1600, 1700, 1800, 1900] })).toEqual({ kind: 'slow', text: 'Batches take 1.7 s, longer than the 1 s between their triggers.' })
    expect(health(0, 0, [], { triggerIntervalMs: 1000, durationsMs: [1900] }).kind).toBe('ok')
  })
})
