import { fillColumns } from './columns.ts'
import type { TreeEnsemble } from './ensemble.ts'
import { walkTree } from './walk.ts'

/** Cells of the matrix of one block: it stays in the first-level cache while tree after tree walks over it. */
const blockCells = 4096
const maxBlockRows = 256
const minBlockRows = 16

/**
 * Scores rows with an ensemble, block by block. For each block the caller puts the features' values into `matrix`, calls
 * {@link prepare}, and then asks for what it wants:
 *
 *     for (let from = 0; from < rows; from += scorer.blockRows) {
 *       const to = Math.min(rows, from + scorer.blockRows)
 *       scorer.inputs.forEach(({ feature, column }) => gather(feature, from, to, { matrix: scorer.matrix, offset: column, stride: scorer.width }))
 *       scorer.prepare(to - from)
 *       scorer.sum(sums.subarray(from * groups, to * groups))
 *     }
 */
export class TreeScorer {
  readonly ensemble: TreeEnsemble
  /** Most rows of a block. */
  readonly blockRows: number
  /** Columns of the matrix. */
  readonly width: number
  /** Row-major; the value of `inputs[i].feature` goes to column `inputs[i].column`, NaN where it is missing. */
  readonly matrix: Float64Array
  /** The features that the trees ask for, each once. */
  readonly inputs: readonly { readonly feature: number; readonly column: number }[]
  /** Per row of the block: the leaf of the tree that was walked last. */
  readonly #leaves: Int32Array
  #rows = 0

  constructor(ensemble: TreeEnsemble) {
    this.ensemble = ensemble
    this.width = ensemble.columns.length
    const fit = Math.floor(blockCells / Math.max(1, this.width)) & ~3
    this.blockRows = Math.max(minBlockRows, Math.min(maxBlockRows, fit))
    this.matrix = new Float64Array(this.blockRows * this.width)
    this.inputs = ensemble.columns.flatMap(({ feature, source }, column) => (source === column ? [{ feature, column }] : []))
    this.#leaves = new Int32Array(this.blockRows)
  }

  /** Call once per block, when the values of its `rows` rows are in the matrix. */
  prepare(rows: number): void {
    this.#rows = rows
    fillColumns(this.ensemble.columns, this.matrix, rows)
  }

  /**
   * Adds every tree's leaves to `sums`: row-major, `ensemble.groups` wide, holding what to start from. A Float32Array is
   * rounded to after every tree, in tree order, as libraries that sum in 32 bits do it: any other order gives other last
   * digits.
   */
  sum(sums: Float32Array | Float64Array): void {
    const { roots } = this.ensemble
    for (let tree = 0; tree < roots.length; tree++) this.sumTree(tree, sums)
  }

  /** Adds the leaves of one tree. */
  sumTree(tree: number, sums: Float32Array | Float64Array): void {
    const { roots, groupOf, groups, leaf, vectors } = this.ensemble
    walkTree(this.ensemble, roots[tree], this.matrix, this.#rows, this.#leaves)
    if (vectors !== undefined) addVectors(vectors, leaf, this.#leaves, this.#rows, groups, sums)
    else if (sums instanceof Float32Array) addTo32(leaf, this.#leaves, this.#rows, groups, groupOf[tree], sums)
    else addTo64(leaf, this.#leaves, this.#rows, groups, groupOf[tree], sums)
  }

  /** Per row of the block the node of the ensemble at which it leaves the tree; valid until the next tree is walked. */
  leavesOf(tree: number): Int32Array {
    walkTree(this.ensemble, this.ensemble.roots[tree], this.matrix, this.#rows, this.#leaves)
    return this.#leaves
  }

  /** Writes what the file calls each row's leaves: row-major, a column per tree. */
  leafIds(out: Float64Array): void {
    const { roots, ids } = this.ensemble
    for (let tree = 0; tree < roots.length; tree++) {
      const leaves = this.leavesOf(tree)
      for (let row = 0; row < this.#rows; row++) out[row * roots.length + tree] = ids[leaves[row]]
    }
  }
}

// Once for each width of numbers: a loop over both would be compiled for neither.

function addTo32(leaf: Float64Array, leaves: Int32Array, rows: number, groups: number, group: number, sums: Float32Array): void {
  for (let row = 0, at = group; row < rows; row++, at += groups) sums[at] += leaf[leaves[row]]
}

function addTo64(leaf: Float64Array, leaves: Int32Array, rows: number, groups: number, group: number, sums: Float64Array): void {
  for (let row = 0, at = group; row < rows; row++, at += groups) sums[at] += leaf[leaves[row]]
}

function addVectors(vectors: Float64Array, leaf: Float64Array, leaves: Int32Array, rows: number, groups: number, sums: Float32Array | Float64Array): void {
  for (let row = 0; row < rows; row++) {
    const from = leaf[leaves[row]]
    for (let g = 0; g < groups; g++) sums[row * groups + g] += vectors[from + g]
  }
}
