import { float64Type, vectorType } from '../../columnar/data-type.ts'
import { float64Vector, Vector } from '../../columnar/vector.ts'
import { CategoryIndex } from '../category-index.ts'
import { unknownOutput } from '../errors.ts'
import { columnGatherers, type Gather } from '../gather.ts'
import type { Model, ModelDigest, ModelSignature, Scored } from '../model.ts'
import { unknownCategories } from '../unknown-categories.ts'
import { TreeScorer } from '../tree/scorer.ts'
import { TreeExplainer } from '../tree/shap.ts'
import { applyUse, type Booster } from './booster.ts'
import { addLinearTree, type LinearLeaves } from './linear-leaves.ts'
import { applyLink } from './objective.ts'
import { outputsOf } from './outputs.ts'

/** What one call computes; undefined where it was not asked for. All row-major. */
interface Results {
  readonly sums: Float64Array
  readonly leaves: Float64Array | undefined
  readonly contributions: Float64Array | undefined
}

/** A loaded LightGBM booster. Everything is in 64-bit floats, summed tree after tree, as in the library. */
export class LightGBMModel implements Model {
  readonly digest: ModelDigest
  readonly signature: ModelSignature
  readonly #booster: Booster
  readonly #indexes: readonly (CategoryIndex | undefined)[]
  readonly #scorer: TreeScorer
  /** Values that linear leaves multiply, a column per feature. */
  readonly #linearValues: Float64Array
  #explainer: TreeExplainer | undefined

  constructor(digest: ModelDigest, booster: Booster) {
    const { inputs, isUnnamed, trees, linear } = booster
    this.digest = digest
    this.signature = { format: 'lightgbm', inputs, outputs: outputsOf(booster), ...(isUnnamed ? { isUnnamed } : {}) }
    this.#booster = booster
    this.#indexes = inputs.map(input => (input.kind === 'category' ? new CategoryIndex(input.categories ?? []) : undefined))
    this.#scorer = new TreeScorer(trees)
    this.#linearValues = new Float64Array((linear?.features.length ?? 0) * this.#scorer.blockRows)
  }

  /** @throws AnalysisError ML_SCHEMA_MISMATCH for an output or a column type that the signature does not have */
  score(inputs: readonly Vector[], rows: number, outputs: readonly string[]): Scored {
    for (const name of outputs) {
      if (!this.signature.outputs.some(o => o.name === name)) throw unknownOutput(name, this.signature.outputs.map(o => o.name))
    }
    const { groups, numberedInputs, trees } = this.#booster
    const gather = columnGatherers(this.signature.inputs, inputs, this.#indexes, numberedInputs)
    const results: Results = {
      sums: new Float64Array(rows * groups),
      leaves: outputs.includes('leaves') ? new Float64Array(rows * trees.roots.length) : undefined,
      contributions: outputs.includes('contributions') ? new Float64Array(rows * groups * (inputs.length + 1)) : undefined,
    }
    const { blockRows } = this.#scorer
    for (let from = 0; from < rows; from += blockRows) this.#scoreBlock(gather, from, Math.min(rows, from + blockRows), results)
    return { vectors: outputs.map(name => this.#output(name, results, rows)) }
  }

  unknownCategories(input: number, vector: Vector): Int32Array {
    const { inputs } = this.signature
    return unknownCategories(inputs[input], this.#indexes[input] ?? new CategoryIndex([]), this.#booster.numberedInputs.has(inputs[input].name), vector)
  }

  close(): void {}

  #scoreBlock(gather: readonly Gather[], from: number, to: number, { sums, leaves, contributions }: Results): void {
    const { uses, linear, groups, trees } = this.#booster
    const scorer = this.#scorer
    const { matrix, width } = scorer
    const rows = to - from
    for (const { feature, column } of scorer.inputs) {
      const use = uses[feature]
      gather[use.feature](from, to, { matrix, offset: column, stride: width })
      applyUse(use, matrix, column, width, rows)
    }
    scorer.prepare(rows)
    const blockSums = sums.subarray(from * groups, to * groups)
    if (linear === undefined) scorer.sum(blockSums)
    else this.#sumLinear(linear, gather, from, to, blockSums)
    if (leaves !== undefined) scorer.leafIds(leaves.subarray(from * trees.roots.length, to * trees.roots.length))
    if (contributions === undefined) return
    const features = this.signature.inputs.length
    const each = groups * (features + 1)
    this.#explainer ??= new TreeExplainer(trees, use => uses[use].feature)
    this.#explainer.add(scorer, rows, features, contributions.subarray(from * each, to * each))
  }

  #sumLinear(linear: LinearLeaves, gather: readonly Gather[], from: number, to: number, sums: Float64Array): void {
    const { trees, groups } = this.#booster
    const values = this.#linearValues
    linear.features.forEach((feature, offset) => gather[feature](from, to, { matrix: values, offset, stride: linear.features.length }))
    for (let tree = 0; tree < trees.roots.length; tree++) {
      if (linear.isLinear[tree] === 0) this.#scorer.sumTree(tree, sums)
      else addLinearTree(linear, tree, { leaves: this.#scorer.leavesOf(tree), ids: trees.ids, leaf: trees.leaf }, values, to - from, { sums, groups, group: trees.groupOf[tree] })
    }
  }

  #output(name: string, { sums, leaves, contributions }: Results, rows: number): Vector {
    const { groups, objective, averageOver } = this.#booster
    if (leaves !== undefined && name === 'leaves') return new Vector(vectorType(this.#booster.trees.roots.length), rows, null, leaves)
    if (contributions !== undefined && name === 'contributions') return new Vector(vectorType(groups * (this.signature.inputs.length + 1)), rows, null, contributions)
    const values = sums.slice()
    if (name !== 'margin') {
      // The library's raw score of a random forest is the sum, its prediction comes from the mean.
      if (averageOver !== undefined) for (let i = 0; i < values.length; i++) values[i] /= averageOver
      applyLink(objective, values, groups)
    }
    if (name === 'prediction' && objective.task === 'classes') return float64Vector(float64Type, classes(values, groups))
    return groups === 1 ? float64Vector(float64Type, values) : new Vector(vectorType(groups), rows, null, values)
  }
}

/** Per row the class with the greatest value; of equal ones the first. */
function classes(values: Float64Array, groups: number): Float64Array {
  const out = new Float64Array(values.length / groups)
  for (let row = 0; row < out.length; row++) {
    let best = 0
    for (let c = 1; c < groups; c++) if (values[row * groups + c] > values[row * groups + best]) best = c
    out[row] = best
  }
  return out
}
