import { gaussLegendre, type Quadrature } from './gauss-legendre.ts'

/**
 * What one leaf adds to the contributions of a row, for the features on the way to it.
 *
 * Of n features, those in A are the ones whose questions the row passes on this way. When a set of features is known, the
 * leaf counts by the product of the shares of all others, and by nothing unless the set is a part of A. Shapley's value of
 * a feature is the mean, over all orders, of how the leaf counts after it became known less before. Let every feature
 * become known at a random time between 0 and 1: at time t, feature i of A lets t + (1 − t) share(i) through, one outside
 * of A (1 − t) share(i), and the mean over all orders is the integral over the time of the feature itself:
 *
 *     in A       leaf (1 − share) ∫ Π the others
 *     outside   −leaf share ∫ Π the others             (alike for all features outside)
 *
 * A product of n − 1 terms is a polynomial in t, which Gauss's rule with half as many points integrates exactly; and as all
 * terms are positive, no digits are lost, however long the way. The values are those of TreeSHAP (Lundberg, Erion and Lee,
 * "Consistent individualized feature attribution for tree ensembles").
 */
export class LeafWeights {
  readonly #through: Float64Array
  /** By the number of features, made when first needed. */
  readonly #rules: (Quadrature | undefined)[]

  constructor(longest: number) {
    this.#through = new Float64Array(longest)
    this.#rules = new Array<undefined>(longest + 1).fill(undefined)
  }

  /** Writes the `n` contributions from `out[at]` on. `passes[i]` is 1 for features in A; shares are read from `from` on. */
  contributions(leaf: number, n: number, share: Float64Array, from: number, passes: Uint8Array, out: Float64Array, at: number): void {
    const { points, weights } = (this.#rules[n] ??= gaussLegendre((n + 1) >> 1))
    const through = this.#through
    let outside = 0
    let scale = leaf
    for (let i = 0; i < n; i++) {
      out[at + i] = 0
      if (passes[i] === 1) continue
      outside++
      scale *= share[from + i]
    }
    let all = 0
    for (let p = 0; p < points.length; p++) {
      const t = points[p]
      const rest = 1 - t
      let product = weights[p]
      for (let i = 0; i < n; i++) {
        if (passes[i] === 0) continue
        through[i] = t + rest * share[from + i]
        product *= through[i]
      }
      for (let k = 1; k < outside; k++) product *= rest
      all += product
      if (outside > 0) product *= rest
      for (let i = 0; i < n; i++) if (passes[i] === 1) out[at + i] += product / through[i]
    }
    for (let i = 0; i < n; i++) out[at + i] = passes[i] === 1 ? scale * (1 - share[from + i]) * out[at + i] : -scale * all
  }
}
