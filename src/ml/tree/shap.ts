import { categoryStep } from './category-sets.ts'
import { categorySplit, type TreeEnsemble } from './ensemble.ts'
import type { TreeScorer } from './scorer.ts'
import { type LeafPaths, leafPaths, maxBits } from './shap-paths.ts'
import { LeafWeights } from './shap-weights.ts'

export { canExplain } from './shap-paths.ts'

/** Cells of the buffer that says, per node and row, which questions the row has passed. */
const maxPassedCells = 1 << 20
/** A leaf's results are kept by which of its features pass, up to this many features and numbers in all. */
const maxKeptFeatures = 10
const maxKept = 4 * 1024 * 1024
/** A table of a leaf before anything is in it. */
const noTable = new Int32Array(0)

/**
 * How much each feature moved a row's sum away from its mean over the training data: exact Shapley values of the
 * path-dependent kind, as LightGBM, XGBoost and H2O compute them. LeafWeights has the formula.
 *
 * A row passes a feature on the way to a leaf when all its splits there send the row along. Which features pass is a bit
 * pattern per node, handed from parent to child for a block of rows; what a leaf adds depends on its pattern alone, and is
 * computed once for each that occurs.
 */
export class TreeExplainer {
  readonly #ensemble: TreeEnsemble
  readonly #paths: LeafPaths
  readonly #weights: LeafWeights
  /** Per leaf: where the results for each pattern are in `kept`, plus 1; 0 where they are not yet. */
  readonly #tables: Int32Array[]
  #kept = new Float64Array(1024)
  #keptEnd = 0
  readonly #passes: Uint8Array
  readonly #result: Float64Array
  #passed = new Int32Array(0)

  /** `positionOf` tells where a feature's contribution goes; the mean goes behind the last. The ensemble is one that canExplain() accepts. */
  constructor(ensemble: TreeEnsemble, positionOf: (feature: number) => number = feature => feature) {
    this.#ensemble = ensemble
    this.#paths = leafPaths(ensemble, Int32Array.from(ensemble.columns, c => positionOf(c.feature)))
    const longest = this.#paths.longest.reduce((a, b) => Math.max(a, b), 0)
    this.#weights = new LeafWeights(longest)
    this.#tables = new Array<Int32Array>(ensemble.test.length).fill(noTable)
    this.#passes = new Uint8Array(longest)
    this.#result = new Float64Array(longest)
  }

  /** Adds the contributions of the rows in the scorer's matrix to `out`: per row, per group, `positions` numbers and the mean. */
  add(scorer: TreeScorer, rows: number, positions: number, out: Float64Array): void {
    const { roots, groupOf, groups, test } = this.#ensemble
    const width = positions + 1
    for (let tree = 0; tree < roots.length; tree++) {
      const root = roots[tree]
      const end = tree + 1 < roots.length ? roots[tree + 1] : test.length
      const mean = this.#paths.mean[root]
      for (let row = 0; row < rows; row++) out[(row * groups + groupOf[tree]) * width + positions] += mean
      if (test[root] < 0) continue
      const target: Target = { out, first: groupOf[tree] * width, stride: groups * width }
      if (this.#paths.longest[tree] > maxBits) this.#addDeepTree(root, scorer, rows, target)
      else this.#addTree(root, end, scorer, rows, target)
    }
  }

  #addTree(root: number, end: number, { matrix, width }: TreeScorer, rows: number, target: Target): void {
    const { test } = this.#ensemble
    const nodes = end - root
    const block = Math.max(1, Math.min(rows, Math.floor(maxPassedCells / nodes)))
    if (this.#passed.length < nodes * block) this.#passed = new Int32Array(nodes * block)
    for (let from = 0; from < rows; from += block) {
      const count = Math.min(block, rows - from)
      this.#passed.fill(0, 0, count)
      for (let node = root; node < end; node++) {
        if (test[node] < 0) this.#addLeaf(node, (node - root) * count, count, target, from)
        else this.#pass(node, root, matrix, from, width, count)
      }
    }
  }

  /** Hands the patterns of a split down to its children. */
  #pass(node: number, root: number, matrix: Float64Array, from: number, width: number, count: number): void {
    const { test, threshold, left, sets } = this.#ensemble
    const passed = this.#passed
    const bit = 1 << this.#paths.place[node]
    const added = this.#paths.isNew[node] === 1 ? bit : 0
    const isSet = (test[node] & categorySplit) !== 0
    const own = (node - root) * count
    const children = (left[node] - root) * count
    for (let row = 0, at = from * width + (test[node] >> 1); row < count; row++, at += width) {
      const x = matrix[at]
      const step = isSet ? categoryStep(sets, threshold[node], x) : Number(x >= threshold[node])
      const before = passed[own + row]
      passed[children + row + step * count] = before | added
      passed[children + row + (1 - step) * count] = before & ~bit
    }
  }

