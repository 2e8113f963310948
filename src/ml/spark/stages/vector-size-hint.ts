import { featuresType } from '../planner.ts'
import type { StageContext } from '../stage.ts'

/** VectorSizeHint: says how long the vectors of a column are, and what becomes of others. */
export function vectorSizeHint(stage: StageContext): void {
  const { params, planner } = stage
  const size = params.get('size').count(0x7fffffff)
  const handleInvalid = params.choice('handleInvalid', ['error', 'skip', 'optimistic'], 'error')
  const input = planner.use(params.get('inputCol').text())
  const attributes = input.attributes?.length === size ? input.attributes : undefined
  const output = planner.replace(input.name, featuresType(size), attributes)
  planner.step({
    inputs: [input],
    outputs: [output],
    drops: handleInvalid === 'skip',
    run(batch) {
      const features = batch.features(input)
      for (let row = 0; handleInvalid !== 'optimistic' && row < batch.rows; row++) {
        if (features.size === size && !features.isMissing(row)) continue
        if (handleInvalid === 'skip') batch.drop(row)
        else batch.refuse(row, () => `${stage.name} needs vectors of ${size} values in column "${input.name}".`)
      }
      batch.set(output, features)
    },
  })
}
