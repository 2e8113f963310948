import { arrayType, float64Type, int32Type } from '../../../columnar/data-type.ts'
import { int32Vector } from '../../../columnar/vector.ts'
import { Features } from '../features.ts'
import { type Matrix, matrixAt, matrixStruct, vectorAt, vectorStruct } from '../linalg.ts'
import { featuresType } from '../planner.ts'
import type { StageContext } from '../stage.ts'
import { doubles, listAt, readTable } from '../tables.ts'
import { argmax } from './classifier.ts'
import { eigenSymmetric } from './eigen.ts'
import { planPrediction } from './regressor.ts'

interface Gaussian {
  readonly weight: number
  readonly mean: Float64Array
  /** Rows map a deviation from the mean to independent unit ones. */
  readonly whiten: Float64Array
  /** Logarithm of the density at the mean. */
  readonly logPeak: number
}

/** The smallest step from 1: Spark adds it to every component, so that a row far from all has equal shares. */
const epsilon = 2 ** -52

/** GaussianMixtureModel: the share of each component at a row, and the largest. */
export async function gaussianMixtureModel(stage: StageContext): Promise<void> {
  const { params, planner } = stage
  const components = await readComponents(stage)
  const k = components.length
  const size = components[0].mean.length
  const features = planner.use(params.text('featuresCol', 'features'))
  const probability = planner.add(params.text('probabilityCol', 'probability'), featuresType(k))
  planner.step({
    inputs: [features],
    outputs: [probability],
    run(batch) {
      const dense = batch.presentFeatures(features, stage.name, size).toDense()
      const out = new Float64Array(batch.rows * k)
      for (let row = 0; row < batch.rows; row++) {
        let sum = 0
        for (let c = 0; c < k; c++) sum += out[row * k + c] = epsilon + components[c].weight * density(components[c], dense, row * size)
        for (let c = 0; c < k; c++) out[row * k + c] /= sum
      }
      batch.set(probability, Features.dense(batch.rows, k, out))
    },
  })
  const prediction = planPrediction(stage, int32Type)
  planner.step({
    inputs: [probability],
    outputs: [prediction],
    run(batch) {
      const shares = batch.features(probability).toDense()
      batch.set(prediction, int32Vector(int32Type, Int32Array.from({ length: batch.rows }, (_, row) => argmax(shares, row * k, k))))
    },
  })
}

async function readComponents({ directory }: StageContext): Promise<Gaussian[]> {
  const table = (await readTable(directory.child('data'), [['weights', arrayType(float64Type)], ['mus', arrayType(vectorStruct)], ['sigmas', arrayType(matrixStruct)]])).single
  const weights = listAt(table.required('weights'), 0)
  const mus = listAt(table.required('mus'), 0)
  const sigmas = listAt(table.required('sigmas'), 0)
  const k = weights.to - weights.from
  if (k === 0 || mus.to - mus.from !== k || sigmas.to - sigmas.from !== k) throw table.wrong('has weights, means and covariances of different numbers')
  return Array.from({ length: k }, (_, c) => {
    const mean = vectorAt(mus.child, mus.from + c, `mean ${c}`)
    const sigma = matrixAt(sigmas.child, sigmas.from + c, `covariance ${c}`)
    if (sigma.rows !== mean.length || sigma.cols !== mean.length) throw table.wrong(`has a covariance of another size than mean ${c}`)
    return { weight: doubles(weights.child)[weights.from + c], mean, ...whitening(sigma, table.wrong.bind(table)) }
  })
}

/** The covariance's inverse square root and its part of the density; directions without variance are left out. */
function whitening({ rows: n, values }: Matrix, wrong: (what: string) => Error): { whiten: Float64Array; logPeak: number } {
  if (n > 1000) throw wrong(`has a covariance of ${n} rows`)
  const { vectors, values: variances } = eigenSymmetric(values, n)
  const tolerance = epsilon * variances.reduce((a, b) => Math.max(a, b), 0) * n
  let logDeterminant = 0
  const whiten = new Float64Array(n * n)
  for (let e = 0; e < n; e++) {
    if (!(variances[e] > tolerance)) continue
    logDeterminant += Math.log(variances[e])
    const scale = Math.sqrt(1 / variances[e])
    for (let i = 0; i < n; i++) whiten[e * n + i] = scale * vectors[i * n + e]
  }
  return { whiten, logPeak: -0.5 * (n * Math.log(2 * Math.PI) + logDeterminant) }
}

function density({ mean, whiten, logPeak }: Gaussian, dense: Float64Array, base: number): number {
  const n = mean.length
  let square = 0
  for (let e = 0; e < n; e++) {
    let v = 0
    for (let i = 0; i < n; i++) v += whiten[e * n + i] * (dense[base + i] - mean[i])
    square += v * v
  }
  return Math.exp(logPeak - 0.5 * square)
}
