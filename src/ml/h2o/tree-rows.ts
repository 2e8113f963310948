import { TreeScorer } from '../tree/scorer.ts'
import type { TreeEnsemble } from '../tree/ensemble.ts'

/**
 * Takes a block of rows to the trees: as many at a time as the trees' own matrix has place for, which `visit` then asks.
 */
export class TreeRows {
  readonly scorer: TreeScorer

  constructor(ensemble: TreeEnsemble) {
    this.scorer = new TreeScorer(ensemble)
  }

  each(features: Float64Array, rows: number, visit: (from: number, to: number) => void): void {
    const { inputs, matrix, width, blockRows, ensemble } = this.scorer
    for (let from = 0; from < rows; from += blockRows) {
      const to = Math.min(rows, from + blockRows)
      for (const { feature, column } of inputs) {
        for (let row = from, at = column; row < to; row++, at += width) matrix[at] = features[row * ensemble.features + feature]
      }
      this.scorer.prepare(to - from)
      visit(from, to)
    }
  }
}
