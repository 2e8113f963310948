import { option, optionTable } from '../../../common/options.ts'
import { savedInts } from '../../spark/write/saved-table.ts'
import { fitFailed } from '../errors.ts'
import type { FitData } from '../fit-data.ts'
import { checkColumns, columnParams, defineStage, inputsOf } from '../stage-definition.ts'

/** OneHotEncoder: how many categories a column has, as the stage that made it says, or else one more than the largest value. */
export const oneHotEncoder = defineStage({
  name: 'OneHotEncoder',
  className: 'feature.OneHotEncoderModel',
  params: optionTable({
    ...columnParams,
    handleInvalid: option.oneOf(['error', 'keep'], 'error', 'What becomes of a category that was not learned; with keep it has a place of its own.'),
    dropLast: option.boolean(true, 'The last category is a vector of zeros.'),
  }),
  check: params => checkColumns('OneHotEncoder', params),
  fit(data, params) {
    return { columns: [{ name: 'categorySizes', type: savedInts, values: [inputsOf(params).map(name => categories(data, name))] }] }
  },
})

function categories(data: FitData, name: string): number {
  const known = data.column(name, 'OneHotEncoder').attributes?.[0]?.count ?? 0
  if (known > 0) return known
  let most = -1
  for (const x of data.numbers(name, 'OneHotEncoder')) {
    if (!Number.isInteger(x) || x < 0 || x > 0x7ffffffe) {
      throw fitFailed('OneHotEncoder', `column "${name}" holds ${x}, and categories are whole numbers from 0`, 'Put a StringIndexer before it.')
    }
    if (x > most) most = x
  }
  if (most < 0) throw fitFailed('OneHotEncoder', `column "${name}" has no values`, 'Give the frame rows.')
  return most + 1
}
