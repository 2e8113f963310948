import { getBit } from '../../../columnar/bitmap.ts'
import { arrayType, int32Type } from '../../../columnar/data-type.ts'
import { sparkUnsupported } from '../failures.ts'
import { denseSize, Features, SparseBuilder } from '../features.ts'
import { type Attribute, featuresType, maxAttributes, type PlannedColumn } from '../planner.ts'
import type { StageContext } from '../stage.ts'
import { ints, listAt, readTable } from '../tables.ts'

interface Encoding {
  /** Categories that were there in training. */
  readonly categories: number
  readonly size: number
  readonly keeps: boolean
  /** The 2.x transformer puts every index beyond the last into no category. */
  readonly lenient: boolean
}

/** OneHotEncoderModel (OneHotEncoderEstimator's in 2.x): a category as a vector with a single 1. */
export async function oneHotEncoderModel(stage: StageContext): Promise<void> {
  const { params, directory } = stage
  const inputs = params.columns('inputCol', 'inputCols')
  const outputs = params.columns('outputCol', 'outputCols')
  const table = (await readTable(directory.child('data'), [['categorySizes', arrayType(int32Type)]])).single
  const { child, from, to } = listAt(table.required('categorySizes'), 0)
  const sizes = ints(child).subarray(from, to)
  if (sizes.length !== inputs.length || outputs.length !== inputs.length) throw table.wrong(`has ${sizes.length} sizes for ${inputs.length} columns`)
  const keeps = params.choice('handleInvalid', ['error', 'keep'], 'error') === 'keep'
  const dropLast = params.boolean('dropLast', true)
  inputs.forEach((name, k) => {
    const size = sizes[k] + (keeps ? 1 : 0) - (dropLast ? 1 : 0)
    if (size < 0 || sizes[k] < 0) throw table.wrong(`has ${sizes[k]} categories for column "${name}"`)
    encode(stage, stage.planner.use(name), outputs[k], { categories: sizes[k], size, keeps, lenient: false })
  })
}

/** OneHotEncoder of 2.x, which is no model: the column's attributes say how many categories there are. */
export function oneHotEncoder(stage: StageContext): void {
  const { params, planner, version } = stage
  if (version.major >= 3) throw sparkUnsupported('OneHotEncoder, an estimator, which learns from data and scores none', 'Save what its fit() returned.')
  const input = planner.use(params.get('inputCol').text())
  const categories = input.attributes?.[0]?.count ?? 0
  if (categories === 0) {
    throw sparkUnsupported(
      `OneHotEncoder on column "${input.name}", whose number of categories it counts in the data`,
      'Put a StringIndexer before it, or use OneHotEncoderEstimator.',
    )
  }
  const size = categories - (params.boolean('dropLast', true) ? 1 : 0)
  encode(stage, input, params.get('outputCol').text(), { categories, size, keeps: false, lenient: true })
}

function encode(stage: StageContext, input: PlannedColumn, outputName: string, { categories, size, keeps, lenient }: Encoding): void {
  const output = stage.planner.add(outputName, featuresType(size), attributesOf(input, size, categories))
  stage.planner.step({
    inputs: [input],
    outputs: [output],
    run(batch) {
      const { values, validity } = batch.numbers(input)
      const dense = size <= denseSize ? new Float64Array(batch.rows * size) : null
      const sparse = new SparseBuilder(dense === null ? batch.rows : 0, size)
      for (let row = 0; row < batch.rows; row++) {
        if (validity === null || getBit(validity, row)) {
          const x = values[row]
          let index = -1
          if (x >= 0 && x < categories) index = Math.trunc(x)
          else if (keeps) index = categories
          else if (!lenient || x < 0) batch.refuse(row, () => `${stage.name} has no category ${x} for column "${input.name}".`)
          if (index >= 0 && index < size) {
            if (dense === null) sparse.add(index, 1)
            else dense[row * size + index] = 1
          }
        }
        if (dense === null) sparse.endRow()
      }
      batch.set(output, dense === null ? sparse.finish(validity) : Features.dense(batch.rows, size, dense, validity))
    },
  })
}

function attributesOf(input: PlannedColumn, size: number, categories: number): Attribute[] | undefined {
  if (size > maxAttributes) return undefined
  const names = input.attributes?.[0]?.values
  return Array.from({ length: size }, (_, k) => ({ name: k >= categories ? 'invalidValues' : (names?.[k] ?? String(k)), count: 0, values: null }))
}
