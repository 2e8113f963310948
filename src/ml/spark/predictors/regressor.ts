import { type DataType, float64Type, int32Type } from '../../../columnar/data-type.ts'
import { int32Vector } from '../../../columnar/vector.ts'
import type { Batch } from '../batch.ts'
import type { Features } from '../features.ts'
import type { PlannedColumn } from '../planner.ts'
import type { StageContext } from '../stage.ts'

/** Plans a stage that makes one number of a vector, under the name of its predictionCol. */
export function planRegressor(stage: StageContext, size: number, predict: (features: Features, batch: Batch) => Float64Array): PlannedColumn {
  const features = stage.planner.use(stage.params.text('featuresCol', 'features'))
  const prediction = planPrediction(stage, float64Type)
  stage.planner.step({
    inputs: [features],
    outputs: [prediction],
    run: batch => batch.setNumbers(prediction, predict(batch.presentFeatures(features, stage.name, size), batch)),
  })
  return prediction
}

/** As {@link planRegressor} for the number of a cluster, an int in Spark. */
export function planCluster(stage: StageContext, size: number, predict: (features: Features, batch: Batch) => Int32Array): PlannedColumn {
  const features = stage.planner.use(stage.params.text('featuresCol', 'features'))
  const prediction = planPrediction(stage, int32Type)
  stage.planner.step({
    inputs: [features],
    outputs: [prediction],
    run: batch => batch.set(prediction, int32Vector(int32Type, predict(batch.presentFeatures(features, stage.name, size), batch))),
  })
  return prediction
}

export function planPrediction(stage: StageContext, type: DataType): PlannedColumn {
  const prediction = stage.planner.add(stage.params.text('predictionCol', 'prediction'), { kind: 'values', type })
  stage.planner.roles({ prediction })
  return prediction
}
