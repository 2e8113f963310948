import { option, optional, optionTable, required } from '../../../common/options.ts'
import { wrongParameter } from '../errors.ts'
import { checkColumns, columnOption, columnParams, columnsOption, defineStage, handleInvalidOption } from '../stage-definition.ts'

/** VectorAssembler, which learns nothing. */
export const vectorAssembler = defineStage({
  name: 'VectorAssembler',
  className: 'feature.VectorAssembler',
  params: optionTable({
    inputCols: required(columnsOption('The columns of numbers and vectors that are put together.')),
    outputCol: required(columnOption('The column of vectors that is made.')),
    handleInvalid: option.oneOf(['error', 'skip', 'keep'], 'error', 'What becomes of a row with a missing value.'),
  }),
})

const isSplits = (value: unknown): boolean =>
  Array.isArray(value) && value.length >= 3 && value.every((x, k) => typeof x === 'number' && x === x && (k === 0 || x > value[k - 1]))
const splitsExpected = 'three or more ascending numbers'

/** Bucketizer, which learns nothing. */
export const bucketizer = defineStage({
  name: 'Bucketizer',
  className: 'feature.Bucketizer',
  params: optionTable({
    ...columnParams,
    splits: optional(option.value<readonly number[]>([], 'Where the buckets of inputCol begin and the last one ends.', splitsExpected, isSplits)),
    splitsArray: optional(option.value<readonly (readonly number[])[]>([], 'Splits for each of inputCols.', `a list with ${splitsExpected} for each column`, v => Array.isArray(v) && v.every(isSplits))),
    handleInvalid: handleInvalidOption,
  }),
  check(params) {
    checkColumns('Bucketizer', params)
    const isOne = params.inputCol !== undefined
    if (isOne !== (params.splits !== undefined) || isOne === (params.splitsArray !== undefined)) throw wrongParameter('Bucketizer', 'inputCol goes with splits, inputCols with splitsArray')
    if (params.splitsArray !== undefined && params.splitsArray.length !== params.inputCols?.length) {
      throw wrongParameter('Bucketizer', `splitsArray has ${params.splitsArray.length} lists for ${params.inputCols?.length} columns`)
    }
  },
})
