import type { Gather } from '../gather.ts'
import type { LinearWeights } from './booster.ts'

/** Cells of the feature matrix of one block. */
const blockCells = 65_536
const maxBlockRows = 256

/** Scores rows with a linear booster, block by block, in 32 bits as the library does. */
export class LinearScorer {
  readonly blockRows: number
  readonly #linear: LinearWeights
  readonly #matrix: Float32Array

  constructor(linear: LinearWeights) {
    this.#linear = linear
    this.blockRows = Math.max(1, Math.min(maxBlockRows, Math.floor(blockCells / Math.max(1, linear.features))))
    this.#matrix = new Float32Array(this.blockRows * linear.features)
  }

  /** Reads the values of a block; at most `blockRows` rows. */
  gather(columns: readonly Gather[], from: number, to: number): void {
    const { features } = this.#linear
    columns.forEach((fill, f) => fill(from, to, { matrix: this.#matrix, offset: f, stride: features }))
  }

  /** Adds bias and weighted features, feature after feature; a missing one adds nothing. */
  sum(rows: number, sums: Float32Array): void {
    const { features, groups, weights } = this.#linear
    const matrix = this.#matrix
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

  /** Adds what each feature adds, and the bias behind them, per group. */
  explain(rows: number, out: Float64Array): void {
    const { features, groups, weights } = this.#linear
    for (let row = 0; row < rows; row++) {
      for (let g = 0; g < groups; g++) {
        const at = (row * groups + g) * (features + 1)
        for (let f = 0; f < features; f++) {
          const x = this.#matrix[row * features + f]
          if (x === x) out[at + f] = Math.fround(x * weights[f * groups + g])
        }
        out[at + features] += weights[features * groups + g]
      }
    }
  }
}
