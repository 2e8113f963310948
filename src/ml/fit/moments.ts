import type { Features } from '../spark/features.ts'

/** What Spark's Summarizer says of each position of the vectors. */
export interface Moments {
  readonly rows: number
  readonly mean: Float64Array
  /** Of a sample: the squares are divided by rows − 1; 0 for a single row. */
  readonly variance: Float64Array
  readonly min: Float64Array
  readonly max: Float64Array
}

/**
 * Mean, variance, least and greatest value of each position, in one pass (Welford's recurrence, as the squares of large
 * numbers cancel out). NaN is no value for min and max, and makes mean and variance NaN.
 */
export function momentsOf(blocks: Iterable<Features>, size: number): Moments {
  const mean = new Float64Array(size)
  const squares = new Float64Array(size)
  const min = new Float64Array(size).fill(Infinity)
  const max = new Float64Array(size).fill(-Infinity)
  let rows = 0
  for (const features of blocks) {
    const x = features.toDense()
    for (let row = 0, at = 0; row < features.rows; row++) {
      rows++
      for (let i = 0; i < size; i++, at++) {
        const value = x[at]
        const delta = value - mean[i]
        mean[i] += delta / rows
        squares[i] += delta * (value - mean[i])
        if (value < min[i]) min[i] = value
        if (value > max[i]) max[i] = value
      }
    }
  }
  return { rows, mean, variance: squares.map(s => (rows > 1 ? Math.max(0, s / (rows - 1)) : 0)), min, max }
}
