import type { Batch } from '../batch.ts'
import type { Features } from '../features.ts'
import { type Matrix, matrixAt, matrixStruct, vectorAt, vectorStruct } from '../linalg.ts'
import type { StageContext } from '../stage.ts'
import { readTable } from '../tables.ts'
import { planClassifier, softmaxRows } from './classifier.ts'
import { dot } from './dot.ts'

const modelTypes = ['multinomial', 'complement', 'bernoulli', 'gaussian'] as const

/** NaiveBayesModel of all four types. Priors and conditional probabilities are stored as logarithms. */
export async function naiveBayesModel(stage: StageContext): Promise<void> {
  const modelType = stage.params.choice('modelType', modelTypes, 'multinomial')
  const table = (await readTable(stage.directory.child('data'), [['pi', vectorStruct], ['theta', matrixStruct], ['sigma', matrixStruct]])).single
  const pi = vectorAt(table.required('pi'), 0, 'the priors')
  const theta = matrixAt(table.required('theta'), 0, 'theta')
  if (theta.rows !== pi.length) throw table.wrong(`has ${theta.rows} rows of probabilities for ${pi.length} classes`)
  const classes = pi.length
  planClassifier(stage, {
    classes,
    size: theta.cols,
    raw: modelType === 'gaussian' ? gaussian(pi, theta, sigmaOf()) : counting(stage, modelType, pi, theta),
    probability: (raw, rows) => softmaxRows(raw, rows, classes),
  })

  function sigmaOf(): Matrix {
    const sigma = matrixAt(table.required('sigma'), 0, 'sigma')
    if (sigma.rows !== theta.rows || sigma.cols !== theta.cols) throw table.wrong('has variances for other features than means')
    return sigma
  }
}

type Raw = (features: Features, batch: Batch) => Float64Array

function counting(stage: StageContext, modelType: 'multinomial' | 'complement' | 'bernoulli', pi: Float64Array, theta: Matrix): Raw {
  const { rows: classes, cols: size, values } = theta
  if (modelType === 'bernoulli') {
    const absent = values.map(v => Math.log1p(-Math.exp(v)))
    const weights = values.map((v, i) => v - absent[i])
    const start = pi.map((p, c) => absent.subarray(c * size, (c + 1) * size).reduce((a, b) => a + b, p))
    return (features, batch) => dot(checked(features, batch, `${stage.name} needs 0 or 1`, x => x === 0 || x === 1), weights, start)
  }
  const nonNegative = (features: Features, batch: Batch): Features => checked(features, batch, `${stage.name} needs values from 0 on`, x => x >= 0)
  if (modelType === 'multinomial') return (features, batch) => dot(nonNegative(features, batch), values, pi)
  const none = new Float64Array(classes)
  return (features, batch) => {
    const raw = dot(nonNegative(features, batch), values, none)
    for (let row = 0; row < features.rows; row++) {
      const scores = raw.subarray(row * classes, (row + 1) * classes)
      const max = scores.reduce((a, b) => Math.max(a, b), -Infinity)
      const logSum = Math.log(scores.reduce((sum, s) => sum + Math.exp(s - max), 0)) + max
      for (let c = 0; c < classes; c++) scores[c] -= logSum
    }
    return raw
  }
}

/** Refuses rows with a value that the type of model does not know. */
function checked(features: Features, batch: Batch, needs: string, accepts: (x: number) => boolean): Features {
  for (let row = 0; row < features.rows; row++) {
    features.forEach(row, (_, x) => {
      if (!accepts(x)) batch.refuse(row, () => `${needs}, but found ${x}.`)
    })
  }
  return features
}

function gaussian(pi: Float64Array, theta: Matrix, sigma: Matrix): Raw {
  const { rows: classes, cols: size, values: means } = theta
  const variances = sigma.values
  const logSums = pi.map((_, c) => variances.subarray(c * size, (c + 1) * size).reduce((sum, v) => sum + Math.log(v), 0))
  return features => {
    const dense = features.toDense()
    const out = new Float64Array(features.rows * classes)
    for (let row = 0; row < features.rows; row++) {
      for (let c = 0; c < classes; c++) {
        let sum = 0
        for (let i = 0; i < size; i++) {
          const d = dense[row * size + i] - means[c * size + i]
          sum += (d * d) / variances[c * size + i]
        }
        out[row * classes + c] = pi[c] - (sum + logSums[c]) / 2
      }
    }
    return out
  }
}
