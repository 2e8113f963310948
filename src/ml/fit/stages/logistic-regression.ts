import { option, optional, optionTable } from '../../../common/options.ts'
import { matrixCell, savedBoolean, savedInt, savedMatrix, savedVector, vectorCell } from '../../spark/write/saved-table.ts'
import { fitFailed, wrongParameter } from '../errors.ts'
import { fitLogistic } from '../logistic-regression.ts'
import { columnOption, defineStage, numberOption } from '../stage-definition.ts'
import type { TrainingSet } from '../training-set.ts'
import { checkFinite, named, optimiserParams } from './predictor-params.ts'

/** More classes than this are a column of something else. */
const maxClasses = 10_000

/** LogisticRegression, binomial and multinomial. */
export const logisticRegression = defineStage({
  name: 'LogisticRegression',
  className: 'classification.LogisticRegressionModel',
  params: optionTable({
    ...optimiserParams,
    family: option.oneOf(['auto', 'binomial', 'multinomial'], 'auto', 'By default binomial with at most two classes.'),
    threshold: numberOption(0.5, 'Of two classes, the probability above which it is class 1.', 0, 1),
    thresholds: optional(option.value<readonly number[]>([], 'A threshold for each class.', 'a list of numbers from 0', v => Array.isArray(v) && v.every(x => typeof x === 'number' && x >= 0))),
    rawPredictionCol: named(columnOption('The column for the margins.'), 'rawPrediction'),
    probabilityCol: named(columnOption('The column for the probabilities.'), 'probability'),
  }),
  fit(data, params) {
    const set = data.training(params.featuresCol, params.labelCol, 'LogisticRegression')
    checkFinite(set, 'LogisticRegression')
    const counts = countClasses(set, params.labelCol)
    if (params.family === 'binomial' && counts.length > 2) throw fitFailed('LogisticRegression', `family "binomial" takes two classes, and column "${params.labelCol}" has ${counts.length}`, 'Use family "auto".')
    if (params.thresholds !== undefined && params.thresholds.length !== counts.length) throw wrongParameter('LogisticRegression', `there are ${params.thresholds.length} thresholds for ${counts.length} classes`)
    const isMultinomial = params.family === 'multinomial' || (params.family === 'auto' && counts.length > 2)
    const { coefficients, intercepts } = fitLogistic(set, counts, isMultinomial, params)
    return {
      columns: [
        { name: 'numClasses', type: savedInt, values: [counts.length] },
        { name: 'numFeatures', type: savedInt, values: [set.size] },
        { name: 'interceptVector', type: savedVector, values: [vectorCell(intercepts)] },
        { name: 'coefficientMatrix', type: savedMatrix, values: [matrixCell(intercepts.length, set.size, coefficients)] },
        { name: 'isMultinomial', type: savedBoolean, values: [isMultinomial] },
      ],
    }
  },
})

function countClasses(set: TrainingSet, column: string): Float64Array {
  let most = 0
  for (const { labels } of set.blocks) {
    for (const label of labels) {
      if (!Number.isInteger(label) || label < 0 || label >= maxClasses) {
        throw fitFailed('LogisticRegression', `column "${column}" holds ${label}, and classes are whole numbers from 0 to ${maxClasses - 1}`, 'Put a StringIndexer on the column.')
      }
      if (label > most) most = label
    }
  }
  const counts = new Float64Array(most + 1)
  for (const { labels } of set.blocks) for (const label of labels) counts[label]++
  return counts
}
