import { getBit } from '../../../columnar/bitmap.ts'
import { arrayType, type DataType, field, float64Type, stringType, structType } from '../../../columnar/data-type.ts'
import { isNullAt } from '../../../columnar/vector.ts'
import type { StageContext } from '../stage.ts'
import { doubles, listAt, readTable, strings } from '../tables.ts'

const encodingsType: DataType = arrayType(structType([
  field('key', stringType),
  field('value', arrayType(structType([field('key', float64Type), field('value', float64Type)]))),
]))

/** What stands for every category that was not there in training. */
const unseen = -1

interface Encodings {
  readonly values: ReadonlyMap<number, number>
  readonly missing: number | undefined
}

/** TargetEncoderModel (4.0): the mean of the target in a category, drawn towards that of all. */
export async function targetEncoderModel(stage: StageContext): Promise<void> {
  const { params, planner } = stage
  const inputs = params.columns('inputCol', 'inputCols')
  const outputs = params.columns('outputCol', 'outputCols')
  const keeps = params.choice('handleInvalid', ['error', 'keep'], 'error') === 'keep'
  const encodings = await readEncodings(stage)
  inputs.forEach((name, k) => {
    const found = encodings.get(name)
    if (found === undefined || outputs[k] === undefined) throw stage.extra.wrong(`has no encodings for column "${name}"`)
    const otherwise = found.values.get(unseen)
    const input = planner.use(name)
    const output = planner.add(outputs[k], { kind: 'values', type: float64Type })
    planner.step({
      inputs: [input],
      outputs: [output],
      run(batch) {
        const { values, validity } = batch.numbers(input)
        const out = new Float64Array(batch.rows)
        for (let row = 0; row < batch.rows; row++) {
          const missing = validity !== null && !getBit(validity, row)
          const code = missing ? found.missing : values[row] === unseen ? undefined : found.values.get(values[row])
          if (code !== undefined) out[row] = code
          else if (keeps && otherwise !== undefined) out[row] = otherwise
          else batch.refuse(row, () => `${stage.name} has no category ${missing ? 'for a missing value' : values[row]} in column "${name}".`)
        }
        batch.setNumbers(output, out)
      },
    })
  })
}

async function readEncodings({ directory }: StageContext): Promise<Map<string, Encodings>> {
  const table = (await readTable(directory.child('data'), [['encodings', encodingsType]])).single
  const { child, from, to } = listAt(table.required('encodings'), 0)
  const [keys, lists] = child.children
  const names = strings(keys)
  const found = new Map<string, Encodings>()
  for (let k = from; k < to; k++) {
    const entries = listAt(lists, k)
    const [categories, codes] = entries.child.children
    const values = new Map<number, number>()
    let missing: number | undefined
    for (let e = entries.from; e < entries.to; e++) {
      if (isNullAt(categories, e)) missing = doubles(codes)[e]
      else values.set(doubles(categories)[e], doubles(codes)[e])
    }
    found.set(names[k], { values, missing })
  }
  return found
}
