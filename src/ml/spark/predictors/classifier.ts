import { float64Type } from '../../../columnar/data-type.ts'
import type { Batch } from '../batch.ts'
import { Features } from '../features.ts'
import { featuresType, type PlannedColumn } from '../planner.ts'
import type { StageContext } from '../stage.ts'

/** What a classifier computes; raw scores and probabilities are by row, `classes` wide. */
export interface Classifier {
  readonly classes: number
  readonly raw: (features: Features, batch: Batch) => Float64Array
  /** Width of the vectors it was trained on. */
  readonly size: number
  /** Undefined where there are no probabilities (LinearSVC). */
  readonly probability: ((raw: Float64Array, rows: number) => Float64Array) | undefined
  /** A class by a rule of its own; otherwise the largest score, or probability over threshold. */
  readonly predict?: ((raw: number, probability: number) => boolean) | undefined
}

/**
 * Plans the columns of a classifier in Spark's order: rawPrediction, probability, prediction, each left out when its name
 * is empty. Each is a step of its own, so that only what is asked for is computed.
 */
export function planClassifier(stage: StageContext, classifier: Classifier): void {
  const { params, planner } = stage
  const { classes, size } = classifier
  const thresholds = params.numbers('thresholds')
  if (thresholds !== undefined && thresholds.length !== classes) throw stage.extra.wrong(`has ${thresholds.length} thresholds for ${classes} classes`)
  const features = planner.use(params.text('featuresCol', 'features'))
  const raw = planner.add(params.text('rawPredictionCol', 'rawPrediction'), featuresType(classes))
  planner.step({
    inputs: [features],
    outputs: [raw],
    run: batch => batch.set(raw, Features.dense(batch.rows, classes, classifier.raw(batch.presentFeatures(features, stage.name, size), batch))),
  })
  const probability = planProbability(stage, classifier, raw)
  const prediction = planner.add(params.text('predictionCol', 'prediction'), { kind: 'values', type: float64Type })
  const needsProbability = probability !== undefined && (thresholds !== undefined || classifier.predict !== undefined)
  planner.step({
    inputs: needsProbability ? [raw, probability] : [raw],
    outputs: [prediction],
    run(batch) {
      const scores = batch.features(raw).toDense()
      const shares = needsProbability ? batch.features(probability).toDense() : scores
      const out = new Float64Array(batch.rows)
      const choose = classifier.predict
      for (let row = 0; row < batch.rows; row++) {
        if (choose !== undefined) out[row] = choose(scores[row * classes + 1], shares[row * classes + 1]) ? 1 : 0
        else out[row] = thresholds === undefined ? argmax(scores, row * classes, classes) : argmaxOver(shares, row * classes, thresholds)
      }
      batch.setNumbers(prediction, out)
    },
  })
  stage.planner.roles({ prediction, probability, raw })
}

function planProbability(stage: StageContext, { probability: compute, classes }: Classifier, raw: PlannedColumn): PlannedColumn | undefined {
  if (compute === undefined) return undefined
  const probability = stage.planner.add(stage.params.text('probabilityCol', 'probability'), featuresType(classes))
  stage.planner.step({
    inputs: [raw],
    outputs: [probability],
    run: batch => batch.set(probability, Features.dense(batch.rows, classes, compute(batch.features(raw).toDense(), batch.rows))),
  })
  return probability
}

/** The position of the largest value; of equal ones the first; NaN is never larger. */
export function argmax(values: Float64Array, from: number, count: number): number {
  let best = 0
  for (let k = 1; k < count; k++) if (values[from + k] > values[from + best]) best = k
  return best
}

function argmaxOver(probabilities: Float64Array, from: number, thresholds: Float64Array): number {
  let best = 0
  let most = -Infinity
  for (let k = 0; k < thresholds.length; k++) {
    const scaled = thresholds[k] === 0 ? Infinity : probabilities[from + k] / thresholds[k]
    if (scaled > most) {
      most = scaled
      best = k
    }
  }
  return best
}

export function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x))
}

/** Two scores of opposite sign become two probabilities; of the first, the second is the rest. */
export function logisticPairs(raw: Float64Array, rows: number): Float64Array {
  const out = new Float64Array(rows * 2)
  for (let i = 0; i < rows * 2; i += 2) {
    out[i] = logistic(raw[i])
    out[i + 1] = 1 - out[i]
  }
  return out
}

/** Softmax of each row, from the largest score down. An infinite one takes all. */
export function softmaxRows(raw: Float64Array, rows: number, classes: number): Float64Array {
  const out = new Float64Array(rows * classes)
  for (let row = 0; row < rows; row++) {
    const at = row * classes
    const best = argmax(raw, at, classes)
    const max = raw[at + best]
    if (max === Infinity) {
      out[at + best] = 1
      continue
    }
    let sum = 0
    for (let k = at; k < at + classes; k++) {
      out[k] = Math.exp(raw[k] - max)
      sum += out[k]
    }
    for (let k = at; k < at + classes; k++) out[k] /= sum
  }
  return out
}

/** Counts become shares; a row of zeros stays one. */
export function normaliseRows(raw: Float64Array, rows: number, classes: number): Float64Array {
  const out = new Float64Array(rows * classes)
  for (let row = 0; row < rows; row++) {
    let sum = 0
    for (let k = row * classes; k < (row + 1) * classes; k++) sum += raw[k]
    for (let k = row * classes; k < (row + 1) * classes; k++) out[k] = sum === 0 ? raw[k] : raw[k] / sum
  }
  return out
}

/** One score s of each row as −s and s. */
export function mirrored(scores: Float64Array): Float64Array {
  const out = new Float64Array(scores.length * 2)
  for (let row = 0; row < scores.length; row++) {
    out[2 * row] = -scores[row]
    out[2 * row + 1] = scores[row]
  }
  return out
}
