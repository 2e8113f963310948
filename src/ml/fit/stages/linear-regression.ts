import { option, optionTable } from '../../../common/options.ts'
import { savedDouble, savedVector, vectorCell } from '../../spark/write/saved-table.ts'
import { fitFailed } from '../errors.ts'
import { fitLinear, maxNormalFeatures } from '../linear-regression.ts'
import { defineStage } from '../stage-definition.ts'
import { checkFinite, optimiserParams } from './predictor-params.ts'

/** LinearRegression by least squares. */
export const linearRegression = defineStage({
  name: 'LinearRegression',
  className: 'regression.LinearRegressionModel',
  params: optionTable({
    ...optimiserParams,
    solver: option.oneOf(['auto', 'normal', 'l-bfgs'], 'auto', `The normal equations up to ${maxNormalFeatures} features, else L-BFGS.`),
    loss: option.oneOf(['squaredError'], 'squaredError', 'What is made least.'),
  }),
  fit(data, params) {
    const set = data.training(params.featuresCol, params.labelCol, 'LinearRegression')
    checkFinite(set, 'LinearRegression')
    if (params.solver === 'normal' && set.size > maxNormalFeatures) {
      throw fitFailed('LinearRegression', `solver "normal" takes at most ${maxNormalFeatures} features, and there are ${set.size}`, 'Use solver "l-bfgs".')
    }
    const { coefficients, intercept } = fitLinear(set, params)
    return {
      columns: [
        { name: 'intercept', type: savedDouble, values: [intercept] },
        { name: 'coefficients', type: savedVector, values: [vectorCell(coefficients)] },
        { name: 'scale', type: savedDouble, values: [1] },
      ],
    }
  },
})