  #addLeaf(node: number, at: number, count: number, { out, first, stride }: Target, from: number): void {
    const { position, first: firstOf, size } = this.#paths
    const n = size[node]
    const start = firstOf[node]
    for (let row = 0; row < count; row++) {
      const kept = this.#resultOf(node, n, this.#passed[at + row])
      const values = kept < 0 ? this.#result : this.#kept
      const begin = Math.max(0, kept)
      const to = first + (from + row) * stride
      for (let i = 0; i < n; i++) out[to + position[start + i]] += values[begin + i]
    }
  }

  /** Where the results of a pattern are in `kept`, or −1 when they are in `result`, there being no more room. */
  #resultOf(node: number, n: number, pattern: number): number {
    let table = this.#tables[node]
    if (table.length === 0 && n <= maxKeptFeatures && this.#keptEnd < maxKept) this.#tables[node] = table = new Int32Array(1 << n)
    const known = table.length === 0 ? 0 : table[pattern]
    if (known !== 0) return known - 1
    const canKeep = table.length > 0 && this.#keptEnd + n <= maxKept
    if (canKeep && this.#keptEnd + n > this.#kept.length) {
      const grown = new Float64Array(this.#kept.length * 2)
      grown.set(this.#kept)
      this.#kept = grown
    }
    for (let i = 0; i < n; i++) this.#passes[i] = (pattern >>> i) & 1
    const at = canKeep ? this.#keptEnd : 0
    this.#weights.contributions(this.#ensemble.leaf[node], n, this.#paths.share, this.#paths.first[node], this.#passes, canKeep ? this.#kept : this.#result, at)
    if (!canKeep) return -1
    table[pattern] = at + 1
    this.#keptEnd += n
    return at
  }

  /** The same for trees with more features on a way than an integer has bits: row by row, way by way. */
  #addDeepTree(root: number, scorer: TreeScorer, rows: number, target: Target): void {
    for (let row = 0; row < rows; row++) this.#visit(root, scorer.matrix, row * scorer.width, target, target.first + row * target.stride)
  }

  #visit(node: number, matrix: Float64Array, row: number, target: Target, to: number): void {
    const { test, threshold, left, sets, leaf } = this.#ensemble
    const { place, isNew, first, size, share, position } = this.#paths
    if (test[node] < 0) {
      const n = size[node]
      this.#weights.contributions(leaf[node], n, share, first[node], this.#passes, this.#result, 0)
      for (let i = 0; i < n; i++) target.out[to + position[first[node] + i]] += this.#result[i]
      return
    }
    const x = matrix[row + (test[node] >> 1)]
    const step = (test[node] & categorySplit) !== 0 ? categoryStep(sets, threshold[node], x) : Number(x >= threshold[node])
    const at = place[node]
    const before = isNew[node] === 1 ? 1 : this.#passes[at]
    for (let side = 0; side < 2; side++) {
      this.#passes[at] = side === step ? before : 0
      this.#visit(left[node] + side, matrix, row, target, to)
    }
    this.#passes[at] = before
  }
}

/** Where a tree's contributions go: those of row i from `out[first + i * stride]` on. */
interface Target {
  readonly out: Float64Array
  readonly first: number
  readonly stride: number
}
