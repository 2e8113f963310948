import { arrayType, int32Type } from '../../../columnar/data-type.ts'
import { sparkUnsupported } from '../failures.ts'
import { featuresType, type PlannedColumn, sizeOf } from '../planner.ts'
import type { StageContext } from '../stage.ts'
import { ints, listAt, readTable } from '../tables.ts'
import { pick } from './slice-features.ts'

/** VectorSlicer: chosen values of a vector, those by position first, those by name after them. */
export function vectorSlicer(stage: StageContext): void {
  const { params, planner } = stage
  const input = planner.use(params.get('inputCol').text())
  const named = (params.find('names')?.texts() ?? []).map(name => positionOf(input, name))
  slice(stage, input, Int32Array.from([...(params.find('indices')?.int32s() ?? []), ...named]))
}

function positionOf(input: PlannedColumn, name: string): number {
  const position = input.attributes?.findIndex(a => a.name === name) ?? -1
  if (position < 0) throw sparkUnsupported(`VectorSlicer by the name "${name}", which no value of column "${input.name}" is known to have`, 'Choose by "indices" instead.')
  return position
}

/** ChiSqSelectorModel, UnivariateFeatureSelectorModel, VarianceThresholdSelectorModel: the features that were worth keeping. */
export async function selectorModel(stage: StageContext): Promise<void> {
  const { params, planner, directory } = stage
  const input = planner.use(params.get('featuresCol').text())
  const table = (await readTable(directory.child('data'), [['selectedFeatures', arrayType(int32Type)]])).single
  const { child, from, to } = listAt(table.required('selectedFeatures'), 0)
  slice(stage, input, ints(child).slice(from, to).sort())
}

function slice(stage: StageContext, input: PlannedColumn, picks: Int32Array): void {
  const largest = picks.reduce((a, b) => Math.max(a, b), -1)
  const size = sizeOf(input)
  if (picks.some(p => p < 0) || (size !== undefined && largest >= size)) throw stage.extra.wrong(`takes value ${largest} of ${size}`)
  const attributes = input.attributes === undefined ? undefined : Array.from(picks, p => input.attributes?.[p] ?? { name: null, count: 0, values: null })
  const output = stage.planner.add(stage.params.get('outputCol').text(), featuresType(picks.length), attributes)
  stage.planner.step({
    inputs: [input],
    outputs: [output],
    run(batch) {
      const features = batch.presentFeatures(input, stage.name)
      if (features.size <= largest) {
        for (let row = 0; row < batch.rows; row++) batch.refuse(row, () => `${stage.name} takes value ${largest} of column "${input.name}", whose vectors have ${features.size}.`)
      }
      batch.set(output, pick(features, picks))
    },
  })
}
