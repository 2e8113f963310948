import { EnsembleBuilder } from '../../tree/builder.ts'
import { TreeScorer } from '../../tree/scorer.ts'
import { sparkUnreadable } from '../failures.ts'
import type { Features } from '../features.ts'
import type { StageContext } from '../stage.ts'
import type { StoredTree } from './tree-table.ts'

export type LeafVector = (tree: StoredTree, node: number) => Float64Array

/** The trees as the evaluator has them: one number per leaf, or one per class. */
export class Forest {
  readonly size: number
  readonly trees: readonly StoredTree[]
  readonly #scorer: TreeScorer
  readonly #columnOf: ReadonlyMap<number, number>

  private constructor(size: number, trees: readonly StoredTree[], scorer: TreeScorer) {
    this.size = size
    this.trees = trees
    this.#scorer = scorer
    this.#columnOf = new Map(scorer.inputs.map(({ feature, column }) => [feature, column]))
  }

  static of(stage: StageContext, trees: readonly StoredTree[], groups: number, leaf: (tree: StoredTree, t: number) => Float64Array, vector?: LeafVector): Forest {
    const features = stage.extra.get('numFeatures').count(0x7fffffff)
    const nodes = trees.reduce((n, tree) => n + tree.raw.left.length, 0)
    const shape = { features, groups, nodes, goesLeft: 'notGreater', leaves: vector === undefined ? 'numbers' : 'vectors' } as const
    const builder = new EnsembleBuilder(shape, what => sparkUnreadable(`"${stage.directory.path}data": ${what}`))
    trees.forEach((tree, t) => builder.add({ ...tree.raw, leaf: leaf(tree, t), ...(vector === undefined ? {} : { vectorOf: (node: number) => vector(tree, node) }) }))
    return new Forest(features, trees, new TreeScorer(builder.finish()))
  }

  /** What the leaves of all trees add up to: row-major, `groups` wide. */
  sums(features: Features): Float64Array {
    const { groups } = this.#scorer.ensemble
    const out = new Float64Array(features.rows * groups)
    this.#eachBlock(features, (from, to) => this.#scorer.sum(out.subarray(from * groups, to * groups)))
    return out
  }

  /** The leaf of each tree, counted from left to right: row-major, a column per tree. */
  leaves(features: Features): Float64Array {
    const width = this.trees.length
    const out = new Float64Array(features.rows * width)
    this.#eachBlock(features, (from, to) => this.#scorer.leafIds(out.subarray(from * width, to * width)))
    return out
  }

  #eachBlock(features: Features, visit: (from: number, to: number) => void): void {
    for (let from = 0; from < features.rows; from += this.#scorer.blockRows) {
      const to = Math.min(features.rows, from + this.#scorer.blockRows)
      this.#gather(features, from, to)
      this.#scorer.prepare(to - from)
      visit(from, to)
    }
  }

  /** Only the features that the trees ask for; of sparse vectors, what is not written is zero. */
  #gather({ dense, size, offsets, indices, values }: Features, from: number, to: number): void {
    const { matrix, width, inputs } = this.#scorer
    if (dense !== null) {
      for (const { feature, column } of inputs) {
        for (let at = column, cell = from * size + feature, row = from; row < to; row++, at += width, cell += size) matrix[at] = dense[cell]
      }
      return
    }
    matrix.fill(0, 0, (to - from) * width)
    for (let row = from; row < to; row++) {
      const at = (row - from) * width
      for (let e = offsets[row]; e < offsets[row + 1]; e++) {
        const column = this.#columnOf.get(indices[e])
        if (column !== undefined) matrix[at + column] = values[e]
      }
    }
  }
}
