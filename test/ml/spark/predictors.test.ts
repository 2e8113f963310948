import { describe, expect, test } from 'vitest'
import { arrayType, booleanType, type DataType, float64Type, int32Type } from '../../../src/columnar/data-type.ts'
import { loadModelFromBytes } from '../../../src/ml/registry.ts'
import { matrixStruct, vectorStruct } from '../../../src/ml/spark/linalg.ts'
import { normalCdf } from '../../../src/ml/spark/predictors/normal-cdf.ts'
import { eigenSymmetric } from '../../../src/ml/spark/predictors/eigen.ts'
import { matrixRow, pipeline, type Row, scoreAll, stageFiles, type StageSpec, vectorRow } from './support.ts'

async function run(stage: StageSpec, rows: readonly Row[]): Promise<Row[]> {
  return (await scoreAll(await loadModelFromBytes(await pipeline([stage])), rows)) as Row[]
}

const table = (types: { readonly [column: string]: DataType }, row: Row): StageSpec['tables'] => ({ data: { types, rows: [row] } })

const linear = (name: string, params: Row, more: Row = {}): StageSpec => ({
  class: name, params,
  tables: table({ intercept: float64Type, coefficients: vectorStruct, scale: float64Type }, { intercept: 1, coefficients: vectorRow(2), scale: 0.5, ...more }),
})

const at = (x: number): Row[] => [{ features: [x] }]

describe('generalized linear regression', () => {
  const glr = (params: Row): StageSpec => linear('regression.GeneralizedLinearRegressionModel', params)
  // At 0.25 the linear predictor is 1.5.
  test.each<[Row, number]>([
    [{ family: 'gaussian' }, 1.5],
    [{ family: 'Gaussian', link: 'Log' }, Math.exp(1.5)],
    [{ family: 'gaussian', link: 'inverse' }, 1 / 1.5],
    [{ family: 'binomial' }, 1 / (1 + Math.exp(-1.5))],
    [{ family: 'binomial', link: 'probit' }, 0.9331927987311419],
    [{ family: 'binomial', link: 'cloglog' }, 1 - Math.exp(-Math.exp(1.5))],
    [{ family: 'poisson' }, Math.exp(1.5)],
    [{ family: 'poisson', link: 'sqrt' }, 2.25],
    [{ family: 'gamma' }, 1 / 1.5],
    [{ family: 'tweedie', variancePower: 1.5 }, 1.5 ** -2],
    [{ family: 'tweedie', variancePower: 1.5, linkPower: 0 }, Math.exp(1.5)],
    [{ family: 'tweedie', variancePower: 0, linkPower: 1 }, 1.5],
  ])('%j', async (params, expected) => {
    const [row] = await run(glr(params), at(0.25))
    expect(row['prediction']).toBeCloseTo(expected, 13)
  })

  test('means stay where their family allows them', async () => {
    expect((await run(glr({ family: 'binomial', link: 'identity' }), at(5)))[0]['prediction']).toBe(1 - 1e-16)
    expect((await run(glr({ family: 'poisson', link: 'identity' }), at(-5)))[0]['prediction']).toBe(1e-16)
  })

  test('an offset is added, a missing one makes the prediction missing', async () => {
    const stage = glr({ family: 'gaussian', offsetCol: 'o', linkPredictionCol: 'eta' })
    expect(await run(stage, [{ features: [1], o: 10 }, { features: [1], o: null }])).toEqual([{ eta: 13, prediction: 13 }, { eta: null, prediction: null }])
  })
})

describe('linear models', () => {
  test('LinearSVC compares with its threshold and has no probabilities', async () => {
    const stage = linear('classification.LinearSVCModel', { threshold: 3 })
    expect(await run(stage, [...at(1), ...at(2)])).toEqual([{ rawPrediction: [-3, 3], prediction: 0 }, { rawPrediction: [-5, 5], prediction: 1 }])
  })

  test('a survival time, and its quantiles', async () => {
    const stage = linear('regression.AFTSurvivalRegressionModel', { quantilesCol: 'q', quantileProbabilities: [0.5] })
    const [row] = await run(stage, at(0))
    expect(row['prediction']).toBeCloseTo(Math.E, 14)
    expect((row['q'] as number[])[0]).toBeCloseTo(Math.E * Math.log(2) ** 0.5, 14)
  })

  const logistic = (params: Row): StageSpec => ({
    class: 'classification.LogisticRegressionModel', params,
    tables: table(
      { numClasses: int32Type, numFeatures: int32Type, interceptVector: vectorStruct, coefficientMatrix: matrixStruct, isMultinomial: booleanType },
      { numClasses: 2, numFeatures: 1, interceptVector: vectorRow(0), coefficientMatrix: matrixRow([[1]]), isMultinomial: false },
    ),
  })

  test.each<[Row, number]>([
    [{}, 1], [{ threshold: 0.8 }, 0], [{ threshold: 0 }, 1], [{ threshold: 1 }, 0], [{ thresholds: [0.2, 0.8] }, 0], [{ thresholds: [0.5, 0.5] }, 1],
    [{ threshold: 0.8, rawPredictionCol: '' }, 0], [{ threshold: 0.7, rawPredictionCol: '' }, 1],
  ])('logistic regression with %j', async (params, prediction) => {
    // The probability of class 1 is 0.731.
    expect((await run(logistic(params), at(1)))[0]['prediction']).toBe(prediction)
  })

  test('columns without a name are not made, others have their own', async () => {
    const model = await loadModelFromBytes(await pipeline([logistic({ rawPredictionCol: '', probabilityCol: 'p', predictionCol: 'late' })]))
    expect(model.signature.outputs.map(o => [o.name, o.library])).toEqual([['p', 'p'], ['late', 'late'], ['prediction', undefined], ['probabilities', undefined], ['probability', undefined]])
  })

  test('a vector of another size, or none, is refused', async () => {
    const got = await run(logistic({}), [{ features: [1] }, { features: [1, 2] }, { features: null }])
    expect(got[0]['prediction']).toBe(1)
    expect(got[1]).toEqual({ refused: expect.stringContaining('2 values') })
    expect(got[2]).toEqual({ refused: expect.stringContaining('no vector') })
  })
})

