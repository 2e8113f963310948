import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { memory, MemorySource, PipelineModel, schema, Session, t } from 'millrace'
import { expect, onTestFinished, test } from 'vitest'
import type { ModelArtefact } from '../../src/ml/model.ts'
import { float64Type } from '../../src/columnar/data-type.ts'
import { fixture } from '../ml/support.ts'
import { artefactOf, difference, pipeline, readCase } from '../ml/spark/support.ts'
import { temporaryFolder } from '../streaming/support.ts'

async function saved({ files }: ModelArtefact): Promise<string> {
  const folder = await temporaryFolder()
  for (const { path, bytes } of files) {
    await mkdir(dirname(`${folder}/${path}`), { recursive: true })
    await writeFile(`${folder}/${path}`, bytes)
  }
  return folder
}

async function started(executors: number | 'inline'): Promise<Session> {
  const session = await Session.start(executors === 'inline' ? {} : { executors })
  onTestFinished(() => session.stop())
  return session
}

const home = schema({
  rid: t.int32(), area: t.nullable(t.float64()), rooms: t.nullable(t.float64()), age: t.nullable(t.float64()), lat: t.nullable(t.float64()), lon: t.nullable(t.float64()),
  district: t.nullable(t.string()), heating: t.nullable(t.string()), floor: t.nullable(t.float64()),
})

test.each(['inline', 2] as const)("transform() adds the columns that Spark's adds, on executors %s", async executors => {
  const { input, expected, tolerance, files } = readCase('sqltransformer')
  const model = await PipelineModel.load<{ ar: number; high: number; features: Float64Array; prediction: number }>(await saved(artefactOf({ files })))
  const source = new MemorySource(home)
  source.addData(input as unknown as Parameters<typeof source.addData>[0])
  const session = await started(executors)
  const frame = model.transform(session.readBatch(memory(source)))
  const rows = await frame.collect()
  expect(rows.map(r => r.rid)).toEqual(expected.map(w => w['rid']))
  expect(rows.map(r => difference(Array.from(r.features), expected.find(w => w['rid'] === r.rid)?.['features']) <= tolerance)).not.toContain(false)
  expect(rows.map(r => difference(r.prediction, expected.find(w => w['rid'] === r.rid)?.['prediction']) <= tolerance)).not.toContain(false)
})

test('a column that a stage writes over takes its place', async () => {
  const folder = await saved(await pipeline([{
    class: 'feature.ImputerModel', params: { inputCols: ['x'], outputCols: ['x'] }, tables: { data: { types: { x: float64Type }, rows: [{ x: 7 }] } },
  }]))
  const model = await PipelineModel.load<{ x: number }>(folder)
  const source = new MemorySource(schema({ x: t.nullable(t.float64()) }))
  source.addData([{ x: null }, { x: 1 }])
  expect(await model.transform((await started('inline')).readBatch(memory(source))).collect()).toEqual([{ x: 7 }, { x: 1 }])
})

test('a model of another library is refused, and says how it is read', async () => {
  await expect(PipelineModel.load(fixture('xgboost-dart/model.json'))).rejects.toMatchObject({ code: 'ML_UNSUPPORTED', message: expect.stringContaining('loadModel()') })
})

test('the label that a StringIndexer read in training need not be there', async () => {
  const indexer = (inputCol: string, outputCol: string) => ({
    class: 'feature.StringIndexerModel', params: { inputCol, outputCol, handleInvalid: 'error' },
    tables: { data: { types: { labels: { kind: 'array', element: { kind: 'string' }, containsNull: true } }, rows: [{ labels: ['a', 'b'] }] } },
  } as const)
  const model = await PipelineModel.load<{ li: number | null; xi: number }>(await saved(await pipeline([indexer('label', 'li'), indexer('x', 'xi')])))
  const source = new MemorySource(schema({ x: t.string() }))
  source.addData([{ x: 'b' }])
  expect(await model.transform((await started('inline')).readBatch(memory(source))).collect()).toEqual([{ x: 'b', li: null, xi: 1 }])
})
