/**
 * Decision trees of any family as flat arrays: node i of every tree in one numbering. What remains of a model file once
 * it has been checked; nothing in here can send the evaluator out of bounds or round in a circle.
 */
export interface TreeEnsemble {
  /** Width of a row of the feature matrix. */
  readonly features: number
  /** How many sums a row has: 1, or one per class or target. */
  readonly groups: number
  /** First node of each tree, in the order in which trees are summed. */
  readonly roots: Int32Array
  /** The sum that each tree adds to. */
  readonly groupOf: Int32Array
  /**
   * Per node: four times the feature that it asks for, plus {@link categorySplit} and {@link missingRight} where they
   * apply; {@link leafTest} at a leaf.
   */
  readonly test: Int32Array
  /** Per node: a value goes left when it is less than this. NaN at leaves and splits on categories. */
  readonly threshold: Float32Array
  /** Per node: the left child; the right one follows it. A leaf is its own. */
  readonly left: Int32Array
  /** Per node: first word of its category set in `bits`, and how many words; a category in the set goes right. */
  readonly setStart: Int32Array
  readonly setWords: Int32Array
  readonly bits: Int32Array
  /** Per node: what a leaf adds. */
  readonly leaf: Float32Array
}

/** The bit of a test that marks a split on a set of categories. */
export const categorySplit = 2
/** The bit of a test that sends a missing value right; it must be the lowest, for it is added to the left child. */
export const missingRight = 1
/** The test of a leaf: negative, and otherwise empty. */
export const leafTest = -0x80000000

const maxFeature = 0x1fffffff

export const maxTreeNodes = 10_000_000
/** Longest path from a root to a leaf. Grown trees stay far below; a longer one is a chain made to be slow. */
export const maxTreeDepth = 1024
/** Sum of the longest paths of all trees: bounds the time of one row. */
export const maxSteps = 1_000_000
/** Categories from here on cannot be told apart in a 32-bit float. */
export const maxCategory = 16_777_216
const maxSetWords = 64 * 1024 * 1024

/** One tree as a file has it: arrays of equal length, node 0 is the root, −1 in `left` marks a leaf. */
export interface RawTree {
  readonly left: Int32Array
  readonly right: Int32Array
  readonly feature: Int32Array
  readonly threshold: Float32Array
  readonly defaultLeft: Uint8Array
  readonly leaf: Float32Array
  /** The categories that go right at this node; undefined where the split compares with the threshold. */
  categoriesOf(node: number): Int32Array | undefined
}

/** Collects trees into an ensemble. `fail` builds the error of the format at hand; it is thrown, never returned from. */
export class EnsembleBuilder {
  readonly #features: number
  readonly #groups: number
  readonly #fail: (what: string) => Error
  readonly #arrays: NodeArrays
  readonly #roots: number[] = []
  readonly #groupOf: number[] = []
  #bits: Int32Array = new Int32Array(64)
  #bitWords = 0
  #nodes = 0
  #steps = 0

  /** `nodes` is how many nodes all trees have together, leaves and unreachable ones included. */
  constructor(features: number, groups: number, nodes: number, fail: (what: string) => Error) {
    if (features > maxFeature) throw fail(`it has ${features} features`)
    if (nodes > maxTreeNodes) throw fail(`it has ${nodes} nodes, the limit is ${maxTreeNodes}`)
    this.#features = features
    this.#groups = groups
    this.#fail = fail
    this.#arrays = nodeArrays(nodes)
  }

  /**
   * Adds a tree. Only nodes that the root reaches are kept: files of pruned trees contain dead ones, whose fields mean
   * nothing. `scale` multiplies its leaves.
   */
  add(tree: RawTree, group: number, scale = 1): void {
    const name = `tree ${this.#roots.length}`
    const count = tree.left.length
    if (count === 0) throw this.#fail(`${name} has no nodes`)
    if (group < 0 || group >= this.#groups) throw this.#fail(`${name} belongs to output ${group}, but there are ${this.#groups}`)
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
      if (left === -1) {
        this.#addLeaf(tree, node, scale, name)
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
      this.#addSplit(tree, node, base + reached, name)
      order[reached++] = left
      order[reached++] = right
    }
    this.#steps += depth[order[reached - 1]] + 1
    if (this.#steps > maxSteps) throw this.#fail(`one row may take more than ${maxSteps} steps through its trees`)
  }

  #addLeaf(tree: RawTree, node: number, scale: number, name: string): void {
    const value = tree.leaf[node]
    if (Number.isNaN(value)) throw this.#fail(`${name} has no number at leaf ${node}`)
    const at = this.#nodes++
    this.#arrays.test[at] = leafTest
    this.#arrays.threshold[at] = NaN
    this.#arrays.left[at] = at
    this.#arrays.leaf[at] = value * scale
  }

  #addSplit(tree: RawTree, node: number, left: number, name: string): void {
    const feature = tree.feature[node]
    if (feature < 0 || feature >= this.#features) throw this.#fail(`${name} splits on feature ${feature} of ${this.#features}`)
    const at = this.#nodes++
    const arrays = this.#arrays
    const categories = tree.categoriesOf(node)
    arrays.test[at] = (feature << 2) | (categories === undefined ? 0 : categorySplit) | (tree.defaultLeft[node] === 0 ? missingRight : 0)
    arrays.left[at] = left
    if (categories === undefined) {
      if (Number.isNaN(tree.threshold[node])) throw this.#fail(`${name} has no threshold at node ${node}`)
      arrays.threshold[at] = tree.threshold[node]
      return
    }
    arrays.threshold[at] = NaN
    arrays.setStart[at] = this.#bitWords
    arrays.setWords[at] = this.#addSet(categories, name)
  }

  #addSet(categories: Int32Array, name: string): number {
    let max = -1
    for (const category of categories) {
      if (category < 0 || category >= maxCategory) throw this.#fail(`${name} splits on category ${category}`)
      if (category > max) max = category
    }
    const words = (max >> 5) + 1
    const total = this.#bitWords + words
    if (total > maxSetWords) throw this.#fail('its category sets are too large')
    if (total > this.#bits.length) {
      const bigger = new Int32Array(Math.max(total, this.#bits.length * 2))
      bigger.set(this.#bits)
      this.#bits = bigger
    }
    for (const category of categories) this.#bits[this.#bitWords + (category >> 5)] |= 1 << (category & 31)
    this.#bitWords = total
    return words
  }

  finish(): TreeEnsemble {
    return {
      features: this.#features,
      groups: this.#groups,
      roots: Int32Array.from(this.#roots),
      groupOf: Int32Array.from(this.#groupOf),
      ...this.#arrays,
      bits: this.#bits,
    }
  }
}

interface NodeArrays {
  readonly test: Int32Array
  readonly threshold: Float32Array
  readonly left: Int32Array
  readonly setStart: Int32Array
  readonly setWords: Int32Array
  readonly leaf: Float32Array
}

function nodeArrays(nodes: number): NodeArrays {
  return {
    test: new Int32Array(nodes),
    threshold: new Float32Array(nodes),
    left: new Int32Array(nodes),
    setStart: new Int32Array(nodes),
    setWords: new Int32Array(nodes),
    leaf: new Float32Array(nodes),
  }
}