describe('naive Bayes', () => {
  const model = (modelType: string, theta: readonly (readonly number[])[]): StageSpec => ({
    class: 'classification.NaiveBayesModel', params: { modelType },
    tables: table({ pi: vectorStruct, theta: matrixStruct }, { pi: vectorRow(Math.log(0.25), Math.log(0.75)), theta: matrixRow(theta.map(r => r.map(Math.log))) }),
  })
  const theta = [[0.2, 0.8], [0.6, 0.4]]

  test('Bernoulli counts what is absent too, and refuses what is neither 0 nor 1', async () => {
    const [row, other] = await run(model('bernoulli', theta), [{ features: [1, 0] }, { features: [2, 0] }])
    const joint = [0.25 * 0.2 * (1 - 0.8), 0.75 * 0.6 * (1 - 0.4)]
    expect((row['probability'] as number[])[1]).toBeCloseTo(joint[1] / (joint[0] + joint[1]), 13)
    expect(other).toEqual({ refused: expect.stringContaining('0 or 1') })
  })

  test('complement ignores the priors', async () => {
    const [row] = await run(model('complement', theta), [{ features: [1, 2] }])
    const scores = [Math.log(0.2) + 2 * Math.log(0.8), Math.log(0.6) + 2 * Math.log(0.4)]
    const total = Math.log(Math.exp(scores[0]) + Math.exp(scores[1]))
    expect((row['rawPrediction'] as number[])[0]).toBeCloseTo(scores[0] - total, 13)
  })

  test('multinomial refuses negative counts', async () => {
    expect(await run(model('multinomial', theta), [{ features: [-1, 2] }])).toEqual([{ refused: expect.stringContaining('from 0 on') }])
  })
})

describe('clusters and recommendations', () => {
  const kmeans = (distanceMeasure: string): StageSpec => ({
    class: 'clustering.KMeansModel', params: { distanceMeasure },
    tables: { data: { types: { clusterIdx: int32Type, clusterCenter: vectorStruct }, rows: [{ clusterIdx: 1, clusterCenter: vectorRow(10, 0) }, { clusterIdx: 0, clusterCenter: vectorRow(0, 1) }] } },
  })

  test('Euclidean and cosine distances differ; zeros have no angle', async () => {
    const rows = [{ features: [2, 1] }, { features: [0, 0] }]
    expect(await run(kmeans('euclidean'), rows)).toEqual([{ prediction: 0 }, { prediction: 0 }])
    expect(await run(kmeans('cosine'), rows)).toEqual([{ prediction: 1 }, { refused: expect.stringContaining('zeros') }])
  })

  const als = (params: Row): StageSpec => {
    const types = { id: int32Type, features: arrayType(float64Type) }
    return { class: 'recommendation.ALSModel', params: { userCol: 'u', itemCol: 'i', ...params }, tables: { userFactors: { types, rows: [{ id: 7, features: [1, 2] }] }, itemFactors: { types, rows: [{ id: 3, features: [0.5, 4] }] } } }
  }

  test('a user or item that was not there has NaN, or is dropped', async () => {
    const rows = [{ u: 7, i: 3 }, { u: 7, i: 4 }, { u: null, i: 3 }]
    expect(await run(als({}), rows)).toEqual([{ prediction: 8.5 }, { prediction: NaN }, { prediction: NaN }])
    expect(await run(als({ coldStartStrategy: 'drop' }), rows)).toEqual([{ prediction: 8.5 }, 'dropped', 'dropped'])
  })
})

test('isotonic regression takes numbers, and one value of vectors', async () => {
  const stage = (params: Row): StageSpec => ({
    class: 'regression.IsotonicRegressionModel', params,
    tables: table({ boundaries: arrayType(float64Type), predictions: arrayType(float64Type) }, { boundaries: [0, 2, 2, 4], predictions: [1, 1, 5, 9] }),
  })
  expect(await run(stage({}), [-1, 1, 3, 9].map(features => ({ features })))).toEqual([1, 1, 7, 9].map(prediction => ({ prediction })))
  expect(await run(stage({ featureIndex: 1 }), [{ features: [0, 3] }])).toEqual([{ prediction: 7 }])
})

