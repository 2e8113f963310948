import { getBit } from '../../../columnar/bitmap.ts'
import { arrayType, float64Type } from '../../../columnar/data-type.ts'
import type { Batch } from '../batch.ts'
import { Features } from '../features.ts'
import type { PlannedColumn } from '../planner.ts'
import type { StageContext } from '../stage.ts'
import { doubles, listAt, readTable } from '../tables.ts'
import { planPrediction } from './regressor.ts'

/** IsotonicRegressionModel: between two boundaries the line from one prediction to the next, beyond them the last. */
export async function isotonicRegressionModel(stage: StageContext): Promise<void> {
  const { params, planner } = stage
  const table = (await readTable(stage.directory.child('data'), [['boundaries', arrayType(float64Type)], ['predictions', arrayType(float64Type)]])).single
  const [boundaries, predictions] = ['boundaries', 'predictions'].map(name => {
    const { child, from, to } = listAt(table.required(name), 0)
    return doubles(child).slice(from, to)
  })
  if (boundaries.length === 0 || boundaries.length !== predictions.length) throw table.wrong(`has ${boundaries.length} boundaries and ${predictions.length} predictions`)
  const position = params.count('featureIndex', 0)
  const features = planner.use(params.text('featuresCol', 'features'))
  const prediction = planPrediction(stage, float64Type)
  planner.step({
    inputs: [features],
    outputs: [prediction],
    run(batch) {
      const values = feature(batch, features, position, stage.name)
      batch.setNumbers(prediction, values.map(x => interpolate(boundaries, predictions, x)))
    },
  })
}

/** One value of each vector, or the column itself when it holds numbers. */
function feature(batch: Batch, column: PlannedColumn, position: number, stage: string): Float64Array {
  const cells = batch.cells(column)
  if (!(cells instanceof Features) && !['vector', 'array', 'struct'].includes(cells.type.kind)) {
    const { values, validity } = batch.numbers(column)
    for (let row = 0; validity !== null && row < batch.rows; row++) {
      if (!getBit(validity, row)) batch.refuse(row, () => `${stage} found no value in column "${column.name}".`)
    }
    return values.subarray(0, batch.rows)
  }
  const features = batch.presentFeatures(column, stage)
  const out = new Float64Array(batch.rows)
  for (let row = 0; row < batch.rows; row++) {
    if (position >= features.size) batch.refuse(row, () => `${stage} takes value ${position} of column "${column.name}", whose vectors have ${features.size}.`)
    features.forEach(row, (i, x) => {
      if (i === position) out[row] = x
    })
  }
  return out
}

function interpolate(boundaries: Float64Array, predictions: Float64Array, x: number): number {
  const last = boundaries.length - 1
  // NaN sorts behind every number in Java.
  if (x !== x || x > boundaries[last]) return predictions[last]
  if (x <= boundaries[0]) return predictions[0]
  let low = 0
  let high = last
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (boundaries[middle] < x) low = middle
    else high = middle
  }
  if (x === boundaries[high]) return predictions[high]
  return predictions[low] + ((predictions[high] - predictions[low]) * (x - boundaries[low])) / (boundaries[high] - boundaries[low])
}
