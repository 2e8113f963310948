import { dot } from '../spark/predictors/dot.ts'
import { minimise } from './minimise.ts'
import { momentsOf } from './moments.ts'
import { addWeightedRows, type TrainingSet } from './training-set.ts'

export interface LogisticOptions {
  readonly regParam: number
  /** 0 is a penalty on squares, 1 one on sizes. */
  readonly elasticNetParam: number
  readonly maxIter: number
  readonly tol: number
  readonly fitIntercept: boolean
  readonly standardization: boolean
}

export interface LogisticCoefficients {
  /** One row for a binomial model, else one per class. */
  readonly coefficients: Float64Array
  readonly intercepts: Float64Array
}

/**
 * Spark's objective: the mean log loss, plus regParam · ((1 − α)/2 · ‖β‖² + α · ‖β‖₁) on the coefficients of features of
 * deviation 1, intercepts free. Without `standardization` the penalty is on the coefficients as they come out, while the
 * steps are still taken on the scaled ones. A feature that does not vary gets 0.
 */
export function fitLogistic(set: TrainingSet, counts: Float64Array, isMultinomial: boolean, options: LogisticOptions): LogisticCoefficients {
  const { size } = set
  const { fitIntercept, regParam, elasticNetParam } = options
  const outputs = isMultinomial ? counts.length : 1
  const constant = constantLabel(counts)
  if (fitIntercept && constant !== undefined) return forConstantLabel(constant, counts.length, outputs, size)
  const { mean, variance } = momentsOf(set.blocks.map(b => b.features), size)
  const inverse = variance.map(v => (v > 0 ? 1 / Math.sqrt(v) : 0))
  const weights = new Float64Array(outputs * size)
  const intercepts = new Float64Array(outputs)
  const unscale = (at: Float64Array): void => {
    for (let k = 0; k < outputs; k++) {
      let shift = 0
      for (let i = 0; i < size; i++) {
        weights[k * size + i] = at[k * size + i] * inverse[i]
        shift += weights[k * size + i] * mean[i]
      }
      intercepts[k] = fitIntercept ? at[outputs * size + k] - shift : 0
    }
  }
  const perFeature = inverse.map(d => (options.standardization ? 1 : d * d))
  const l2 = regParam * (1 - elasticNetParam)
  const objective = (at: Float64Array, gradient: Float64Array): number => {
    unscale(at)
    const raw = new Float64Array(outputs * size)
    const totals = new Float64Array(outputs)
    let loss = 0
    for (const { features, labels } of set.blocks) {
      const margins = dot(features, weights, intercepts)
      loss += isMultinomial ? softmaxLoss(margins, labels, outputs) : binomialLoss(margins, labels)
      addWeightedRows(features, margins, outputs, raw)
      for (let e = 0; e < margins.length; e++) totals[e % outputs] += margins[e]
    }
    let value = loss / set.rows
    for (let k = 0; k < outputs; k++) {
      for (let i = 0; i < size; i++) {
        const e = k * size + i
        const centred = fitIntercept ? raw[e] - totals[k] * mean[i] : raw[e]
        gradient[e] = (centred * inverse[i]) / set.rows + l2 * perFeature[i] * at[e]
        value += 0.5 * l2 * perFeature[i] * at[e] * at[e]
      }
      if (fitIntercept) gradient[outputs * size + k] = totals[k] / set.rows
    }
    return value
  }
  const start = new Float64Array(outputs * (size + (fitIntercept ? 1 : 0)))
  if (fitIntercept) startIntercepts(start.subarray(outputs * size), counts)
  const l1 = regParam * elasticNetParam
  const penalties = l1 === 0 ? undefined : start.map((_, e) => (e < outputs * size ? l1 * (options.standardization ? 1 : inverse[e % size]) : 0))
  unscale(minimise(objective, start, { ...options, l1: penalties }).at)
  // Softmax does not see what all classes have in common: Spark takes it away.
  if (isMultinomial && regParam === 0) centre(weights, outputs, size)
  if (isMultinomial && fitIntercept) centre(intercepts, outputs, 1)
  return { coefficients: weights, intercepts }
}

/** Σ log(1 + e^−y·m), and in place of the margins their derivatives. */
function binomialLoss(margins: Float64Array, labels: Float64Array): number {
  let loss = 0
  for (let row = 0; row < labels.length; row++) {
    const m = margins[row]
    const log1p = Math.log1p(Math.exp(-Math.abs(m)))
    loss += (labels[row] > 0 ? Math.max(-m, 0) : Math.max(m, 0)) + log1p
    margins[row] = 1 / (1 + Math.exp(-m)) - labels[row]
  }
  return loss
}

function softmaxLoss(margins: Float64Array, labels: Float64Array, classes: number): number {
  let loss = 0
  for (let row = 0; row < labels.length; row++) {
    const m = margins.subarray(row * classes, (row + 1) * classes)
    let most = -Infinity
    for (let k = 0; k < classes; k++) if (m[k] > most) most = m[k]
    let sum = 0
    const own = m[labels[row]]
    for (let k = 0; k < classes; k++) {
      m[k] = Math.exp(m[k] - most)
      sum += m[k]
    }
    loss += Math.log(sum) + most - own
    for (let k = 0; k < classes; k++) m[k] /= sum
    m[labels[row]] -= 1
  }
  return loss
}

/** The intercepts of a model without features. */
function startIntercepts(intercepts: Float64Array, counts: Float64Array): void {
  if (intercepts.length === 1) {
    intercepts[0] = Math.log((counts[1] ?? 0) / counts[0])
    return
  }
  // As if each class had one row more, so that an absent one has a finite intercept to start from.
  for (let k = 0; k < intercepts.length; k++) intercepts[k] = Math.log1p(counts[k])
  centre(intercepts, intercepts.length, 1)
}

function centre(values: Float64Array, rows: number, cols: number): void {
  for (let i = 0; i < cols; i++) {
    let sum = 0
    for (let k = 0; k < rows; k++) sum += values[k * cols + i]
    for (let k = 0; k < rows; k++) values[k * cols + i] -= sum / rows
  }
}

function constantLabel(counts: Float64Array): number | undefined {
  const present = Array.from(counts.keys()).filter(k => counts[k] > 0)
  return present.length === 1 ? present[0] : undefined
}

/** All labels are the same: no coefficients, and an intercept that leaves no doubt. */
function forConstantLabel(label: number, classes: number, outputs: number, size: number): LogisticCoefficients {
  const coefficients = new Float64Array(outputs * size)
  if (outputs === 1) return { coefficients, intercepts: Float64Array.of(label === 1 && classes === 2 ? Infinity : -Infinity) }
  return { coefficients, intercepts: new Float64Array(outputs).map((_, k) => (k === label ? Infinity : 0)) }
}