describe('trees', () => {
  const split = (featureIndex: number, values: readonly number[], numCategories = -1): Row => ({ featureIndex, leftCategoriesOrThreshold: values, numCategories })
  const node = (id: number, prediction: number, leftChild: number, rightChild: number, by = split(-1, [])): Row => ({ id, prediction, impurityStats: [2, 2 * prediction, 2 * prediction * prediction + 4], leftChild, rightChild, split: by })
  const types: { readonly [column: string]: DataType } = {
    id: int32Type, prediction: float64Type, impurityStats: arrayType(float64Type), leftChild: int32Type, rightChild: int32Type,
    split: { kind: 'struct', fields: [{ name: 'featureIndex', type: int32Type, nullable: true }, { name: 'leftCategoriesOrThreshold', type: arrayType(float64Type), nullable: true }, { name: 'numCategories', type: int32Type, nullable: true }] },
  }
  const tree = (by: Row, params: Row = {}): StageSpec => ({
    class: 'regression.DecisionTreeRegressionModel', params, extra: { numFeatures: 1 },
    tables: { data: { types, rows: [node(2, 20, -1, -1), node(0, 0, 1, 2, by), node(1, 10, -1, -1)] } },
  })
  const sides = async (by: Row, xs: readonly number[]): Promise<unknown[]> => (await run(tree(by), xs.map(x => ({ features: [x] })))).map(r => r['prediction'])

  test('at most the threshold is left, NaN is right', async () => {
    expect(await sides(split(0, [1]), [0, 1, 1.0000000000000002, NaN])).toEqual([10, 10, 20, 20])
  })

  test('a category that was not there in training goes where the larger set is', async () => {
    expect(await sides(split(0, [1], 4), [0, 1, 3, 7])).toEqual([20, 10, 20, 20])
    expect(await sides(split(0, [0, 1, 3], 4), [0, 2, 3, 7])).toEqual([10, 20, 10, 10])
  })

  test('the variance and the place of the leaf', async () => {
    expect(await run(tree(split(0, [1]), { varianceCol: 'v', leafCol: 'l' }), [{ features: [5] }, { features: [0] }])).toEqual([
      { prediction: 20, l: 1, v: (2 * 400 + 4 - (40 * 40) / 2) / 2 }, { prediction: 10, l: 0, v: (2 * 100 + 4 - (20 * 20) / 2) / 2 },
    ])
  })

  test('trees that go round in circles are refused', async () => {
    const broken: StageSpec = { ...tree(split(0, [1])), tables: { data: { types, rows: [node(0, 0, 1, 2, split(0, [1])), node(1, 1, 0, 2, split(0, [1])), node(2, 20, -1, -1)] } } }
    await expect(run(broken, at(1))).rejects.toMatchObject({ code: 'ML_UNREADABLE' })
  })
})

test('hashes of LSH models: a vector of one value for each table', async () => {
  const projection: StageSpec = { class: 'feature.BucketedRandomProjectionLSHModel', params: { inputCol: 'features', outputCol: 'h', bucketLength: 2 }, tables: table({ randUnitVectors: matrixStruct }, { randUnitVectors: matrixRow([[1, 0], [0, -1]]) }) }
  expect(await run(projection, [{ features: [5, 1] }])).toEqual([{ h: [[2], [-1]] }])
  const minHash: StageSpec = { class: 'feature.MinHashLSHModel', params: { inputCol: 'features', outputCol: 'h' }, tables: table({ randCoefficients: arrayType(int32Type) }, { randCoefficients: [3, 5, 2_000_000_000, 7] }) }
  expect(await run(minHash, [{ features: [0, 1, 1] }, { features: [0, 0, 0] }])).toEqual([
    { h: [[11], [Math.min(...[2, 3].map(e => Number((BigInt(e) * 2_000_000_000n + 7n) % 2038074743n)))]] }, { refused: expect.stringContaining('not zero') },
  ])
})

test('a single model, saved without a pipeline, is read as it is', async () => {
  const files = await stageFiles(linear('regression.LinearRegressionModel', {}), '', '2.3.0')
  const model = await loadModelFromBytes({ files })
  expect(await scoreAll(model, at(4))).toEqual([{ prediction: 9 }])
})

test('the normal distribution and eigenvectors, against known values', () => {
  expect(normalCdf(0)).toBe(0.5)
  expect(normalCdf(1)).toBeCloseTo(0.8413447460685429, 15)
  expect(normalCdf(-6) / 9.865876450376946e-10).toBeCloseTo(1, 12)
  expect(normalCdf(3.5)).toBeCloseTo(0.9997673709209645, 15)
  const { values, vectors } = eigenSymmetric(Float64Array.of(2, 1, 1, 2), 2)
  expect([...values].sort((a, b) => a - b)).toEqual([expect.closeTo(1, 14), expect.closeTo(3, 14)])
  expect(vectors[0] * vectors[1] + vectors[2] * vectors[3]).toBeCloseTo(0, 14)
})
