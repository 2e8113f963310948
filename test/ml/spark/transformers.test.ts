import { describe, expect, test } from 'vitest'
import { arrayType, float64Type, int32Type, stringType } from '../../../src/columnar/data-type.ts'
import { loadModelFromBytes } from '../../../src/ml/registry.ts'
import { vectorStruct } from '../../../src/ml/spark/linalg.ts'
import { columnsOf, pipeline, type Row, scoreAll, type StageSpec, vectorRow } from './support.ts'

async function run(stages: readonly StageSpec[], rows: readonly Row[], version?: string): Promise<unknown[]> {
  return scoreAll(await loadModelFromBytes(await pipeline(stages, version)), rows)
}

const refused = (part: string): unknown => ({ refused: expect.stringContaining(part) })

const indexer = (handleInvalid: string): StageSpec => ({
  class: 'feature.StringIndexerModel',
  params: { inputCol: 'c', outputCol: 'i', handleInvalid },
  tables: { data: { types: { labelsArray: arrayType(arrayType(stringType)) }, rows: [{ labelsArray: [['a', 'b']] }] } },
})

describe('StringIndexerModel', () => {
  const rows = [{ c: 'b' }, { c: 'x' }, { c: null }]

  test('error refuses what is unknown or missing, skip drops it, keep gives it the next index', async () => {
    expect(await run([indexer('error')], rows)).toEqual([{ i: 1 }, refused('no label "x"'), refused('no value')])
    expect(await run([indexer('skip')], rows)).toEqual([{ i: 1 }, 'dropped', 'dropped'])
    expect(await run([indexer('keep')], rows)).toEqual([{ i: 1 }, { i: 2 }, { i: 2 }])
  })

  test('a column that is not given gives nulls, as Spark leaves it out', async () => {
    expect(await run([indexer('error')], [{}, {}])).toEqual([{ i: null }, { i: null }])
    expect(await run([indexer('keep')], [{}, {}])).toEqual([{ i: 2 }, { i: 2 }])
  })

  test('numbers are compared as Spark writes them, doubles with a fraction', async () => {
    const numeric: StageSpec = {
      ...indexer('error'),
      tables: { data: { types: { labels: arrayType(stringType) }, rows: [{ labels: ['1.0', '2', '1.0E10'] }] } },
    }
    expect(await run([numeric], [{ c: 1 }, { c: 2 }, { c: 1e10 }, { c: 3 }])).toEqual([{ i: 0 }, { i: 1 }, { i: 2 }, refused('"3"')])
  })
})

describe('one-hot vectors', () => {
  const encoder = (dropLast: boolean, handleInvalid: string): StageSpec => ({
    class: 'feature.OneHotEncoderModel',
    params: { inputCols: ['i'], outputCols: ['v'], dropLast, handleInvalid },
    tables: { data: { types: { categorySizes: arrayType(int32Type) }, rows: [{ categorySizes: [2] }] } },
  })
  const rows = [{ i: 0 }, { i: 1 }, { i: 2 }, { i: null }]

  test.each([
    [true, 'error', [[1], [0], refused('no category 2'), null]],
    [false, 'error', [[1, 0], [0, 1], refused('no category 2'), null]],
    [true, 'keep', [[1, 0], [0, 1], [0, 0], null]],
    [false, 'keep', [[1, 0, 0], [0, 1, 0], [0, 0, 1], null]],
  ])('dropLast %s, handleInvalid %s', async (dropLast, handleInvalid, expected) => {
    const got = await run([encoder(dropLast, handleInvalid)], rows)
    expect(got).toEqual(expected.map(v => (Array.isArray(v) || v === null ? { v } : v)))
  })

  test('the encoder of 2.x, no model, learns the categories from the indexer before it', async () => {
    const old: StageSpec = { class: 'feature.OneHotEncoder', params: { inputCol: 'i', outputCol: 'v', dropLast: true } }
    expect(await run([indexer('keep'), old], [{ c: 'a' }, { c: 'x' }], '2.4.8')).toEqual([{ i: 0, v: [1, 0] }, { i: 2, v: [0, 0] }])
    await expect(run([old], [{ i: 0 }], '2.4.8')).rejects.toThrow(/counts in the data/)
    await expect(run([old], [{ i: 0 }], '3.5.0')).rejects.toThrow(/estimator/)
  })
})

