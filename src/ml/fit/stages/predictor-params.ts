import { option, type OptionSpec } from '../../../common/options.ts'
import { fitFailed } from '../errors.ts'
import { columnOption, numberOption } from '../stage-definition.ts'
import type { TrainingSet } from '../training-set.ts'

/** The same option with another default. */
export function named(from: OptionSpec<string>, defaultValue: string): OptionSpec<string> {
  return Object.freeze({ ...from, defaultValue })
}

export const predictorParams = Object.freeze({
  featuresCol: named(columnOption('The column of feature vectors.'), 'features'),
  predictionCol: named(columnOption('The column for the prediction.'), 'prediction'),
})

/** Of the regressions. */
export const optimiserParams = Object.freeze({
  ...predictorParams,
  labelCol: named(columnOption('The column that is learned.'), 'label'),
  regParam: numberOption(0, 'The weight of the penalty.', 0),
  elasticNetParam: numberOption(0, '0 is a penalty on squares, 1 one on sizes.', 0, 1),
  maxIter: option.integer(100, 'Most iterations.', { min: 0 }),
  tol: numberOption(1e-6, 'The improvement at which the iterations end.', 0),
  fitIntercept: option.boolean(true, 'Whether there is an intercept.'),
  standardization: option.boolean(true, 'Whether the penalty is on the coefficients of scaled features.'),
})

/** One NaN would make all coefficients NaN. */
export function checkFinite(set: TrainingSet, stage: string): void {
  for (const { features, labels } of set.blocks) {
    if (features.values.every(Number.isFinite) && labels.every(Number.isFinite)) continue
    throw fitFailed(stage, 'there are NaN or infinite values among features or labels', 'Put an Imputer before it, or set handleInvalid of the VectorAssembler.')
  }
}
