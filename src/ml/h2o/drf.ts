import type { TreeEnsemble } from '../tree/ensemble.ts'
import { readCalibration } from './calibration.ts'
import { labelRow } from './classes.ts'
import { contributionExtras } from './contributions.ts'
import { fail } from './errors.ts'
import type { Mojo } from './mojo.ts'
import type { Extra, Scoring } from './scorer.ts'
import { readSharedTrees, type SharedTrees } from './shared-trees.ts'
import { type Finish, treeScoring } from './tree-model.ts'
import { TreeRows } from './tree-rows.ts'
import { usedVariables } from './used-variables.ts'

/** Random forests: the mean of the leaves; for two classes of that of the first one, for more shares of their sums. */
export function readDrf(mojo: Mojo): Scoring {
  const trees = readSharedTrees(mojo)
  const calibrate = readCalibration(mojo)
  const { scorer, extras } = treeScoring(trees, finishOf(mojo, trees.rounds, trees.perRound), mojo.version)
  return { scorer, extras: [...extras, ...contributions(mojo, trees)], ...(calibrate === undefined ? {} : { calibrate }) }
}

/** Contributions to the prediction, or to the probability of class 1, which the trees' sums are not: they tell of class 0. */
function contributions(mojo: Mojo, { ensemble, rounds, perRound }: SharedTrees): Extra[] {
  if (mojo.classes > 2 || perRound !== 1) return []
  const trees = (of: TreeEnsemble): TreeRows => new TreeRows(of)
  if (mojo.classes < 2) return contributionExtras(ensemble, 0, trees, x => Math.fround(x / rounds))
  const used = usedVariables(mojo.files)
  if (used === undefined) return []
  const share = Math.fround(1 / (used + 1))
  return contributionExtras(ensemble, 0, trees, x => Math.fround(share + Math.fround(x / -rounds)))
}

function finishOf(mojo: Mojo, rounds: number, perRound: number): Finish {
  const { classes } = mojo
  if (classes < 2) {
    return {
      width: 1,
      stage: 0,
      row(sums, from, _offset, _row, predictions, at) {
        predictions[at] = sums[from] / rounds
      },
    }
  }
  const isSingle = classes === 2 && !mojo.info.boolean('binomial_double_trees', false)
  if (!isSingle && perRound !== classes) throw fail(`it has ${perRound} trees a round for ${classes} classes`)
  return {
    width: classes + 1,
    stage: 1,
    row(sums, from, _offset, row, predictions, at) {
      if (isSingle) {
        predictions[at + 1] = sums[from] / rounds
        predictions[at + 2] = 1 - predictions[at + 1]
      } else shares(sums, from, predictions, at + 1, classes)
      labelRow(mojo, predictions, at, classes, row)
    },
  }
}

function shares(sums: Float64Array, from: number, out: Float64Array, at: number, count: number): void {
  let total = 0
  for (let c = 0; c < count; c++) total += sums[from + c]
  for (let c = 0; c < count; c++) out[at + c] = total > 0 ? sums[from + c] / total : sums[from + c]
}
