/**
 * What one leaf adds to the contributions of a row, for the features on the way to it.
 *
 * Of n features, those in A are the ones whose questions the row passes on this way. When a set S of features is known,
 * the leaf counts by the product of the shares of all others, and by nothing unless S is a part of A. Shapley's value of
 * a feature is the mean, over all orders, of how the leaf counts after it became known less before:
 *
 *     in A       leaf (1 − share) R Σ_S w(|S|) Π shares of A without S and the feature
 *     outside   −leaf R Σ_S w(|S|) Π shares of A without S             (alike for all features outside)
 *
 * where S runs over the subsets of A (without the feature itself), R is the product of the shares outside of A, and
 * w(k) = k! (n − 1 − k)! / n!. The sums of products of the subsets of each size are the coefficients of Π (share + x) over
 * A; leaving one feature out divides that polynomial by (share + x), which needs no division of numbers. The result is
 * that of TreeSHAP (Lundberg, Erion and Lee, "Consistent individualized feature attribution for tree ensembles").
 */
export class LeafWeights {
  readonly #coefficients: Float64Array
  /** For each n: w(0), …, w(n − 1). */
  readonly #orders: readonly Float64Array[]

  constructor(longest: number) {
    this.#coefficients = new Float64Array(longest + 1)
    this.#orders = Array.from({ length: longest + 1 }, (_, n) => orderWeights(n))
  }

  /** Writes the `n` contributions from `out[at]` on. `passes[i]` is 1 for features in A; shares are read from `from` on. */
  contributions(leaf: number, n: number, share: Float64Array, from: number, passes: Uint8Array, out: Float64Array, at: number): void {
    const p = this.#coefficients
    const w = this.#orders[n]
    let outside = 1
    let known = 0
    p[0] = 1
    for (let i = 0; i < n; i++) {
      const z = share[from + i]
      if (passes[i] === 0) {
        outside *= z
        continue
      }
      p[++known] = p[known - 1]
      for (let k = known - 1; k > 0; k--) p[k] = p[k] * z + p[k - 1]
      p[0] *= z
    }
    const scale = leaf * outside
    let all = 0
    if (known < n) for (let k = 0; k <= known; k++) all += p[k] * w[k]
    for (let i = 0; i < n; i++) {
      if (passes[i] === 0) {
        out[at + i] = -scale * all
        continue
      }
      const z = share[from + i]
      let q = p[known]
      let sum = q * w[known - 1]
      for (let k = known - 1; k > 0; k--) {
        q = p[k] - z * q
        sum += q * w[k - 1]
      }
      out[at + i] = scale * (1 - z) * sum
    }
  }
}

/** k! (n − 1 − k)! / n!, by w(k) = w(k − 1) k / (n − k). */
function orderWeights(n: number): Float64Array {
  const w = new Float64Array(n)
  if (n > 0) w[0] = 1 / n
  for (let k = 1; k < n; k++) w[k] = (w[k - 1] * k) / (n - k)
  return w
}
