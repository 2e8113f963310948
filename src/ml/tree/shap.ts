import { categoryStep } from './category-sets.ts'
import { categorySplit, type TreeEnsemble } from './ensemble.ts'
import type { TreeScorer } from './scorer.ts'

/** Most steps (leaves times squared depth, over all trees) for one row: about a second. */
const maxExplainSteps = 200_000_000

/** Whether contributions can be computed: covers are known, leaves are single numbers, and no row takes seconds. */
export function canExplain(ensemble: TreeEnsemble): boolean {
  if (ensemble.cover.length !== ensemble.test.length || ensemble.vectors !== undefined) return false
  const { left, test } = ensemble
  const depth = new Int32Array(test.length)
  let steps = 0
  for (let node = 0; node < test.length; node++) {
    if (test[node] < 0) steps += (depth[node] + 1) ** 2
    else depth[left[node]] = depth[left[node] + 1] = depth[node] + 1
  }
  return steps <= maxExplainSteps
}

/**
 * How much each feature moved a row's sum away from its mean over the training data: exact Shapley values by the
 * path-dependent TreeSHAP algorithm (Lundberg, Erion and Lee, "Consistent individualized feature attribution for tree
 * ensembles", algorithm 2), as LightGBM, XGBoost and H2O compute them.
 *
 * A way from the root to a node is kept as a list of the distinct features on it. `zero` is the share of training data
 * that goes on when the feature is unknown, `one` is 1 while the row itself goes this way, and `weight` holds, for each
 * number of known features, the weight of all their subsets. The lists of nested calls lie one after the other in the same
 * arrays, so that a row allocates nothing.
 */
export class TreeExplainer {
  readonly #ensemble: TreeEnsemble
  /** Per column of the matrix: the position among a row's contributions. */
  readonly #positionOf: Int32Array
  readonly #expected: Float64Array
  readonly #feature: Int32Array
  readonly #zero: Float64Array
  readonly #one: Float64Array
  readonly #weight: Float64Array
  #matrix: Float64Array = new Float64Array(0)
  #row = 0
  #out: Float64Array = new Float64Array(0)
  #at = 0

  /** `positionOf` tells where a feature's contribution goes; the mean goes behind the last. The ensemble is one that canExplain() accepts. */
  constructor(ensemble: TreeEnsemble, positionOf: (feature: number) => number = feature => feature) {
    this.#ensemble = ensemble
    this.#positionOf = Int32Array.from(ensemble.columns, c => positionOf(c.feature))
    const { depth, expected } = measure(ensemble)
    this.#expected = expected
    const size = ((depth + 2) * (depth + 3)) / 2
    this.#feature = new Int32Array(size)
    this.#zero = new Float64Array(size)
    this.#one = new Float64Array(size)
    this.#weight = new Float64Array(size)
  }