describe('Bucketizer and Binarizer', () => {
  const bucketizer = (handleInvalid: string): StageSpec => ({
    class: 'feature.Bucketizer', params: { inputCol: 'x', outputCol: 'b', splits: ['-Inf', 0, 10], handleInvalid },
  })

  test('buckets are half-open, the last one closed; NaN is what handleInvalid is about', async () => {
    const rows = [{ x: -5 }, { x: 0 }, { x: 10 }, { x: 11 }, { x: NaN }, { x: null }]
    expect(await run([bucketizer('keep')], rows)).toEqual([{ b: 0 }, { b: 1 }, { b: 1 }, refused('no bucket for 11'), { b: 2 }, { b: null }])
    expect(await run([bucketizer('error')], rows.slice(4))).toEqual([refused('NaN'), { b: null }])
    expect(await run([bucketizer('skip')], rows.slice(4))).toEqual(['dropped', 'dropped'])
  })

  test('above the threshold is 1; missing and NaN are 0', async () => {
    const stage: StageSpec = { class: 'feature.Binarizer', params: { inputCol: 'x', outputCol: 'b', threshold: 2 } }
    expect(await run([stage], [{ x: 2 }, { x: 3 }, { x: NaN }, { x: null }])).toEqual([{ b: 0 }, { b: 1 }, { b: 0 }, { b: 0 }])
  })
})

describe('VectorAssembler and VectorSizeHint', () => {
  const assembler = (handleInvalid: string): StageSpec => ({ class: 'feature.VectorAssembler', params: { inputCols: ['x', 'y'], outputCol: 'f', handleInvalid } })
  const rows = [{ x: 1, y: true }, { x: null, y: false }, { x: NaN, y: true }]

  test('what is missing, or NaN among numbers, is refused, dropped or kept as NaN', async () => {
    expect(await run([assembler('error')], rows)).toEqual([{ f: [1, 1] }, refused('no value in column "x"'), refused('NaN in column "x"')])
    expect(await run([assembler('skip')], rows)).toEqual([{ f: [1, 1] }, 'dropped', 'dropped'])
    expect(await run([assembler('keep')], rows)).toEqual([{ f: [1, 1] }, { f: [NaN, 0] }, { f: [NaN, 1] }])
  })

  test('a hint makes the size of a vector known, and drops or refuses others', async () => {
    const hint = (handleInvalid: string): StageSpec => ({ class: 'feature.VectorSizeHint', params: { inputCol: 'v', size: 2, handleInvalid } })
    const both: StageSpec = { class: 'feature.VectorAssembler', params: { inputCols: ['v', 'x'], outputCol: 'f' } }
    const given = [{ v: [1, 2], x: 3 }, { v: null, x: 3 }]
    expect(await run([hint('skip'), both], given)).toEqual([{ v: [1, 2], f: [1, 2, 3] }, 'dropped'])
    expect(await run([hint('error'), both], given)).toEqual([{ v: [1, 2], f: [1, 2, 3] }, refused('vectors of 2 values')])
  })
})

test('vectors from outside that a plan took for numbers are refused where they are to be shown', async () => {
  const both: StageSpec = { class: 'feature.VectorAssembler', params: { inputCols: ['v', 'x'], outputCol: 'f' } }
  await expect(run([both], [{ v: [1, 2], x: 3 }])).rejects.toMatchObject({ code: 'ML_SCORING_FAILED', message: expect.stringContaining('VectorSizeHint') })
})

test('wide vectors go through stages that need their zeros in small blocks', async () => {
  const stages: StageSpec[] = [
    { class: 'feature.HashingTF', params: { inputCol: 'w', outputCol: 'tf', numFeatures: 1 << 18 } },
    { class: 'feature.Binarizer', params: { inputCol: 'tf', outputCol: 'b', threshold: -1 } },
    { class: 'feature.VectorSlicer', params: { inputCol: 'b', outputCol: 's', indices: [0, 5] } },
  ]
  const model = await loadModelFromBytes(await pipeline(stages))
  const rows = Array.from({ length: 600 }, (_, i) => ({ w: [`word${i}`] }))
  const { vectors: [last] } = await model.score(columnsOf(model, rows), rows.length, ['s'])
  expect(new Set(last.values as Float64Array)).toEqual(new Set([1]))
})

