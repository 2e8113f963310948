import { SetCollector } from './category-sets.ts'
import { ColumnCollector } from './columns.ts'
import { categorySplit, leafTest, maxSteps, maxTreeDepth, maxTreeNodes, type TreeEnsemble } from './ensemble.ts'
import { nextUp } from './next-up.ts'
import type { CategorySet, RawTree } from './raw-tree.ts'

export interface EnsembleShape {
  readonly features: number
  readonly groups: number
  /** How many nodes all trees have together, leaves and unreachable ones included. */
  readonly nodes: number
  /** Whether a value goes left when it is less than the threshold (XGBoost, H2O), or not greater (LightGBM, Spark). */
  readonly goesLeft: 'less' | 'notGreater'
  /** Whether every leaf has a number per group. */
  readonly leaves?: 'numbers' | 'vectors'
  /** Whether trees say how much training data went through their nodes. */
  readonly cover?: 'known' | 'unknown'
}

const maxFeature = 0x0fffffff

/** Collects trees into an ensemble. `fail` builds the error of the format at hand; it is thrown, never returned from. */
export class EnsembleBuilder {
  readonly #shape: EnsembleShape
  readonly #fail: (what: string) => Error
  readonly #arrays: NodeArrays
  readonly #roots: number[] = []
  readonly #groupOf: number[] = []
  readonly #columns = new ColumnCollector()
  readonly #sets: SetCollector
  readonly #vectors: Float64Array | undefined
  #vectorEnd = 0
  #nodes = 0
  #steps = 0

  constructor(shape: EnsembleShape, fail: (what: string) => Error) {
    const { features, groups, nodes } = shape
    if (features > maxFeature) throw fail(`it has ${features} features`)
    if (nodes > maxTreeNodes) throw fail(`it has ${nodes} nodes, the limit is ${maxTreeNodes}`)
    this.#shape = shape
    this.#fail = fail
    this.#sets = new SetCollector(fail)
    this.#arrays = nodeArrays(nodes, shape.cover === 'known' ? nodes : 0)
    if (shape.leaves === 'vectors') {
      if (nodes * groups > 8 * maxTreeNodes) throw fail(`its leaves have more than ${8 * maxTreeNodes} numbers`)
      this.#vectors = new Float64Array(nodes * groups)
    }
  }

  /**
   * Adds a tree to the sum of `group`. Only nodes that the root reaches are kept: files of pruned trees contain dead ones,
   * whose fields mean nothing.
   */
  add(tree: RawTree, group = 0): void {
    const name = `tree ${this.#roots.length}`
    const count = tree.left.length
    const groups = this.#shape.groups
    if (count === 0) throw this.#fail(`${name} has no nodes`)
    if (count > this.#shape.nodes - this.#nodes) throw this.#fail(`${name} has more nodes than were counted`)
    if (!(group >= 0 && group < groups)) throw this.#fail(`${name} belongs to output ${group}, but there are ${groups}`)
    this.#roots.push(this.#nodes)
    this.#groupOf.push(group)
    // Breadth first, so that the nodes near the root, which every row visits, lie together.
    const order = new Int32Array(count)
    const depth = new Int32Array(count)
    const base = this.#nodes
    let reached = 1
    for (let k = 0; k < reached; k++) {
      const node = order[k]
      const left = tree.left[node]
      const at = this.#nodes++
      this.#arrays.ids[at] = tree.ids === undefined ? node : tree.ids[node]
      if (this.#shape.cover === 'known') this.#arrays.cover[at] = this.#coverOf(tree, node, name)
      if (left === -1) {
        this.#addLeaf(tree, node, at, name)
        continue
      }
      const right = tree.right[node]
      // Children after their parent, each reached once: no circles, and `order` cannot overflow.
      if (left <= node || left >= count || right <= node || right >= count || left === right) {
        throw this.#fail(`${name} has children ${left} and ${right} at node ${node} of ${count}`)
      }
      if (reached + 2 > count || depth[left] !== 0 || depth[right] !== 0) throw this.#fail(`${name} reaches a node twice below node ${node}`)
      depth[left] = depth[right] = depth[node] + 1
      if (depth[left] > maxTreeDepth) throw this.#fail(`${name} is more than ${maxTreeDepth} levels deep`)
      this.#arrays.left[at] = base + reached
      this.#addSplit(tree, node, at, name)
      order[reached++] = left
      order[reached++] = right
    }
    this.#steps += depth[order[reached - 1]] + 1
    if (this.#steps > maxSteps) throw this.#fail(`one row may take more than ${maxSteps} steps through its trees`)
  }

  #coverOf(tree: RawTree, node: number, name: string): number {
    const cover = tree.cover?.[node] ?? NaN
    if (!(cover >= 0 && cover < Infinity)) throw this.#fail(`${name} has the cover ${cover} at node ${node}`)
    return cover
  }

  #addLeaf(tree: RawTree, node: number, at: number, name: string): void {
    this.#arrays.test[at] = leafTest
    this.#arrays.threshold[at] = NaN
    this.#arrays.left[at] = at
    if (this.#vectors === undefined) {
      this.#arrays.leaf[at] = this.#leafNumber(tree.leaf[node], node, name)
      return
    }
    const vector = tree.vectorOf?.(node)
    const groups = this.#shape.groups
    if (vector?.length !== groups) throw this.#fail(`${name} has ${vector?.length ?? 0} numbers at leaf ${node} instead of ${groups}`)
    this.#arrays.leaf[at] = this.#vectorEnd
    for (let g = 0; g < groups; g++) this.#vectors[this.#vectorEnd++] = this.#leafNumber(vector[g], node, name)
  }

  #leafNumber(value: number, node: number, name: string): number {
    if (Number.isNaN(value)) throw this.#fail(`${name} has no number at leaf ${node}`)
    return value
  }

