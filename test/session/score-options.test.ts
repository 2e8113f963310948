import { readFile, writeFile } from 'node:fs/promises'
import { files, isMillraceError, loadModel, type LoadedModel, memory, MemorySink, memorySink, MemorySource, ModelRegistry, schema, Session, t, type TypedSchema } from 'millrace'
import { describe, expect, onTestFinished, test } from 'vitest'
import { versionedModel } from '../../src/testing/torture/versioned-model.ts'
import { readJsonLines, temporaryFolder } from '../streaming/support.ts'

const customer = schema({
  tenure: t.nullable(t.float64()), monthly: t.nullable(t.float64()), total: t.nullable(t.float64()), contract: t.nullable(t.string()),
  region: t.nullable(t.string()), senior: t.nullable(t.string()), payment: t.nullable(t.string()), calls: t.nullable(t.float64()),
})
const good = { tenure: 23, monthly: 91.5, total: 3043.1, contract: 'one-year', region: 'R01', senior: '0', payment: 'e-check', calls: 6 }
const lightgbm = (): Promise<LoadedModel> => loadModel('test/fixtures/models/lightgbm-categorical-pandas/model.txt')

/** A source that has these rows. */
function filled<R>(columns: TypedSchema<R>, rows: readonly R[]): MemorySource<R> {
  const source = new MemorySource<R>(columns)
  source.addData(rows)
  return source
}

async function started(executors = 0): Promise<Session> {
  const session = await Session.start({ executors })
  onTestFinished(() => session.stop())
  return session
}

const problem = async (run: () => unknown): Promise<string> => {
  try {
    await run()
    return 'none'
  } catch (error) {
    return isMillraceError(error) ? `${error.code}: ${error.message}` : String(error)
  }
}

describe('onInvalid', () => {
  const rows = [good, { ...good, contract: 'three-year' }, { ...good, tenure: null }, good]

  test.each([0, 2])('dead letters have the whole row and the reason, and progress counts them, on %i workers', async executors => {
    const folder = await temporaryFolder()
    const session = await started(executors)
    const source = new MemorySource(customer)
    const sink = new MemorySink<{ p: number }>()
    const query = await session.readStream(memory(source))
      .score(await lightgbm(), { output: { p: 'probability' }, onInvalid: 'deadLetter' })
      .select('p')
      .writeStream({ sink: memorySink(sink), deadLetters: files({ path: `${folder}/bad`, format: 'jsonl' }), checkpointLocation: `${folder}/checkpoint` })
      .start()
    source.addData(rows)
    await query.processAllAvailable()
    expect(sink.rows()).toHaveLength(2)
    expect(query.lastProgress?.modelMetrics).toMatchObject([{ numRows: 2, numInvalidRows: 2, numErrors: 0, numFallbackRows: 0, version: null, numTensors: null }])
    await query.stop()
    const letters = (await readJsonLines(`${folder}/bad`)) as { reason: string; raw: string; line: number }[]
    expect(letters.map(l => l.reason).sort()).toEqual(['input "contract" has the category "three-year", which the model does not know', 'input "tenure" is missing'])
    const raw = letters.map(l => JSON.parse(Buffer.from(l.raw, 'base64').toString()) as object)
    expect(raw).toContainEqual({ ...good, contract: 'three-year' })
  })

  test('skip and error', async () => {
    const session = await started()
    const model = await lightgbm()
    const frame = session.readBatch(memory(filled(customer, rows)))
    expect(await frame.score(model, { output: { p: 'probability' }, onInvalid: 'skip' }).select('contract').collect()).toEqual([{ contract: 'one-year' }, { contract: 'one-year' }])
    expect(await frame.score(model, { output: { p: 'probability' } }).collect()).toHaveLength(4)
    expect(await problem(() => frame.score(model, { output: { p: 'probability' }, onInvalid: 'error' }).collect())).toMatch(/^ML_INPUT_INVALID: Model "model.txt" was given a row that it was not trained for: input "contract" has the category "three-year", which the model does not know. The record batch has 1 more such rows./)
  })

  test('a number that is no code of a category is found', async () => {
    const session = await started()
    const model = await loadModel('test/fixtures/models/xgboost-categorical-onehot/model.json')
    const { inputs } = model.signature
    const categories = inputs.filter(i => i.kind === 'category')
    const coded = schema(Object.fromEntries(inputs.map(({ name, kind }) => [name, kind === 'category' ? t.int32() : t.float64()])))
    const row = Object.fromEntries(inputs.map(({ name }) => [name, 0]))
    const [{ name, categories: known = [] }] = categories
    const rows = [row, { ...row, [name]: known.length }, { ...row, [name]: -1 }, { ...row, [name]: known.length - 1 }]
    const frame = session.readBatch(memory(filled(coded, rows as never)))
    expect(known.length).toBeGreaterThan(1)
    const left = await frame.score(model, { output: { p: 'prediction' }, onInvalid: 'skip' }).$assertRow<{ [name: string]: number }>().collect()
    expect(left.map(r => r[name])).toEqual([0, known.length - 1])
  })

  test('dead letters need a sink, and a bounded query has none', async () => {
    const session = await started()
    const model = await lightgbm()
    const options = { output: { p: 'probability' }, onInvalid: 'deadLetter' } as const
    const stream = session.readStream(memory(new MemorySource(customer))).score(model, options)
    expect(await problem(() => stream.writeStream({ sink: memorySink(new MemorySink()), checkpointLocation: 'unused' }).start())).toMatch(/^PLAN_INVALID_OPTION: score\(\) has onInvalid "deadLetter"/)
    expect(await problem(() => session.readBatch(memory(filled(customer, rows))).score(model, options).collect())).toMatch(/^PLAN_INVALID_OPTION: A bounded query cannot/)
  })
})

