import { arrayType, float64Type, vectorType } from '../../columnar/data-type.ts'
import { float64Vector, Vector } from '../../columnar/vector.ts'
import { CategoryIndex } from '../category-index.ts'
import { unknownOutput } from '../errors.ts'
import { columnGatherers, type Gather } from '../gather.ts'
import type { Model, ModelDigest, ModelSignature, Scored } from '../model.ts'
import { unknownCategories } from '../unknown-categories.ts'
import { TreeScorer } from '../tree/scorer.ts'
import { canExplain, TreeExplainer } from '../tree/shap.ts'
import type { Booster } from './booster.ts'
import { LinearScorer } from './linear.ts'
import { argmax, fromMargin, softmax } from './objective.ts'
import { outputsOf } from './outputs.ts'

/** What one call computes; undefined where it was not asked for. All row-major. */
interface Results {
  readonly margins: Float32Array
  readonly leaves: Float64Array | undefined
  readonly contributions: Float64Array | undefined
}

/** A loaded XGBoost booster. Scores are 32-bit floats as in the library, widened to 64 bits. */
export class XGBoostModel implements Model {
  readonly digest: ModelDigest
  readonly signature: ModelSignature
  readonly #booster: Booster
  /** Per input: looks up the categories of strings; undefined for numbers. */
  readonly #indexes: readonly (CategoryIndex | undefined)[]
  readonly #trees: TreeScorer | undefined
  readonly #linear: LinearScorer | undefined
  #explainer: TreeExplainer | undefined

  constructor(digest: ModelDigest, booster: Booster) {
    const { inputs, isUnnamed, trees, linear } = booster
    this.digest = digest
    this.signature = { format: 'xgboost', inputs, outputs: outputsOf(booster), ...(isUnnamed ? { isUnnamed } : {}) }
    this.#booster = booster
    this.#indexes = inputs.map(({ kind, name, categories = [] }) => {
      if (kind !== 'category') return undefined
      const lookUp = booster.lookUps.get(name)
      return lookUp === undefined ? new CategoryIndex(categories) : new CategoryIndex([], lookUp)
    })
    this.#trees = trees === undefined ? undefined : new TreeScorer(trees)
    this.#linear = linear === undefined ? undefined : new LinearScorer(linear)
  }

  /** @throws AnalysisError ML_SCHEMA_MISMATCH for an output or a column type that the signature does not have */
  score(inputs: readonly Vector[], rows: number, outputs: readonly string[]): Scored {
    for (const name of outputs) {
      if (!this.signature.outputs.some(o => o.name === name)) throw unknownOutput(name, this.signature.outputs.map(o => o.name))
    }
    const { groups, baseMargins, numberedInputs, trees } = this.#booster
    const results: Results = {
      margins: repeated(baseMargins, new Float32Array(rows * groups)),
      leaves: outputs.includes('leaves') && trees !== undefined ? new Float64Array(rows * trees.roots.length) : undefined,
      contributions: outputs.includes('contributions') ? this.#newContributions(rows) : undefined,
    }
    const gather = columnGatherers(this.signature.inputs, inputs, this.#indexes, numberedInputs)
    if (this.#trees !== undefined) this.#scoreTrees(this.#trees, gather, rows, results)
    if (this.#linear !== undefined) this.#scoreLinear(this.#linear, gather, rows, results)
    return { vectors: outputs.map(name => this.#output(name, results, rows)) }
  }

  unknownCategories(input: number, vector: Vector): Int32Array {
    const { inputs } = this.signature
    return unknownCategories(inputs[input], this.#indexes[input] ?? new CategoryIndex([]), this.#booster.numberedInputs.has(inputs[input].name), vector)
  }

  close(): void {}

  #scoreTrees(scorer: TreeScorer, gather: readonly Gather[], rows: number, { margins, leaves, contributions }: Results): void {
    const { matrix, width, blockRows, ensemble } = scorer
    const { groups, roots } = ensemble
    const features = this.signature.inputs.length
    for (let from = 0; from < rows; from += blockRows) {
      const to = Math.min(rows, from + blockRows)
      for (const { feature, column } of scorer.inputs) gather[feature](from, to, { matrix, offset: column, stride: width })
      // The library holds features in 32 bits, so that a value is compared as the nearest 32-bit float.
      for (let at = 0; at < (to - from) * width; at++) matrix[at] = Math.fround(matrix[at])
      scorer.prepare(to - from)
      scorer.sum(margins.subarray(from * groups, to * groups))
      if (leaves !== undefined) scorer.leafIds(leaves.subarray(from * roots.length, to * roots.length))
      if (contributions === undefined) continue
      this.#explainer ??= new TreeExplainer(ensemble)
      const each = groups * (features + 1)
      this.#explainer.add(scorer, to - from, features, contributions.subarray(from * each, to * each))
    }
  }

  #scoreLinear(scorer: LinearScorer, gather: readonly Gather[], rows: number, { margins, contributions }: Results): void {
    const { groups } = this.#booster
    const each = groups * (this.signature.inputs.length + 1)
    for (let from = 0; from < rows; from += scorer.blockRows) {
      const to = Math.min(rows, from + scorer.blockRows)
      scorer.gather(gather, from, to)
      scorer.sum(to - from, margins.subarray(from * groups, to * groups))
      if (contributions !== undefined) scorer.explain(to - from, contributions.subarray(from * each, to * each))
    }
  }

  /** Zeros, and where each sum starts as the bias, which stands last. */
  #newContributions(rows: number): Float64Array {
    const { groups, baseMargins, trees } = this.#booster
    const width = this.signature.inputs.length + 1
    const out = new Float64Array(rows * groups * width)
    if (trees !== undefined && !canExplain(trees)) return out
    for (let k = 0; k < rows * groups; k++) out[k * width + width - 1] = baseMargins[k % groups]
    return out
  }

  #output(name: string, { margins, leaves, contributions }: Results, rows: number): Vector {
    const { groups, objective } = this.#booster
    if (leaves !== undefined && name === 'leaves') return vectorOf(leaves, rows, leaves.length / Math.max(1, rows))
    if (contributions !== undefined && name === 'contributions') return nested(contributions.map(Math.fround), rows, groups, this.signature.inputs.length + 1)
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
    return vectorOf(values, rows, groups)
  }
}

function repeated(values: Float32Array, out: Float32Array): Float32Array {
  for (let i = 0; i < out.length; i++) out[i] = values[i % values.length]
  return out
}

function vectorOf(values: Float64Array, rows: number, width: number): Vector {
  return width === 1 ? float64Vector(float64Type, values) : new Vector(vectorType(width), rows, null, values)
}

/** One vector a row, or with several groups an array of one vector per group. */
function nested(values: Float64Array, rows: number, groups: number, width: number): Vector {
  const vectors = new Vector(vectorType(width), rows * groups, null, values)
  if (groups === 1) return vectors
  const offsets = Int32Array.from({ length: rows + 1 }, (_, row) => row * groups)
  return new Vector(arrayType(vectorType(width), false), rows, null, null, offsets, [vectors])
}
