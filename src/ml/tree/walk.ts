import { categoryStep } from './category-sets.ts'
import { categorySplit, type TreeEnsemble } from './ensemble.ts'

/** Takes the column out of a node's test; the sign bit, which marks leaves, gives column 0. */
const columnMask = 0x7fffffff

/**
 * Finds the leaf of one tree that each row ends at: the one walk of all tree families.
 *
 * `matrix` is row-major with `ensemble.columns.length` columns, as fillColumns() leaves it. A value goes right when it is
 * not less than the threshold; the step is computed rather than branched on, because which way a row goes cannot be
 * predicted: the comparison becomes 0 or 1 and is added to the first child.
 *
 * Four rows go at once: while one waits for its next node to come out of the cache, the others go on. A row that has
 * arrived stays at its leaf, which is its own first child and whose threshold no value reaches, until all four have.
 */
export function walkTree(ensemble: TreeEnsemble, root: number, matrix: Float64Array, rows: number, leaves: Int32Array): void {
  const { test, threshold, left, sets } = ensemble
  const width = ensemble.columns.length
  const fours = rows - (rows % 4)
  for (let row = 0; row < fours; row += 4) {
    const a = row * width
    const b = a + width
    const c = b + width
    const d = c + width
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
      const xa = matrix[a + ((ta & columnMask) >> 1)]
      const xb = matrix[b + ((tb & columnMask) >> 1)]
      const xc = matrix[c + ((tc & columnMask) >> 1)]
      const xd = matrix[d + ((td & columnMask) >> 1)]
      na = left[na] + ((ta & categorySplit) === 0 ? Number(xa >= threshold[na]) : categoryStep(sets, threshold[na], xa))
      nb = left[nb] + ((tb & categorySplit) === 0 ? Number(xb >= threshold[nb]) : categoryStep(sets, threshold[nb], xb))
      nc = left[nc] + ((tc & categorySplit) === 0 ? Number(xc >= threshold[nc]) : categoryStep(sets, threshold[nc], xc))
      nd = left[nd] + ((td & categorySplit) === 0 ? Number(xd >= threshold[nd]) : categoryStep(sets, threshold[nd], xd))
    }
    leaves[row] = na
    leaves[row + 1] = nb
    leaves[row + 2] = nc
    leaves[row + 3] = nd
  }
  for (let row = fours; row < rows; row++) {
    let node = root
    for (let t = test[node]; t >= 0; t = test[node]) {
      const x = matrix[row * width + (t >> 1)]
      node = left[node] + ((t & categorySplit) === 0 ? Number(x >= threshold[node]) : categoryStep(sets, threshold[node], x))
    }
    leaves[row] = node
  }
}
