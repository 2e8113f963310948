import { float64Type } from '../../../columnar/data-type.ts'
import { Features } from '../features.ts'
import { vectorAt, vectorStruct } from '../linalg.ts'
import { featuresType } from '../planner.ts'
import type { StageContext } from '../stage.ts'
import { readTable, type Table } from '../tables.ts'
import { mirrored, planClassifier } from './classifier.ts'
import { dot } from './dot.ts'
import { planRegressor } from './regressor.ts'

export interface LinearModel {
  readonly coefficients: Float64Array
  readonly intercept: Float64Array
  readonly table: Table
}

export async function readLinear(stage: StageContext): Promise<LinearModel> {
  const table = (await readTable(stage.directory.child('data'), [['intercept', float64Type], ['coefficients', vectorStruct], ['scale', float64Type]])).single
  return { coefficients: vectorAt(table.required('coefficients'), 0, 'the coefficients'), intercept: Float64Array.of(table.number('intercept')), table }
}

/** LinearRegressionModel. */
export async function linearRegressionModel(stage: StageContext): Promise<void> {
  const { coefficients, intercept } = await readLinear(stage)
  planRegressor(stage, coefficients.length, features => dot(features, coefficients, intercept))
}

/** LinearSVCModel: class 1 where the distance from the plane is above the threshold; it has no probabilities. */
export async function linearSVCModel(stage: StageContext): Promise<void> {
  const { coefficients, intercept } = await readLinear(stage)
  const threshold = stage.params.number('threshold', 0)
  planClassifier(stage, {
    classes: 2,
    size: coefficients.length,
    raw: features => mirrored(dot(features, coefficients, intercept)),
    probability: undefined,
    predict: raw => raw > threshold,
  })
}

/** AFTSurvivalRegressionModel: expected lifetime, and its quantiles where quantilesCol asks for them. */
export async function aftSurvivalRegressionModel(stage: StageContext): Promise<void> {
  const { coefficients, intercept, table } = await readLinear(stage)
  const shape = table.number('scale')
  const size = coefficients.length
  const lifetime = (features: Features): Float64Array => dot(features, coefficients, intercept).map(Math.exp)
  planRegressor(stage, size, lifetime)
  const name = stage.params.text('quantilesCol', '')
  if (name === '') return
  const quantiles = stage.params.numbers('quantileProbabilities') ?? Float64Array.of(0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
  const factors = quantiles.map(q => Math.exp(Math.log(-Math.log1p(-q)) * shape))
  const features = stage.planner.use(stage.params.text('featuresCol', 'features'))
  const output = stage.planner.add(name, featuresType(factors.length))
  stage.planner.step({
    inputs: [features],
    outputs: [output],
    run(batch) {
      const times = lifetime(batch.presentFeatures(features, stage.name, size))
      const out = new Float64Array(batch.rows * factors.length)
      for (let row = 0, at = 0; row < batch.rows; row++) for (const factor of factors) out[at++] = times[row] * factor
      batch.set(output, Features.dense(batch.rows, factors.length, out))
    },
  })
}
