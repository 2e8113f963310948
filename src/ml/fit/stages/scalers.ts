import { option, optionTable, required } from '../../../common/options.ts'
import { savedVector, type SavedTable, vectorCell } from '../../spark/write/saved-table.ts'
import { wrongParameter } from '../errors.ts'
import { momentsOf, type Moments } from '../moments.ts'
import type { FitData } from '../fit-data.ts'
import { quantileOf, sortedValues } from '../quantiles.ts'
import { columnOption, defineStage, numberOption } from '../stage-definition.ts'
import type { TrainingSet } from '../training-set.ts'

const vectorParams = Object.freeze({
  inputCol: required(columnOption('The column of vectors that is read.')),
  outputCol: required(columnOption('The column of vectors that is made.')),
})

/** StandardScaler: means, and deviations of a sample. */
export const standardScaler = defineStage({
  name: 'StandardScaler',
  className: 'feature.StandardScalerModel',
  params: optionTable({
    ...vectorParams,
    withMean: option.boolean(false, 'Values are shifted by their mean.'),
    withStd: option.boolean(true, 'Values are divided by their standard deviation.'),
  }),
  fit(data, params) {
    const { mean, variance } = moments(data, params.inputCol, 'StandardScaler')
    return vectors({ std: variance.map(Math.sqrt), mean })
  },
})

/** MinMaxScaler. */
export const minMaxScaler = defineStage({
  name: 'MinMaxScaler',
  className: 'feature.MinMaxScalerModel',
  params: optionTable({
    ...vectorParams,
    min: numberOption(0, 'What the least value becomes.'),
    max: numberOption(1, 'What the greatest value becomes.'),
  }),
  check({ min, max }) {
    if (min >= max) throw wrongParameter('MinMaxScaler', `min is ${min}, which is not below max, ${max}`)
  },
  fit(data, params) {
    const { min, max } = moments(data, params.inputCol, 'MinMaxScaler')
    return vectors({ originalMin: min, originalMax: max })
  },
})

/** MaxAbsScaler. */
export const maxAbsScaler = defineStage({
  name: 'MaxAbsScaler',
  className: 'feature.MaxAbsScalerModel',
  params: optionTable(vectorParams),
  fit(data, params) {
    const { min, max } = moments(data, params.inputCol, 'MaxAbsScaler')
    return vectors({ maxAbs: max.map((x, i) => Math.max(Math.abs(x), Math.abs(min[i]))) })
  },
})

/** RobustScaler: median and the range between two quantiles, both exact whatever relativeError says. */
export const robustScaler = defineStage({
  name: 'RobustScaler',
  className: 'feature.RobustScalerModel',
  params: optionTable({
    ...vectorParams,
    lower: numberOption(0.25, 'The quantile where the range begins.', 0, 1),
    upper: numberOption(0.75, 'The quantile where the range ends.', 0, 1),
    withCentering: option.boolean(false, 'Values are shifted by their median.'),
    withScaling: option.boolean(true, 'Values are divided by their range.'),
    relativeError: numberOption(0.001, "Of Spark's quantiles; here they are exact.", 0, 1),
  }),
  check({ lower, upper }) {
    if (lower >= upper) throw wrongParameter('RobustScaler', `lower is ${lower}, which is not below upper, ${upper}`)
  },
  fit(data, { inputCol, lower, upper }) {
    const set = data.training(inputCol, undefined, 'RobustScaler')
    const range = new Float64Array(set.size)
    const median = new Float64Array(set.size)
    // One position at a time: the sorted values of one column are in memory, not those of all.
    for (let i = 0; i < set.size; i++) {
      const sorted = sortedValues(position(set, i))
      const at = (q: number): number => quantileOf(sorted, q) ?? NaN
      range[i] = at(upper) - at(lower)
      median[i] = at(0.5)
    }
    return vectors({ range, median })
  },
})

function position({ blocks, rows, size }: TrainingSet, i: number): Float64Array {
  const out = new Float64Array(rows)
  let n = 0
  for (const { features } of blocks) {
    const dense = features.toDense()
    for (let row = 0; row < features.rows; row++) out[n++] = dense[row * size + i]
  }
  return out
}

function moments(data: FitData, column: string, stage: string): Moments {
  const set = data.training(column, undefined, stage)
  return momentsOf(set.blocks.map(b => b.features), set.size)
}

function vectors(named: { readonly [name: string]: Float64Array }): SavedTable {
  return { columns: Object.entries(named).map(([name, values]) => ({ name, type: savedVector, values: [vectorCell(values)] })) }
}
