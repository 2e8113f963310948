import { option, optionTable } from '../../../common/options.ts'
import { savedDouble } from '../../spark/write/saved-table.ts'
import { fitFailed } from '../errors.ts'
import { modeOf, quantileOf, sortedValues } from '../quantiles.ts'
import { checkColumns, columnParams, defineStage, inputsOf, numberOption } from '../stage-definition.ts'

const strategies = ['mean', 'median', 'mode'] as const

/** Imputer: mean, median or mode of the values that are there. The median is the exact one, whatever relativeError says. */
export const imputer = defineStage({
  name: 'Imputer',
  className: 'feature.ImputerModel',
  params: optionTable({
    ...columnParams,
    strategy: option.oneOf(strategies, 'mean', 'What stands in for a missing value.'),
    missingValue: option.value(NaN, 'The number that means missing, as null always does.', 'a number', value => typeof value === 'number'),
    relativeError: numberOption(0.001, "Of Spark's median; here it is exact.", 0, 1),
  }),
  check: params => checkColumns('Imputer', params),
  fit(data, params) {
    const { missingValue } = params
    return {
      columns: inputsOf(params).map(name => {
        const values = data.numbers(name, 'Imputer').filter(x => x === x && x !== missingValue)
        const value = surrogate(values, params.strategy)
        if (value === undefined) throw fitFailed('Imputer', `column "${name}" has no value in any row`, 'Leave it out of the stage.')
        return { name, type: savedDouble, values: [value] }
      }),
    }
  },
})

function surrogate(values: Float64Array, strategy: (typeof strategies)[number]): number | undefined {
  if (values.length === 0) return undefined
  if (strategy === 'median') return quantileOf(sortedValues(values), 0.5)
  if (strategy === 'mode') return modeOf(sortedValues(values))
  let sum = 0
  for (const x of values) sum += x
  return sum / values.length
}
