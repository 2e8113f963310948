import { getBit } from '../../../columnar/bitmap.ts'
import { float64Type } from '../../../columnar/data-type.ts'
import type { StageContext } from '../stage.ts'
import { readTable } from '../tables.ts'

/** ImputerModel: the mean, median or mode of training in place of a missing value, which null always is. */
export async function imputerModel(stage: StageContext): Promise<void> {
  const { params, planner, directory } = stage
  const inputs = params.columns('inputCol', 'inputCols')
  const outputs = params.columns('outputCol', 'outputCols')
  if (outputs.length !== inputs.length) throw stage.extra.wrong('has columns without outputs')
  const missingValue = params.number('missingValue', NaN)
  const table = (await readTable(directory.child('data'), inputs.map(name => [name, float64Type] as const))).single
  inputs.forEach((name, k) => {
    const surrogate = table.doubles(name)[0]
    const input = planner.use(name)
    // Spark lets an Imputer write over its own inputs.
    const output = planner.replace(outputs[k], { kind: 'values', type: float64Type }, input.attributes)
    planner.step({
      inputs: [input],
      outputs: [output],
      run(batch) {
        const { values, validity } = batch.numbers(input)
        const out = new Float64Array(batch.rows)
        for (let row = 0; row < batch.rows; row++) {
          const x = values[row]
          const missing = (validity !== null && !getBit(validity, row)) || x === missingValue || (x !== x && missingValue !== missingValue)
          out[row] = missing ? surrogate : x
        }
        batch.setNumbers(output, out)
      },
    })
  })
}
