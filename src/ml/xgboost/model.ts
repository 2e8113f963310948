import { float64Type, vectorType } from '../../columnar/data-type.ts'
import { float64Vector, Vector } from '../../columnar/vector.ts'
import { CategoryIndex } from '../category-index.ts'
import { unknownOutput } from '../errors.ts'
import { CategoryColumn, gatherNumbers, type MatrixColumn } from '../gather.ts'
import type { Model, ModelDigest, ModelInput, ModelOutput, ModelSignature, Scored } from '../model.ts'
import { TreeScorer } from '../tree/scorer.ts'
import type { Booster, LinearWeights } from './booster.ts'
import { argmax, fromMargin, softmax } from './objective.ts'

/** Cells of the feature matrix of one block of a linear booster. */
const maxBlockCells = 65_536

/** A loaded XGBoost booster. Scores are 32-bit floats as in the library, widened to 64 bits. */
export class XGBoostModel implements Model {
  readonly digest: ModelDigest
  readonly signature: ModelSignature
  readonly #booster: Booster
  /** Per input: looks up the categories of strings; undefined for numbers. */
  readonly #indexes: readonly (CategoryIndex | undefined)[]
  readonly #trees: TreeScorer | undefined

  constructor(digest: ModelDigest, booster: Booster) {
    this.digest = digest
    this.signature = { format: 'xgboost', inputs: booster.inputs, outputs: outputsOf(booster) }
    this.#booster = booster
    this.#indexes = booster.inputs.map(input => (input.kind === 'category' ? new CategoryIndex(input.categories ?? []) : undefined))
    this.#trees = booster.trees === undefined ? undefined : new TreeScorer(booster.trees)
  }

  /** @throws AnalysisError ML_SCHEMA_MISMATCH for an output or a column type that the signature does not have */
  score(inputs: readonly Vector[], rows: number, outputs: readonly string[]): Scored {
    for (const name of outputs) {
      if (!this.signature.outputs.some(o => o.name === name)) throw unknownOutput(name, this.signature.outputs.map(o => o.name))
    }
    const margins = this.#margins(inputs, rows)
    return { vectors: outputs.map(name => this.#output(name, margins, rows)) }
  }

  close(): void {}

  #margins(inputs: readonly Vector[], rows: number): Float32Array {
    const { linear, groups, baseMargins, numberedInputs } = this.#booster
    const gather = this.signature.inputs.map((input, k) => gatherer(input, inputs[k], this.#indexes[k], numberedInputs.has(input.name)))
    const margins = new Float32Array(rows * groups)
    for (let i = 0; i < margins.length; i++) margins[i] = baseMargins[i % groups]
    if (this.#trees !== undefined) sumTrees(this.#trees, gather, rows, margins)
    if (linear !== undefined) sumLinear(linear, gather, rows, margins)
    return margins
  }

  #output(name: string, margins: Float32Array, rows: number): Vector {
    const { groups, objective } = this.#booster
    const values = new Float64Array(rows * groups)
    if (name === 'prediction' && objective.task === 'classes') {
      const classes = new Float64Array(rows)
      for (let i = 0; i < rows; i++) classes[i] = argmax(margins, i * groups, groups)
      return float64Vector(float64Type, classes)
    }
    if (name === 'probabilities') for (let i = 0; i < rows; i++) softmax(margins, i * groups, groups, values)
    else if (name === 'margin') values.set(margins)
    else if (objective.task === 'hinge') for (let i = 0; i < values.length; i++) values[i] = margins[i] > 0 ? 1 : 0
    else {
      const link = name === 'probability' ? 'logistic' : objective.link
      for (let i = 0; i < values.length; i++) values[i] = fromMargin(margins[i], link)
    }
    return groups === 1 ? float64Vector(float64Type, values) : new Vector(vectorType(groups), rows, null, values)
  }
}

/**
 * `prediction` is what the library's predict() answers, except that a multi-class model gives the class and its
 * `probabilities` apart, whether it was trained as softmax or softprob.
 */
function outputsOf({ objective, groups }: Booster): ModelOutput[] {
  const type = groups === 1 ? float64Type : vectorType(groups)
  const output = (name: string, outputType = type): ModelOutput => ({ name, type: outputType, nullable: false })
  if (objective.task === 'classes') return [output('prediction', float64Type), output('probabilities'), output('margin')]
  if (objective.task === 'binary' && groups === 1) return [output('prediction'), output('probability'), output('margin')]
  return [output('prediction'), output('margin')]
}

type Gather = (from: number, to: number, column: MatrixColumn) => void

function gatherer(input: ModelInput, vector: Vector, index: CategoryIndex | undefined, isNumbered: boolean): Gather {
  if (index === undefined) return (from, to, column) => gatherNumbers(input.name, vector, from, to, column)
  const categories = new CategoryColumn(input.name, vector, index, isNumbered ? input.categories : undefined)
  return (from, to, column) => categories.gather(from, to, column)
}

function sumTrees(scorer: TreeScorer, gather: readonly Gather[], rows: number, margins: Float32Array): void {
  const { matrix, width, blockRows, ensemble: { groups } } = scorer
  for (let from = 0; from < rows; from += blockRows) {
    const to = Math.min(rows, from + blockRows)
    for (const { feature, column } of scorer.inputs) gather[feature](from, to, { matrix, offset: column, stride: width })
    // The library holds features in 32 bits, so that a value is compared as the nearest 32-bit float.
    for (let at = 0; at < (to - from) * width; at++) matrix[at] = Math.fround(matrix[at])
    scorer.prepare(to - from)
    scorer.sum(margins.subarray(from * groups, to * groups))
  }
}

function sumLinear(linear: LinearWeights, gather: readonly Gather[], rows: number, margins: Float32Array): void {
  const { features, groups } = linear
  const blockRows = Math.max(1, Math.min(256, Math.floor(maxBlockCells / Math.max(1, features))))
  const matrix = new Float32Array(blockRows * features)
  for (let from = 0; from < rows; from += blockRows) {
    const to = Math.min(rows, from + blockRows)
    gather.forEach((fill, f) => fill(from, to, { matrix, offset: f, stride: features }))
    addLinear(linear, matrix, to - from, margins.subarray(from * groups, to * groups))
  }
}

/** Sums bias and weighted features in 32 bits, feature after feature; a missing one adds nothing. */
function addLinear({ features, groups, weights }: LinearWeights, matrix: Float32Array, rows: number, sums: Float32Array): void {
  const bias = features * groups
  for (let row = 0; row < rows; row++) {
    for (let g = 0; g < groups; g++) {
      let sum = Math.fround(sums[row * groups + g] + weights[bias + g])
      for (let f = 0; f < features; f++) {
        const x = matrix[row * features + f]
        if (x === x) sum = Math.fround(sum + Math.fround(x * weights[f * groups + g]))
      }
      sums[row * groups + g] = sum
    }
  }
}
