import { getBit } from '../../../columnar/bitmap.ts'
import { stringType } from '../../../columnar/data-type.ts'
import { VectorBuilder } from '../../../columnar/builder.ts'
import { dictionaryVector } from '../../../columnar/vector.ts'
import { sparkUnsupported } from '../failures.ts'
import type { StageContext } from '../stage.ts'

/** IndexToString: the label at an index, from the parameter or, where that is empty, from the column's attributes. */
export function indexToString(stage: StageContext): void {
  const { params, planner } = stage
  const input = planner.use(params.get('inputCol').text())
  const given = params.find('labels')?.texts() ?? []
  const labels = given.length > 0 ? given : input.attributes?.[0]?.values
  if (labels === null || labels === undefined) {
    throw sparkUnsupported(`IndexToString on column "${input.name}", which has no labels`, 'Set its parameter "labels".')
  }
  const builder = new VectorBuilder(stringType, labels.length)
  for (const label of labels) builder.appendString(label)
  const dictionary = builder.finish()
  const output = planner.add(params.get('outputCol').text(), { kind: 'values', type: stringType })
  planner.step({
    inputs: [input],
    outputs: [output],
    run(batch) {
      const { values, validity } = batch.numbers(input)
      const codes = new Int32Array(batch.rows)
      for (let row = 0; row < batch.rows; row++) {
        if (validity !== null && !getBit(validity, row)) continue
        // As Java's cast: towards zero, and 0 for NaN.
        const index = Number.isNaN(values[row]) ? 0 : Math.trunc(values[row])
        if (index >= 0 && index < labels.length) codes[row] = index
        else batch.refuse(row, () => `${stage.name} has no label for index ${values[row]} of column "${input.name}".`)
      }
      batch.set(output, dictionaryVector(codes, dictionary, batch.rows, validity))
    },
  })
}
