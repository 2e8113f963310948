import type { Mojo } from './mojo.ts'
import type { Scoring } from './scorer.ts'
import { readSharedTrees } from './shared-trees.ts'
import { type Finish, treeScoring } from './tree-model.ts'

const maxPathLength = 2 ** 31 - 1

/**
 * Isolation forests: how short the paths to the row's leaves are, between the longest and the shortest that training saw;
 * and their mean length. Where the model knows what share of rows is unusual, the prediction is whether this one is.
 */
export function readIsolationForest(mojo: Mojo): Scoring {
  const trees = readSharedTrees(mojo)
  return treeScoring(trees, finishOf(mojo, trees.rounds), mojo.version)
}

function finishOf({ info, threshold }: Mojo, rounds: number): Finish {
  const shortest = info.count('min_path_length', maxPathLength, 0)
  const longest = info.count('max_path_length', maxPathLength, 0)
  const isFlagged = info.boolean('output_anomaly_flag', false)
  return {
    width: isFlagged ? 3 : 2,
    stage: 0,
    row(sums, from, _offset, _row, predictions, at) {
      const score = longest > shortest ? (longest - sums[from]) / (longest - shortest) : 1
      if (isFlagged) predictions[at++] = Number(score > threshold)
      predictions[at] = score
      predictions[at + 1] = rounds >= 1 ? sums[from] / rounds : 0
    },
  }
}