describe('provenance', () => {
  test.each([0, 2])('says name, version, digest and route, as the batch record has them, on %i workers', async executors => {
    const folder = await temporaryFolder()
    const registry = await ModelRegistry.open(`${folder}/registry`)
    for (const version of [1, 2]) {
      await writeFile(`${folder}/v${version}.json`, (await versionedModel(version)).artefact.files[0].bytes)
      await registry.register('m', `${folder}/v${version}.json`)
    }
    await registry.setAlias('m', 'champion', 2)
    const session = await started(executors)
    const value = schema({ value: t.float64() })
    const source = new MemorySource(value)
    const sink = new MemorySink<object>()
    const champion = await registry.load('m@champion')
    const query = await session.readStream(memory(source))
      .score(champion, { output: { p: 'prediction' }, provenance: { name: 'model', version: 'v', digest: 'd', route: 'by' } })
      .score(await loadModel(`${folder}/v1.json`), { output: { q: 'prediction' }, provenance: { name: 'model2', version: 'v2' } })
      .writeStream({ sink: memorySink(sink), checkpointLocation: `${folder}/checkpoint` })
      .start()
    source.addData([{ value: 1 }])
    await query.processAllAvailable()
    expect(sink.rows()).toEqual([{ value: 1, p: 2, model: 'm', v: '2', d: champion.digest, by: 'model', q: 1, model2: null, v2: null }])
    expect(query.lastProgress?.modelMetrics).toMatchObject([{ digest: champion.digest, version: '2', numRows: 1, numCalls: 1 }, { version: null }])
  })
})

describe('onError', () => {
  const value = schema({ value: t.float64() })

  test('constants and models are checked against the outputs', async () => {
    const session = await started()
    const frame = session.readBatch(memory(filled(value, [{ value: 1 }])))
    const [first, second] = [await versionedModel(1), await versionedModel(2)]
    const fallback = (given: unknown): Promise<string> => problem(() => frame.score(first, { output: { p: 'prediction' }, onError: { fallback: given } } as never))
    expect([await fallback({ q: 1 }), await fallback({}), await fallback({ p: 'one' }), await fallback(await lightgbm()), await fallback(5)]).toEqual([
      'PLAN_INVALID_OPTION: The fallback of score() has a value for "q", but the new columns are "p". Did you mean "p"?',
      'PLAN_INVALID_OPTION: The fallback of score() has no value for the column "p". Give one, or null.',
      'ML_SCHEMA_MISMATCH: Output "prediction" of model "version 1" is a double, but the constant given for it is a string, so that it cannot stand in for it. Give another fallback, or null.',
      expect.stringMatching(/^ML_SCHEMA_MISMATCH: Model "model.txt" needs the input "tenure"/),
      expect.stringMatching(/^PLAN_INVALID_OPTION: Option "onError" of score\(\)/),
    ])
    const scored = frame.score(first, { output: { p: 'prediction' }, onError: { fallback: second as never }, provenance: { route: 'by' } })
    expect(await scored.collect()).toEqual([{ value: 1, p: 1, by: 'model' }])
    expect(frame.score(first, { output: { p: 'prediction' }, onError: { fallback: { p: null } } }).schema.fields.at(-1)).toMatchObject({ name: 'p', nullable: true })
  })

  test.each([0, 2])('rows that an H2O model refuses are answered by the fallback, on %i workers', async executors => {
    const model = await loadModel('test/ml/h2o/models/glm-skip.zip')
    const lines = async (file: string): Promise<{ [name: string]: unknown }[]> => (await readFile(`test/ml/h2o/models/${file}`, 'utf8')).trimEnd().split('\n').map(line => JSON.parse(line) as { [name: string]: unknown })
    const inputs = await lines('input.jsonl')
    const columns = schema(Object.fromEntries(model.signature.inputs.map(i => [i.name, i.kind === 'category' ? t.nullable(t.string()) : t.nullable(t.float64())])))
    const rows = inputs.map(row => Object.fromEntries(model.signature.inputs.map(i => [i.name, typeof row[i.name] === 'string' && i.kind === 'number' ? null : (row[i.name] ?? null)])))
    const session = await started(executors)
    const frame = session.readBatch(memory(filled(columns, rows as never)))
    expect(await problem(() => frame.score(model, { output: { p: 'prediction' } }).collect())).toMatch(/^ML_SCORING_FAILED/)
    const scored = await frame.score(model, { output: { p: 'prediction' }, onError: { fallback: { p: null } }, provenance: { route: 'by', digest: 'model' } }).$assertRow<{ p: number | null; by: string; model: string | null }>().collect()
    const refused = (await lines('glm-skip.jsonl')).flatMap((row, i) => ('error' in row ? [i] : []))
    expect(refused.length).toBeGreaterThan(0)
    expect(scored.flatMap((row, i) => (row.by === 'fallback' ? [i] : []))).toEqual(refused)
    expect(scored.every(row => (row.p === null) === (row.by === 'fallback') && (row.model === null) === (row.by === 'fallback'))).toBe(true)
    expect(await frame.score(model, { output: { p: 'prediction' }, onInvalid: 'skip' }).collect()).not.toHaveLength(rows.length)
  })
})