  #addSplit(tree: RawTree, node: number, at: number, name: string): void {
    const feature = tree.feature[node]
    if (!(feature >= 0 && feature < this.#shape.features)) throw this.#fail(`${name} splits on feature ${feature} of ${this.#shape.features}`)
    const missingLeft = tree.defaultLeft[node] !== 0
    const split = tree.splitOf?.(node)
    if (split === undefined) this.#addNumeric(feature, tree.threshold[node], missingLeft, at, `${name} has no threshold at node ${node}`)
    else if (split === 'missing') this.#test(at, this.#columns.of(feature, 'only'), missingLeft ? NaN : 1)
    else this.#addCategories(feature, split, missingLeft, at, name)
  }

  /** Every kind of split becomes "right when the value is at least the threshold", NaN being less than all. */
  #addNumeric(feature: number, value: number, missingLeft: boolean, at: number, hasNone: string): void {
    if (Number.isNaN(value)) throw this.#fail(hasNone)
    if (this.#shape.goesLeft === 'less') this.#test(at, this.#columns.of(feature, missingLeft ? 'left' : 'right'), value)
    // No value is greater than infinity: only a missing one can go right.
    else if (value === Infinity) this.#test(at, this.#columns.of(feature, 'only'), missingLeft ? NaN : 1)
    else this.#test(at, this.#columns.of(feature, missingLeft ? 'left' : 'right'), nextUp(value))
  }

  #addCategories(feature: number, set: CategorySet, missingLeft: boolean, at: number, name: string): void {
    this.#test(at, this.#columns.of(feature, 'left'), this.#sets.add(set, !missingLeft, name))
    this.#arrays.test[at] |= categorySplit
  }

  #test(at: number, column: number, threshold: number): void {
    this.#arrays.test[at] = column << 1
    this.#arrays.threshold[at] = threshold
  }

  finish(): TreeEnsemble {
    const { features, groups } = this.#shape
    const nodes = this.#nodes
    const { test, threshold, left, leaf, ids, cover } = this.#arrays
    return {
      features,
      groups,
      columns: this.#columns.finish(),
      roots: Int32Array.from(this.#roots),
      groupOf: Int32Array.from(this.#groupOf),
      test: test.subarray(0, nodes),
      threshold: threshold.subarray(0, nodes),
      left: left.subarray(0, nodes),
      leaf: leaf.subarray(0, nodes),
      vectors: this.#vectors?.slice(0, this.#vectorEnd),
      ids: ids.subarray(0, nodes),
      cover: cover.subarray(0, nodes),
      sets: this.#sets.finish(),
    }
  }
}

type NodeArrays = Pick<TreeEnsemble, 'test' | 'threshold' | 'left' | 'leaf' | 'ids' | 'cover'>

function nodeArrays(nodes: number, covers: number): NodeArrays {
  return {
    test: new Int32Array(nodes),
    threshold: new Float64Array(nodes),
    left: new Int32Array(nodes),
    leaf: new Float64Array(nodes),
    ids: new Int32Array(nodes),
    cover: new Float64Array(covers),
  }
}
