import type { Features } from '../spark/features.ts'

/** Rows that a model learns from: their feature vectors, all of one size, and a number of each (a label; 0 where none is needed). */
export interface TrainingBlock {
  readonly features: Features
  readonly labels: Float64Array
}

/** Blocks in the order of the rows: sums run in this order, so that the same rows give the same bits. */
export interface TrainingSet {
  readonly size: number
  readonly rows: number
  readonly blocks: readonly TrainingBlock[]
}

/** gradient[k · size + i] += Σ factors[row · outputs + k] · x[row][i], what `dot` is the transpose of. */
export function addWeightedRows(features: Features, factors: Float64Array, outputs: number, gradient: Float64Array): void {
  const { rows, size, dense, offsets, indices, values } = features
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < outputs; k++) {
      const factor = factors[row * outputs + k]
      const to = k * size
      if (dense !== null) {
        const from = row * size
        for (let i = 0; i < size; i++) gradient[to + i] += factor * dense[from + i]
      } else for (let e = offsets[row]; e < offsets[row + 1]; e++) gradient[to + indices[e]] += factor * values[e]
    }
  }
}
