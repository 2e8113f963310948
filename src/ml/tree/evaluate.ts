import { categorySplit, maxCategory, missingRight, type TreeEnsemble } from './ensemble.ts'

/** Rows per block: their features and sums stay in the first-level cache while tree after tree walks over them. */
export const blockRows = 256

/** Takes the feature out of a node's test; the sign bit, which marks leaves, gives feature 0. */
const featureMask = 0x7fffffff

/**
 * Adds every tree's leaf to the sums of `rows` rows (more than {@link blockRows} only cost cache misses).
 *
 * `matrix` is row-major, `ensemble.features` wide, NaN is missing. `sums` is row-major, `ensemble.groups` wide, and holds
 * what to start from. A sum is rounded to 32 bits after every tree, in tree order, as the libraries do it: any other
 * order gives other last digits.
 */
export function addTrees(ensemble: TreeEnsemble, matrix: Float32Array, rows: number, sums: Float32Array): void {
  const { roots, groupOf } = ensemble
  const fours = rows - (rows % 4)
  for (let tree = 0; tree < roots.length; tree++) {
    addTreeToFours(ensemble, roots[tree], groupOf[tree], matrix, fours, sums)
    addTree(ensemble, roots[tree], groupOf[tree], matrix, fours, rows, sums)
  }
}

/**
 * The plain walk, for the rows that are left over. A value goes right when it is not less than the threshold. The step is
 * computed rather than branched on, because which way a row goes cannot be predicted: comparisons become 0 or 1 and are
 * added to the first child.
 */
function addTree(ensemble: TreeEnsemble, root: number, group: number, matrix: Float32Array, from: number, to: number, sums: Float32Array): void {
  const { test, threshold, left, leaf, features, groups } = ensemble
  for (let row = from; row < to; row++) {
    const base = row * features
    let node = root
    for (let t = test[node]; t >= 0; t = test[node]) {
      const x = matrix[base + (t >> 2)]
      if ((t & categorySplit) !== 0) node = categoryChild(ensemble, node, x, t)
      else node = left[node] + (Number(x >= threshold[node]) | (Number(x !== x) & t & missingRight))
    }
    sums[row * groups + group] += leaf[node]
  }
}

/**
 * The same walk for four rows at once: while one waits for its next node to come out of the cache, the others go on. A row
 * that has arrived stays at its leaf, which is its own first child and whose test no value passes, until all four have.
 */
function addTreeToFours(ensemble: TreeEnsemble, root: number, group: number, matrix: Float32Array, rows: number, sums: Float32Array): void {
  const { test, threshold, left, leaf, features, groups } = ensemble
  for (let row = 0; row < rows; row += 4) {
    const a = row * features
    const b = a + features
    const c = b + features
    const d = c + features
    let na = root
    let nb = root
    let nc = root
    let nd = root
    for (;;) {
      const ta = test[na]
      const tb = test[nb]
      const tc = test[nc]
      const td = test[nd]
      if ((ta & tb & tc & td) < 0) break
      const xa = matrix[a + ((ta & featureMask) >> 2)]
      const xb = matrix[b + ((tb & featureMask) >> 2)]
      const xc = matrix[c + ((tc & featureMask) >> 2)]
      const xd = matrix[d + ((td & featureMask) >> 2)]
      if ((ta & categorySplit) !== 0) na = categoryChild(ensemble, na, xa, ta)
      else na = left[na] + (Number(xa >= threshold[na]) | (Number(xa !== xa) & ta & missingRight))
      if ((tb & categorySplit) !== 0) nb = categoryChild(ensemble, nb, xb, tb)
      else nb = left[nb] + (Number(xb >= threshold[nb]) | (Number(xb !== xb) & tb & missingRight))
      if ((tc & categorySplit) !== 0) nc = categoryChild(ensemble, nc, xc, tc)
      else nc = left[nc] + (Number(xc >= threshold[nc]) | (Number(xc !== xc) & tc & missingRight))
      if ((td & categorySplit) !== 0) nd = categoryChild(ensemble, nd, xd, td)
      else nd = left[nd] + (Number(xd >= threshold[nd]) | (Number(xd !== xd) & td & missingRight))
    }
    const at = row * groups + group
    sums[at] += leaf[na]
    sums[at + groups] += leaf[nb]
    sums[at + 2 * groups] += leaf[nc]
    sums[at + 3 * groups] += leaf[nd]
  }
}

/** A category goes right when the set has it, else left; so do codes that cannot be in any set. A fraction is cut off. */
function categoryChild(ensemble: TreeEnsemble, node: number, x: number, test: number): number {
  const left = ensemble.left[node]
  if (x !== x) return left + (test & missingRight)
  const word = x >> 5
  if (x < 0 || x >= maxCategory || word >= ensemble.setWords[node]) return left
  return left + ((ensemble.bits[ensemble.setStart[node] + word] >>> (x & 31)) & 1)
}
