import { categoryStep } from '../tree/category-sets.ts'
import { categorySplit, type TreeEnsemble } from '../tree/ensemble.ts'
import type { TreeScorer } from '../tree/scorer.ts'

const round = Math.fround

/**
 * Contributions of features by TreeSHAP, as `tree/shap.ts` computes them, but in 32-bit floats and in H2O's order of
 * operations: rounded after every one, other orders give other last digits. A node without training data sends half of it
 * each way, and counts as 0 in the mean.
 *
 * The lists of features on the way to a node lie one after the other in the same arrays, so that a row allocates nothing.
 */
export class Float32Explainer {
  readonly #ensemble: TreeEnsemble
  readonly #initial: number
  /** Per node, the mean of the leaves below it. */
  readonly #expected: Float32Array
  readonly #feature: Int32Array
  readonly #zero: Float32Array
  readonly #one: Float32Array
  readonly #weight: Float32Array
  #matrix: Float64Array = new Float64Array(0)
  #row = 0
  #out: Float32Array = new Float32Array(0)
  #at = 0

  /** `initial` is what the sum of the trees starts from. The ensemble has one sum, and is one that canExplain() accepts. */
  constructor(ensemble: TreeEnsemble, initial: number) {
    this.#ensemble = ensemble
    this.#initial = round(initial)
    this.#expected = expectedValues(ensemble)
    const depth = deepest(ensemble)
    const size = ((depth + 2) * (depth + 3)) / 2
    this.#feature = new Int32Array(size)
    this.#zero = new Float32Array(size)
    this.#one = new Float32Array(size)
    this.#weight = new Float32Array(size)
  }

  /** Writes the contributions of the rows in the scorer's matrix: per row one per feature, and the mean behind them. */
  explain(scorer: TreeScorer, rows: number, out: Float32Array): void {
    const { roots, features } = this.#ensemble
    this.#matrix = scorer.matrix
    this.#out = out
    for (let row = 0; row < rows; row++) {
      this.#row = row * scorer.width
      this.#at = row * (features + 1)
      out.fill(0, this.#at, this.#at + features)
      out[this.#at + features] = this.#initial
      for (const root of roots) {
        out[this.#at + features] += this.#expected[root]
        this.#visit(root, 0, 0, 1, 1, -1)
      }
    }
  }

  /** `length` features lead to this node, those of its parent from `parent` on; the last one is given apart. */
  #visit(node: number, length: number, parent: number, zero: number, one: number, feature: number): void {
    const from = parent + length
    for (let i = 0; i < length; i++) {
      this.#feature[from + i] = this.#feature[parent + i]
      this.#zero[from + i] = this.#zero[parent + i]
      this.#one[from + i] = this.#one[parent + i]
      this.#weight[from + i] = this.#weight[parent + i]
    }
    this.#extend(from, length, zero, one, feature)
    const { test, left, threshold, cover, sets, columns } = this.#ensemble
    const t = test[node]
    if (t < 0) {
      this.#addLeaf(from, length, this.#ensemble.leaf[node])
      return
    }
    const x = this.#matrix[this.#row + (t >> 1)]
    const step = (t & categorySplit) === 0 ? Number(x >= threshold[node]) : categoryStep(sets, threshold[node], x)
    const hot = left[node] + step
    const cold = left[node] + 1 - step
    const split = columns[t >> 1].feature
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
    const all = cover[node]
    const hotShare = all !== 0 ? round(cover[hot] / all) : 0.5
    const coldShare = all !== 0 ? round(cover[cold] / all) : 0.5
    this.#visit(hot, known + 1, from, round(hotShare * zeroBefore), oneBefore, split)
    this.#visit(cold, known + 1, from, round(coldShare * zeroBefore), 0, split)
  }

  #addLeaf(from: number, length: number, value: number): void {
    for (let i = 1; i <= length; i++) {
      const at = from + i
      const share = round(this.#sumWithout(from, length, i) * round(this.#one[at] - this.#zero[at]))
      this.#out[this.#at + this.#feature[at]] += round(share * value)
    }
  }

  /** Adds a feature at the end. */
  #extend(from: number, length: number, zero: number, one: number, feature: number): void {
    const weight = this.#weight
    this.#feature[from + length] = feature
    this.#zero[from + length] = zero
    this.#one[from + length] = one
    weight[from + length] = length === 0 ? 1 : 0
    for (let i = length - 1; i >= 0; i--) {
      const before = weight[from + i]
      weight[from + i + 1] += round(round(round(one * before) * (i + 1)) / (length + 1))
      weight[from + i] = round(round(zero * before) * (length - i)) / (length + 1)
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
        weight[from + i] = round(next * (length + 1)) / round((i + 1) * one)
        next = round(before - round(round(round(weight[from + i] * zero) * (length - i)) / (length + 1)))
      } else if (zero !== 0) weight[from + i] = round(weight[from + i] * (length + 1)) / round(zero * (length - i))
      else weight[from + i] = 0
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
    let next = weight[from + length]
    let total = 0
    for (let i = length - 1; i >= 0; i--) {
      const share = round((length - i) / (length + 1))
      if (one !== 0) {
        const without = round(round(next * (length + 1)) / round((i + 1) * one))
        total = round(total + without)
        next = round(weight[from + i] - round(round(without * zero) * share))
      } else if (zero !== 0) total = round(total + round(round(weight[from + i] / zero) / share))
    }
    return total
  }
}

function deepest({ test, left }: TreeEnsemble): number {
  const depth = new Int32Array(test.length)
  let most = 0
  for (let node = 0; node < test.length; node++) {
    if (test[node] < 0) most = Math.max(most, depth[node])
    else depth[left[node]] = depth[left[node] + 1] = depth[node] + 1
  }
  return most
}

function expectedValues({ test, left, leaf, cover }: TreeEnsemble): Float32Array {
  const expected = new Float32Array(test.length)
  // Children have greater numbers than their parents.
  for (let node = test.length - 1; node >= 0; node--) {
    const a = left[node]
    if (cover[node] === 0) expected[node] = 0
    else if (test[node] < 0) expected[node] = leaf[node]
    else expected[node] = round(round(cover[a] * expected[a]) + round(cover[a + 1] * expected[a + 1])) / cover[node]
  }
  return expected
}
