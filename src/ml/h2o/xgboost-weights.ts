import type { TreeEnsemble } from '../tree/ensemble.ts'
import { fail } from './errors.ts'

/**
 * Takes how much training data went through each node from `auxNodeWeights`, which H2O writes where the booster's own
 * numbers are not of the training data: a count of trees, and for each tree a count of nodes and 64-bit floats.
 */
export function withNodeWeights(ensemble: TreeEnsemble, bytes: Uint8Array): TreeEnsemble {
  const { roots, ids, test } = ensemble
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const wrong = (): Error => fail(`"auxNodeWeights" does not have a weight for each node of ${roots.length} trees`)
  if (bytes.length < 4 || view.getInt32(0, true) !== roots.length) throw wrong()
  const cover = new Float64Array(test.length)
  let at = 4
  roots.forEach((root, tree) => {
    const end = tree + 1 < roots.length ? roots[tree + 1] : test.length
    const count = at + 4 <= bytes.length ? view.getInt32(at, true) : -1
    at += 4
    if (count < 0 || at + count * 8 > bytes.length) throw wrong()
    for (let node = root; node < end; node++) {
      const weight = ids[node] < count ? Math.fround(view.getFloat64(at + ids[node] * 8, true)) : NaN
      if (!(weight >= 0 && weight < Infinity)) throw wrong()
      cover[node] = weight
    }
    at += count * 8
  })
  return { ...ensemble, cover }
}
