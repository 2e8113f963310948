import type { TrainingSet } from './training-set.ts'

/** Symmetric, by rows. */
export interface NormalEquations {
  readonly size: number
  readonly matrix: Float64Array
  readonly right: Float64Array
}

/** The means of (x − mean)(x − mean)ᵀ and (x − mean)(y − labelMean), all scaled; one pass over the rows. */
export function normalEquations(set: TrainingSet, mean: Float64Array, labelMean: number, inverse: Float64Array, labelInverse: number): NormalEquations {
  const { size, rows } = set
  const matrix = new Float64Array(size * size)
  const right = new Float64Array(size)
  const scaled = new Float64Array(size)
  for (const { features, labels } of set.blocks) {
    const x = features.toDense()
    for (let row = 0; row < features.rows; row++) {
      const base = row * size
      for (let i = 0; i < size; i++) scaled[i] = (x[base + i] - mean[i]) * inverse[i]
      const y = (labels[row] - labelMean) * labelInverse
      for (let i = 0; i < size; i++) {
        const xi = scaled[i]
        if (xi === 0) continue
        right[i] += xi * y
        const to = i * size
        for (let j = 0; j <= i; j++) matrix[to + j] += xi * scaled[j]
      }
    }
  }
  for (let i = 0; i < size; i++) {
    right[i] /= rows
    for (let j = 0; j <= i; j++) {
      matrix[i * size + j] /= rows
      matrix[j * size + i] = matrix[i * size + j]
    }
  }
  return { size, matrix, right }
}

/** Pivots below this, of a matrix whose diagonal is about 1, say that a feature is a combination of others. */
const leastPivot = 1e-10

/** By Cholesky's factors; undefined where the matrix has no full rank. Features without variance get 0. */
export function solve({ size, matrix, right }: NormalEquations): Float64Array | undefined {
  const l = matrix.slice()
  for (let j = 0; j < size; j++) {
    let pivot = l[j * size + j]
    if (matrix[j * size + j] === 0) {
      // Nothing to learn from: its row and column are zeros.
      l[j * size + j] = 1
      continue
    }
    for (let k = 0; k < j; k++) pivot -= l[j * size + k] * l[j * size + k]
    if (!(pivot > leastPivot)) return undefined
    const root = Math.sqrt(pivot)
    l[j * size + j] = root
    for (let i = j + 1; i < size; i++) {
      let sum = l[i * size + j]
      for (let k = 0; k < j; k++) sum -= l[i * size + k] * l[j * size + k]
      l[i * size + j] = sum / root
    }
  }
  const x = right.slice()
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) x[i] -= l[i * size + k] * x[k]
    x[i] /= l[i * size + i]
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) x[i] -= l[k * size + i] * x[k]
    x[i] /= l[i * size + i]
  }
  return x
}
