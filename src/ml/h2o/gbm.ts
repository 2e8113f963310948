import { readCalibration } from './calibration.ts'
import { labelRow } from './classes.ts'
import { contributionExtras } from './contributions.ts'
import { fail } from './errors.ts'
import { checkDistribution, gbmInverseLink, linkOf } from './links.ts'
import type { Mojo } from './mojo.ts'
import type { Scoring } from './scorer.ts'
import { readSharedTrees } from './shared-trees.ts'
import { type Finish, treeScoring } from './tree-model.ts'
import { TreeRows } from './tree-rows.ts'

/** Gradient boosting: the initial prediction and all leaves are summed, then the inverse link. */
export function readGbm(mojo: Mojo): Scoring {
  const trees = readSharedTrees(mojo)
  const calibrate = readCalibration(mojo)
  const { scorer, extras } = treeScoring(trees, finishOf(mojo, trees.perRound), mojo.version)
  const contributions = mojo.classes > 2 ? [] : contributionExtras(trees.ensemble, mojo.info.number('init_f'), ensemble => new TreeRows(ensemble))
  return { scorer, extras: [...extras, ...contributions], ...(calibrate === undefined ? {} : { calibrate }) }
}

function finishOf(mojo: Mojo, perRound: number): Finish {
  const { info, classes } = mojo
  const distribution = info.text('distribution')
  checkDistribution(distribution)
  const initial = info.number('init_f')
  const link = gbmInverseLink(info.find('link_function') ?? linkOf(distribution))
  if (distribution === 'bernoulli' || distribution === 'quasibinomial' || distribution === 'modified_huber') {
    if (classes !== 2) throw fail(`it has ${classes} classes for the distribution "${distribution}"`)
    return {
      width: 3,
      stage: 1,
      row(sums, from, offset, row, predictions, at) {
        const p = link(sums[from] + initial + offset)
        predictions[at + 2] = p
        predictions[at + 1] = 1 - p
        labelRow(mojo, predictions, at, 2, row)
      },
    }
  }
  if (distribution === 'multinomial') return multinomialFinish(mojo, perRound, initial)
  return {
    width: 1,
    stage: 0,
    row(sums, from, offset, _, predictions, at) {
      predictions[at] = link(sums[from] + initial + offset)
    },
  }
}

/** Softmax over the classes' sums; where one tree a round serves two classes, the second sum is the first with its sign turned. */
function multinomialFinish(mojo: Mojo, perRound: number, initial: number): Finish {
  const { classes } = mojo
  if (classes !== 2 && perRound !== classes) throw fail(`it has ${perRound} trees a round for ${classes} classes`)
  return {
    width: classes + 1,
    stage: 1,
    row(sums, from, offset, row, predictions, at) {
      for (let c = 0; c < perRound; c++) predictions[at + 1 + c] = sums[from + c]
      if (classes === 2) {
        predictions[at + 1] += initial + offset
        predictions[at + 2] = -predictions[at + 1]
      }
      softmax(predictions, at + 1, classes)
      labelRow(mojo, predictions, at, classes, row)
    },
  }
}

function softmax(values: Float64Array, from: number, count: number): void {
  let max = -Infinity
  for (let i = 0; i < count; i++) max = Math.max(max, values[from + i])
  let sum = 0
  for (let i = 0; i < count; i++) sum += values[from + i] = Math.exp(values[from + i] - max)
  for (let i = 0; i < count; i++) values[from + i] /= sum
}