describe('explain', () => {
  test('gives the largest contributions with their names, as pred_contrib has them', async () => {
    const session = await started()
    const model = await lightgbm()
    const frame = session.readBatch(memory(filled(customer, [good, { ...good, calls: null }])))
    const scored = await frame.score(model, { output: { p: 'probability' }, explain: { topK: 3, column: 'why' } }).collect()
    const all = await frame.score(model as unknown as LoadedModel<{ contributions: Float64Array }>, { output: { c: 'contributions' } }).collect()
    const names = model.signature.inputs.map(i => i.name)
    scored.forEach(({ why }, i) => {
      const expected = names.map((name, k) => ({ name, contribution: all[i].c[k] })).sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution)).slice(0, 3)
      expect(why).toEqual(expected)
    })
    expect((await frame.score(model, { output: { p: 'probability' }, explain: { topK: 100, column: 'why' } }).collect())[0].why).toHaveLength(names.length)
  })

  test('is refused for models whose contributions are not one for each input', async () => {
    const session = await started()
    const model = await loadModel('test/fixtures/models/xgboost-multi-softprob/model.json')
    const columns = schema(Object.fromEntries(model.signature.inputs.map(i => [i.name, t.float64()])))
    const frame = session.readBatch(memory(filled(columns, []))).$untyped()
    const explained = (options: object): Promise<string> => problem(() => frame.score(model, { output: { p: 'prediction' }, explain: options } as never))
    expect(await explained({ topK: 2, column: 'why' })).toMatch(/^ML_SCHEMA_MISMATCH: Model "model.json" cannot be explained: its contributions are not one number for each input/)
    expect([await explained({ topK: 0, column: 'why' }), await explained({ topK: 2 })]).toEqual([expect.stringMatching(/^PLAN_INVALID_OPTION: Option "topK" of explain of score\(\) is 0/), expect.stringMatching(/^PLAN_INVALID_OPTION: explain of score\(\) needs the name of a column/)])
  })
})

describe('metrics', () => {
  test('TensorFlow.js says how many tensors it holds', async () => {
    const folder = await temporaryFolder()
    const session = await started()
    const model = await loadModel('test/fixtures/models/flights/mlp-delay30-tfjs')
    const columns = schema(Object.fromEntries(model.signature.inputs.map(i => [i.name, i.kind === 'category' ? t.string() : t.float64()])))
    const source = new MemorySource(columns)
    const query = await session.readStream(memory(source)).score(model, { output: { p: 'prediction' } }).writeStream({ sink: memorySink(new MemorySink()), checkpointLocation: `${folder}/checkpoint` }).start()
    const held: (number | null | undefined)[] = []
    for (let i = 0; i < 3; i++) {
      source.addData([Object.fromEntries(model.signature.inputs.map(({ name, kind }) => [name, kind === 'category' ? 'AA' : 1]))])
      await query.processAllAvailable()
      held.push(query.lastProgress?.modelMetrics[0].numTensors)
    }
    expect(held[0]).toBeGreaterThan(0)
    expect(held).toEqual([held[0], held[0], held[0]])
    expect(query.lastProgress?.modelMetrics[0].memoryUsedBytes).toBeGreaterThan(0)
  })

  test('contributions of H2O models have the names of their features', async () => {
    const outputOf = async (name: string) => {
      const model = await loadModel(`test/ml/h2o/models/${name}.zip`)
      return { model, output: model.signature.outputs.find(o => o.name === 'contributions') }
    }
    const trees = await outputOf('gbm-platt')
    expect(trees.output?.contributors).toEqual(trees.model.signature.inputs.map(i => i.name))
    // XGBoost inside of a MOJO spreads categories over places.
    const { model, output } = await outputOf('xgb-sparse')
    expect(output?.type).toEqual({ kind: 'vector', size: (output?.contributors?.length ?? 0) + 1 })
    const categories = model.signature.inputs.filter(i => i.kind === 'category')
    expect(output?.contributors).toEqual(expect.arrayContaining(categories.flatMap(c => [`${c.name}.${c.categories?.at(-1)}`, `${c.name}.missing(NA)`])))
    expect(new Set(output?.contributors).size).toBe(output?.contributors?.length)
  })
})
