import type { Block, Scorer, Scoring } from './scorer.ts'
import type { SharedTrees } from './shared-trees.ts'
import { leafExtras } from './tree-leaves.ts'
import { TreeRows } from './tree-rows.ts'
import { stagesExtra } from './tree-stages.ts'

/** Versions before this one wrote sets so that H2O does not tell paths from them. */
const firstPathVersion = 1.2
/** Nodes have numbers that H2O tells from this version on. */
const firstNumberedVersion = 1.3

/** Makes a row's prediction of the sums of its leaves. */
export interface Finish {
  /** Numbers of a prediction. */
  readonly width: number
  /** The first of them that a round of trees changes: what its stages are told by. */
  readonly stage: number
  /** Reads the sums at sums[from …] and writes the prediction to predictions[at …]. `row` is the row's features. */
  row(sums: Float64Array, from: number, offset: number, row: Float64Array, predictions: Float64Array, at: number): void
}

/** Scores by trees, with the outputs that all families of them have. */
export function treeScoring(trees: SharedTrees, finish: Finish, version: number): Scoring {
  const { ensemble, places, rounds, perRound, hasDetails } = trees
  const leaves = leafExtras({
    ensemble,
    places,
    count: rounds * perRound,
    rowsFor: of => new TreeRows(of),
    paths: version >= firstPathVersion,
    ids: hasDetails && version >= firstNumberedVersion,
  })
  return { scorer: new SharedTreeScorer(trees, finish), extras: [...leaves, stagesExtra(trees, finish)] }
}

class SharedTreeScorer implements Scorer {
  readonly width: number
  readonly #finish: Finish
  readonly #rows: TreeRows

  constructor({ ensemble }: SharedTrees, finish: Finish) {
    this.width = finish.width
    this.#finish = finish
    this.#rows = new TreeRows(ensemble)
  }

  score({ rows, matrix, offsets, predictions }: Block): void {
    const { features, groups } = this.#rows.scorer.ensemble
    const sums = new Float64Array(rows * groups)
    this.#rows.each(matrix, rows, (from, to) => this.#rows.scorer.sum(sums.subarray(from * groups, to * groups)))
    for (let r = 0; r < rows; r++) {
      const row = matrix.subarray(r * features, (r + 1) * features)
      this.#finish.row(sums, r * groups, offsets === undefined ? 0 : offsets[r], row, predictions, r * this.width)
    }
  }
}
