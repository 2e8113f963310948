import type { Features } from '../features.ts'

/**
 * features · weightsᵀ + intercepts: `weights` has one row per output; answers `outputs` numbers for each row of features.
 * Sums run in order of the features, so that a result does not depend on its neighbours.
 */
export function dot(features: Features, weights: Float64Array, intercepts: Float64Array): Float64Array {
  const { rows, size, dense, offsets, indices, values } = features
  const outputs = intercepts.length
  const out = new Float64Array(rows * outputs)
  for (let k = 0; k < outputs; k++) {
    const w = weights.subarray(k * size, (k + 1) * size)
    const intercept = intercepts[k]
    if (dense !== null) dotDense(dense, rows, size, w, intercept, out, k, outputs)
    else {
      for (let row = 0; row < rows; row++) {
        let sum = 0
        for (let e = offsets[row]; e < offsets[row + 1]; e++) sum += values[e] * w[indices[e]]
        out[row * outputs + k] = sum + intercept
      }
    }
  }
  return out
}

/** Four rows at once: their sums do not wait for each other. */
function dotDense(dense: Float64Array, rows: number, size: number, w: Float64Array, intercept: number, out: Float64Array, k: number, outputs: number): void {
  let row = 0
  for (; row + 4 <= rows; row += 4) {
    const a = row * size
    const b = a + size
    const c = b + size
    const d = c + size
    let sa = 0
    let sb = 0
    let sc = 0
    let sd = 0
    for (let i = 0; i < size; i++) {
      const x = w[i]
      sa += dense[a + i] * x
      sb += dense[b + i] * x
      sc += dense[c + i] * x
      sd += dense[d + i] * x
    }
    const at = row * outputs + k
    out[at] = sa + intercept
    out[at + outputs] = sb + intercept
    out[at + 2 * outputs] = sc + intercept
    out[at + 3 * outputs] = sd + intercept
  }
  for (; row < rows; row++) {
    let sum = 0
    for (let i = 0; i < size; i++) sum += dense[row * size + i] * w[i]
    out[row * outputs + k] = sum + intercept
  }
}