describe('vectors of vectors', () => {
  const input: StageSpec = { class: 'feature.VectorAssembler', params: { inputCols: ['x', 'y'], outputCol: 'f', handleInvalid: 'keep' } }
  const on = (name: string, params: Row, tables: StageSpec['tables'] = {}): StageSpec => ({ class: `feature.${name}`, params: { inputCol: 'f', outputCol: 'o', ...params }, tables })
  const one = (types: readonly string[], row: Row): StageSpec['tables'] => ({ data: { types: Object.fromEntries(types.map(t => [t, vectorStruct])), rows: [row] } })

  test.each<[string, StageSpec, number[]]>([
    ['a scaler of neither mean nor deviation', on('StandardScalerModel', { withMean: false, withStd: false }, one(['mean', 'std'], { mean: vectorRow(1, 1), std: vectorRow(2, 2) })), [3, 4]],
    ['a deviation of zero', on('StandardScalerModel', { withMean: true, withStd: true }, one(['mean', 'std'], { mean: vectorRow(1, 1), std: vectorRow(2, 0) })), [1, 0]],
    ['a range of zero', on('MinMaxScalerModel', { min: 0, max: 3 }, one(['originalMin', 'originalMax'], { originalMin: vectorRow(1, 7), originalMax: vectorRow(5, 7) })), [1.5, 1.5]],
    ['MaxAbs of zero', on('MaxAbsScalerModel', {}, one(['maxAbs'], { maxAbs: vectorRow(6, 0) })), [0.5, 4]],
    ['Robust without centring', on('RobustScalerModel', { withCentering: false }, one(['range', 'median'], { range: vectorRow(2, 0), median: vectorRow(9, 9) })), [1.5, 0]],
    ['p = 1', on('Normalizer', { p: 1 }), [3 / 7, 4 / 7]],
    ['p = 2', on('Normalizer', { p: 2 }), [0.6000000000000001, 0.8]],
    ['p = infinity', on('Normalizer', { p: 'Inf' }), [0.75, 1]],
    ['degree 3', on('PolynomialExpansion', { degree: 3 }), [3, 9, 27, 4, 12, 36, 16, 48, 64]],
    ['sparse weights', on('ElementwiseProduct', { scalingVec: { type: 0, size: 2, indices: [1], values: [5] } }), [0, 20]],
    ['by position, then by name', on('VectorSlicer', { indices: [1], names: ['x'] }), [4, 3]],
  ])('%s', async (_, stage, expected) => {
    expect(await run([input, stage], [{ x: 3, y: 4 }])).toEqual([{ f: [3, 4], o: expected }])
  })

  test('the cosine transform and its inverse undo each other', async () => {
    const there = on('DCT', { inverse: false })
    const back: StageSpec = { class: 'feature.DCT', params: { inputCol: 'o', outputCol: 'p', inverse: true } }
    const [row] = (await run([input, there, back], [{ x: 3, y: 4 }])) as { o: number[]; p: number[] }[]
    expect(row.o[0]).toBeCloseTo(7 / Math.SQRT2, 12)
    expect(row.p[0]).toBeCloseTo(3, 12)
    expect(row.p[1]).toBeCloseTo(4, 12)
  })

  test('the zero vector has no direction and stays', async () => {
    expect(await run([input, on('Normalizer', { p: 2 })], [{ x: 0, y: 0 }])).toEqual([{ f: [0, 0], o: [0, 0] }])
  })

  test('vectors of another size than in training are refused', async () => {
    expect(await run([input, on('MaxAbsScalerModel', {}, one(['maxAbs'], { maxAbs: vectorRow(1, 1, 1) }))], [{ x: 0, y: 0 }])).toEqual([refused('3 values')])
  })
})

test('an Imputer replaces null and its missing value, and may write over its input', async () => {
  const stage: StageSpec = {
    class: 'feature.ImputerModel', params: { inputCols: ['x'], outputCols: ['x'], missingValue: -1 },
    tables: { data: { types: { x: float64Type }, rows: [{ x: 7 }] } },
  }
  expect(await run([stage], [{ x: 1 }, { x: -1 }, { x: null }, { x: NaN }])).toEqual([{ x: 1 }, { x: 7 }, { x: 7 }, { x: NaN }])
})

test('a stage that is not scored is refused by name, and so is an estimator', async () => {
  await expect(run([{ class: 'clustering.LocalLDAModel', params: {} }], [])).rejects.toMatchObject({ code: 'ML_UNSUPPORTED', message: expect.stringContaining('clustering.LocalLDAModel') })
  await expect(run([{ class: 'com.example.ml.MyStage', params: {} }], [])).rejects.toThrow(/com\.example\.ml\.MyStage/)
  await expect(run([{ class: 'feature.StandardScaler', params: {} }], [])).rejects.toThrow(/estimator/)
})

test.each<[string, StageSpec[]]>([
  ['a polynomial of too many terms', [{ class: 'feature.VectorSizeHint', params: { inputCol: 'v', size: 1000 } }, { class: 'feature.PolynomialExpansion', params: { inputCol: 'v', outputCol: 'p', degree: 2_000_000_000 } }]],
  ['an interaction of very wide vectors', [{ class: 'feature.VectorSizeHint', params: { inputCol: 'v', size: 2_000_000_000 } }, { class: 'feature.Interaction', params: { inputCols: ['v'], outputCol: 'p' } }]],
  ['a pipeline of a stage that is not there', [{ class: 'PipelineModel', params: { stageUids: ['gone'] } }]],
])('%s is refused at load, before memory or time is taken for it', async (_, stages) => {
  await expect(run(stages, [])).rejects.toMatchObject({ kind: 'MillraceError', name: 'AnalysisError' })
})
