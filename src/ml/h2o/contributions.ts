import { vectorType } from '../../columnar/data-type.ts'
import { Vector } from '../../columnar/vector.ts'
import { canExplain } from '../tree/shap.ts'
import type { TreeEnsemble } from '../tree/ensemble.ts'
import type { TreeScorer } from '../tree/scorer.ts'
import { Float32Explainer } from './explainer.ts'
import type { Extra } from './scorer.ts'

/** Brings a block of rows into the trees' matrix, part by part. */
export interface RowsForTrees {
  readonly scorer: TreeScorer
  each(features: Float64Array, rows: number, visit: (from: number, to: number) => void): void
}

/**
 * How much each feature moved a row's prediction in link space, and behind them the mean over the training data: an output
 * where the file says how much of it went through each node. `scale` is applied to each contribution that is not 0.
 */
export function contributionExtras(ensemble: TreeEnsemble, initial: number, rowsFor: (ensemble: TreeEnsemble) => RowsForTrees, scale?: (contribution: number) => number): Extra[] {
  if (ensemble.groups !== 1 || !canExplain(ensemble)) return []
  const width = ensemble.features + 1
  const type = vectorType(width)
  let explainer: Float32Explainer | undefined
  const treeRows = rowsFor(ensemble)
  return [{
    output: { name: 'contributions', type, nullable: false, library: 'contributions', extra: 'contributions' },
    width,
    compute(matrix, rows, out) {
      explainer ??= new Float32Explainer(ensemble, initial)
      const part = new Float32Array(treeRows.scorer.blockRows * width)
      treeRows.each(matrix, rows, (from, to) => {
        const found = part.subarray(0, (to - from) * width)
        explainer?.explain(treeRows.scorer, to - from, found)
        if (scale !== undefined) for (let i = 0; i < found.length; i++) if (found[i] !== 0) found[i] = scale(found[i])
        out.set(found, from * width)
      })
    },
    vector: (values, rows) => new Vector(type, rows, null, values),
  }]
}
