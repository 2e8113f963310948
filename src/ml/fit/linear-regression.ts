import { dot } from '../spark/predictors/dot.ts'
import { type LogisticOptions } from './logistic-regression.ts'
import { minimise, type Objective } from './minimise.ts'
import { momentsOf } from './moments.ts'
import { type NormalEquations, normalEquations, solve } from './normal-equations.ts'
import { addWeightedRows, type TrainingSet } from './training-set.ts'

export interface LinearCoefficients {
  readonly coefficients: Float64Array
  readonly intercept: number
}

export interface LinearOptions extends LogisticOptions {
  readonly solver: 'auto' | 'normal' | 'l-bfgs'
}

/** Up to so many features Spark sets up the normal equations too: a matrix of 128 MiB. */
export const maxNormalFeatures = 4096

/**
 * Least squares with Spark's penalty: ½ · mean of squares, of features and label of deviation 1, plus
 * regParam/σ(label) · ((1 − α)/2 · ‖β‖² + α · ‖β‖₁). Without `standardization` the penalty is on coefficients of features as they are.
 */
export function fitLinear(set: TrainingSet, options: LinearOptions): LinearCoefficients {
  const { size } = set
  const isNormal = options.solver === 'normal' || (options.solver === 'auto' && size <= maxNormalFeatures)
  const { mean, variance } = momentsOf(set.blocks.map(b => b.features), size)
  const label = labelMoments(set)
  // The normal equations of Spark divide by rows, its L-BFGS by rows − 1: the penalty differs by as much.
  const correction = isNormal && set.rows > 1 ? (set.rows - 1) / set.rows : 1
  const labelStd = Math.sqrt(label.variance * correction)
  const inverse = variance.map(v => (v > 0 ? 1 / Math.sqrt(v * correction) : 0))
  const { fitIntercept, regParam, elasticNetParam } = options
  if (labelStd === 0 && (fitIntercept || label.mean === 0)) return { coefficients: new Float64Array(size), intercept: fitIntercept ? label.mean : 0 }
  const scale = labelStd === 0 ? Math.abs(label.mean) : labelStd
  const reg = regParam / scale
  const l2 = inverse.map(d => reg * (1 - elasticNetParam) * (options.standardization ? 1 : d * d))
  const l1 = reg * elasticNetParam === 0 ? undefined : inverse.map(d => reg * elasticNetParam * (options.standardization ? 1 : d))
  const means = fitIntercept ? mean : new Float64Array(size)
  const labelMean = fitIntercept ? label.mean : 0
  const scaled = isNormal
    ? fromEquations(normalEquations(set, means, labelMean, inverse, 1 / scale), l2, l1, options)
    : minimise(overRows(set, { means, labelMean, inverse, scale, l2 }), new Float64Array(size), { ...options, l1 }).at
  const coefficients = scaled.map((b, i) => b * inverse[i] * scale)
  let intercept = labelMean
  for (let i = 0; i < size; i++) intercept -= coefficients[i] * means[i]
  return { coefficients, intercept: fitIntercept ? intercept : 0 }
}

/** Cholesky's factors; where there are none, as features depend on each other, or a penalty on sizes, by steps. */
function fromEquations(equations: NormalEquations, l2: Float64Array, l1: Float64Array | undefined, options: LinearOptions): Float64Array {
  const { size, matrix, right } = equations
  for (let i = 0; i < size; i++) matrix[i * size + i] += l2[i]
  const direct = l1 === undefined ? solve(equations) : undefined
  if (direct !== undefined) return direct
  const objective: Objective = (at, gradient) => {
    let value = 0
    for (let i = 0; i < size; i++) {
      let product = 0
      for (let j = 0; j < size; j++) product += matrix[i * size + j] * at[j]
      gradient[i] = product - right[i]
      value += at[i] * (0.5 * product - right[i])
    }
    return value
  }
  return minimise(objective, new Float64Array(size), { ...options, l1 }).at
}

interface Scaling {
  readonly means: Float64Array
  readonly labelMean: number
  readonly inverse: Float64Array
  readonly scale: number
  readonly l2: Float64Array
}

/** ½ · mean of squares on scaled features, computed from the rows: nothing is kept but a vector. */
function overRows(set: TrainingSet, { means, labelMean, inverse, scale, l2 }: Scaling): Objective {
  const { size, rows } = set
  return (at, gradient) => {
    const weights = at.map((b, i) => b * inverse[i])
    let shift = labelMean / scale
    for (let i = 0; i < size; i++) shift -= weights[i] * means[i]
    const raw = new Float64Array(size)
    let total = 0
    let value = 0
    for (const { features, labels } of set.blocks) {
      const residuals = dot(features, weights, Float64Array.of(0))
      for (let row = 0; row < labels.length; row++) {
        residuals[row] += shift - labels[row] / scale
        total += residuals[row]
        value += 0.5 * residuals[row] * residuals[row]
      }
      addWeightedRows(features, residuals, 1, raw)
    }
    value /= rows
    for (let i = 0; i < size; i++) {
      gradient[i] = ((raw[i] - total * means[i]) * inverse[i]) / rows + l2[i] * at[i]
      value += 0.5 * l2[i] * at[i] * at[i]
    }
    return value
  }
}

function labelMoments({ blocks }: TrainingSet): { readonly mean: number; readonly variance: number } {
  let rows = 0
  let mean = 0
  let squares = 0
  for (const { labels } of blocks) {
    for (let row = 0; row < labels.length; row++) {
      const delta = labels[row] - mean
      mean += delta / ++rows
      squares += delta * (labels[row] - mean)
    }
  }
  return { mean, variance: rows > 1 ? squares / (rows - 1) : 0 }
}
