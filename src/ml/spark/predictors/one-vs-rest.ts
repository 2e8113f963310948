import { float64Type } from '../../../columnar/data-type.ts'
import { Features } from '../features.ts'
import { featuresType, Planner, type PlannedColumn } from '../planner.ts'
import { Batch } from '../batch.ts'
import type { StageContext } from '../stage.ts'
import { argmax } from './classifier.ts'

interface Part {
  readonly planner: Planner
  readonly features: PlannedColumn
  readonly raw: PlannedColumn
}

/** OneVsRestModel: one binary classifier per class; the class whose score for "yes" is the largest. */
export async function oneVsRestModel(stage: StageContext): Promise<void> {
  const { params, planner } = stage
  // What Python saves does not say how many there are.
  const classes = stage.directory.children().filter(name => /^model_\d+$/.test(name)).length
  if (classes < 1) throw stage.extra.wrong('has no classes')
  const featuresName = params.text('featuresCol', 'features')
  const parts: Part[] = []
  for (let k = 0; k < classes; k++) parts.push(await readPart(stage, k, featuresName))
  const features = planner.use(featuresName)
  const raw = planner.add(params.text('rawPredictionCol', ''), featuresType(classes))
  planner.step({
    inputs: [features],
    outputs: [raw],
    run(batch) {
      const given = batch.features(features)
      const out = new Float64Array(batch.rows * classes)
      parts.forEach((part, k) => {
        const inner = new Batch(batch.rows, part.planner.slots)
        inner.set(part.features, given)
        for (const step of part.planner.steps) {
          if (step.outputs.includes(part.raw)) step.run(inner)
        }
        for (const [row, message] of inner.messages) batch.refuse(row, () => message)
        const scores = inner.features(part.raw).toDense()
        for (let row = 0; row < batch.rows; row++) out[row * classes + k] = scores[2 * row + 1]
      })
      batch.set(raw, Features.dense(batch.rows, classes, out))
    },
  })
  const prediction = planner.add(params.text('predictionCol', 'prediction'), { kind: 'values', type: float64Type })
  planner.step({
    inputs: [raw],
    outputs: [prediction],
    run(batch) {
      const scores = batch.features(raw).toDense()
      batch.setNumbers(prediction, Float64Array.from({ length: batch.rows }, (_, row) => argmax(scores, row * classes, classes)))
    },
  })
  planner.roles({ prediction, raw })
}

async function readPart(stage: StageContext, k: number, featuresName: string): Promise<Part> {
  const planner = new Planner()
  // The classifiers were trained on this model's features, whatever they call them.
  await stage.nested(stage.directory.child(`model_${k}`), planner)
  const { raw } = planner.role
  const features = planner.inputs[0]
  if (raw === undefined || features === undefined || planner.inputs.length !== 1) throw stage.extra.wrong(`has a model ${k} that scores no classes of column "${featuresName}"`)
  return { planner, features, raw }
}