  /**
   * Adds the contributions of the rows in the scorer's matrix to `out`: per row, per group, `positions` numbers and the
   * mean.
   */
  add(scorer: TreeScorer, rows: number, positions: number, out: Float64Array): void {
    const { roots, groupOf, groups, test } = this.#ensemble
    const width = positions + 1
    this.#matrix = scorer.matrix
    this.#out = out
    for (let tree = 0; tree < roots.length; tree++) {
      const expected = this.#expected[roots[tree]]
      for (let row = 0; row < rows; row++) {
        this.#at = (row * groups + groupOf[tree]) * width
        out[this.#at + positions] += expected
        if (test[roots[tree]] < 0) continue
        this.#row = row * scorer.width
        this.#visit(roots[tree], 0, 0, 1, 1, -1)
      }
    }
  }

  /** `length` features lead to this node, those of its parent from `parent` on; the last one is given apart. */
  #visit(node: number, length: number, parent: number, zero: number, one: number, feature: number): void {
    const { test, left, threshold, cover, leaf, sets } = this.#ensemble
    const from = parent + length
    for (let i = 0; i < length; i++) {
      this.#feature[from + i] = this.#feature[parent + i]
      this.#zero[from + i] = this.#zero[parent + i]
      this.#one[from + i] = this.#one[parent + i]
      this.#weight[from + i] = this.#weight[parent + i]
    }
    this.#extend(from, length, zero, one, feature)
    const t = test[node]
    if (t < 0) {
      for (let i = 1; i <= length; i++) {
        const at = from + i
        this.#out[this.#at + this.#feature[at]] += this.#sumWithout(from, length, i) * (this.#one[at] - this.#zero[at]) * leaf[node]
      }
      return
    }
    const x = this.#matrix[this.#row + (t >> 1)]
    const step = (t & categorySplit) === 0 ? Number(x >= threshold[node]) : categoryStep(sets, threshold[node], x)
    const hot = left[node] + step
    const cold = left[node] + 1 - step
    const split = this.#positionOf[t >> 1]
    let known = length
    let zeroBefore = 1
    let oneBefore = 1
    for (let i = 1; i <= length; i++) {
      if (this.#feature[from + i] !== split) continue
      // The feature was asked for before: its two questions become one.
      zeroBefore = this.#zero[from + i]
      oneBefore = this.#one[from + i]
      this.#unwind(from, length, i)
      known = length - 1
      break
    }
    this.#visit(hot, known + 1, from, (cover[hot] / cover[node]) * zeroBefore, oneBefore, split)
    this.#visit(cold, known + 1, from, (cover[cold] / cover[node]) * zeroBefore, 0, split)
  }

  /** Adds a feature at the end. */
  #extend(from: number, length: number, zero: number, one: number, feature: number): void {
    const weight = this.#weight
    this.#feature[from + length] = feature
    this.#zero[from + length] = zero
    this.#one[from + length] = one
    weight[from + length] = length === 0 ? 1 : 0
    for (let i = length - 1; i >= 0; i--) {
      weight[from + i + 1] += (one * weight[from + i] * (i + 1)) / (length + 1)
      weight[from + i] = (zero * weight[from + i] * (length - i)) / (length + 1)
    }
  }

  /** Takes feature `index` out again, as if it had never been added. */
  #unwind(from: number, length: number, index: number): void {
    const weight = this.#weight
    const one = this.#one[from + index]
    const zero = this.#zero[from + index]
    let next = weight[from + length]
    for (let i = length - 1; i >= 0; i--) {
      if (one !== 0) {
        const before = weight[from + i]
        weight[from + i] = (next * (length + 1)) / ((i + 1) * one)
        next = before - (weight[from + i] * zero * (length - i)) / (length + 1)
      } else weight[from + i] = (weight[from + i] * (length + 1)) / (zero * (length - i))
    }
    for (let i = index; i < length; i++) {
      this.#feature[from + i] = this.#feature[from + i + 1]
      this.#zero[from + i] = this.#zero[from + i + 1]
      this.#one[from + i] = this.#one[from + i + 1]
    }
  }

  /** The sum of the weights that unwind() would leave. */
  #sumWithout(from: number, length: number, index: number): number {
    const weight = this.#weight
    const one = this.#one[from + index]
    const zero = this.#zero[from + index]
    let total = 0
    if (one !== 0) {
      let next = weight[from + length]
      for (let i = length - 1; i >= 0; i--) {
        const without = (next * (length + 1)) / ((i + 1) * one)
        total += without
        next = weight[from + i] - without * zero * ((length - i) / (length + 1))
      }
    } else for (let i = length - 1; i >= 0; i--) total += weight[from + i] / (zero * ((length - i) / (length + 1)))
    return total
  }
}

/** The longest way through any tree, and per node the mean of the leaves below it over the training data. */
function measure({ test, left, leaf, cover }: TreeEnsemble): { depth: number; expected: Float64Array } {
  const depth = new Int32Array(test.length)
  const expected = new Float64Array(test.length)
  let deepest = 0
  for (let node = 0; node < test.length; node++) {
    if (test[node] < 0) deepest = Math.max(deepest, depth[node])
    else depth[left[node]] = depth[left[node] + 1] = depth[node] + 1
  }
  // Children have greater numbers than their parents.
  for (let node = test.length - 1; node >= 0; node--) {
    const a = left[node]
    expected[node] = test[node] < 0 ? leaf[node] : (expected[a] * cover[a] + expected[a + 1] * cover[a + 1]) / cover[node]
  }
  return { depth: deepest, expected }
}
