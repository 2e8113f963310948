import { maxCategory, type TreeEnsemble } from './ensemble.ts'

/** Rows per block: their features and sums stay in the first-level cache while tree after tree walks over them. */
export const blockRows = 256

/**
 * Adds every tree's leaf to the sums of `rows` rows (at most {@link blockRows} are sensible).
 *
 * `matrix` is row-major, `ensemble.features` wide, NaN is missing. `sums` is row-major, `ensemble.groups` wide, and holds
 * what to start from. A sum is rounded to 32 bits after every tree, in tree order, as the libraries do it: any other
 * order gives other last digits.
 */
export function addTrees(ensemble: TreeEnsemble, matrix: Float32Array, rows: number, sums: Float32Array): void {
  const { roots, groupOf, features, groups } = ensemble
  for (let tree = 0; tree < roots.length; tree++) addTree(ensemble, roots[tree], matrix, rows, features, sums, groupOf[tree], groups)
}

function addTree(
  ensemble: TreeEnsemble,
  root: number,
  matrix: Float32Array,
  rows: number,
  features: number,
  sums: Float32Array,
  group: number,
  groups: number,
): void {
  const { feature, threshold, left, right, leaf } = ensemble
  let base = 0
  for (let row = 0, at = group; row < rows; row++, at += groups, base += features) {
    let node = root
    for (let f = feature[node]; f >= 0; f = feature[node]) {
      const x = matrix[base + f]
      const t = threshold[node]
      // Both comparisons fail for a missing value and, its threshold being NaN, at a split on categories.
      if (x < t) node = left[node]
      else if (x >= t) node = right[node]
      else node = rareChild(ensemble, node, x)
    }
    sums[at] += leaf[node]
  }
}

/** Missing values take the default side; a category goes right when the set has it, else left. */
function rareChild(ensemble: TreeEnsemble, node: number, x: number): number {
  if (x !== x) return ensemble.defaultLeft[node] === 1 ? ensemble.left[node] : ensemble.right[node]
  // Codes that cannot be in any set go left; a code with a fraction counts as its whole part.
  if (x < 0 || x >= maxCategory) return ensemble.left[node]
  const word = x >> 5
  if (word >= ensemble.setWords[node]) return ensemble.left[node]
  const isIn = (ensemble.bits[ensemble.setStart[node] + word] & (1 << (x & 31))) !== 0
  return isIn ? ensemble.right[node] : ensemble.left[node]
}
