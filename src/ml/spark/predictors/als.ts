import { getBit } from '../../../columnar/bitmap.ts'
import { arrayType, float64Type, int32Type } from '../../../columnar/data-type.ts'
import type { SparkDirectory } from '../directory.ts'
import type { StageContext } from '../stage.ts'
import { doubles, listAt, readTable } from '../tables.ts'
import { planPrediction } from './regressor.ts'

interface Factors {
  readonly rank: number
  readonly rowOf: ReadonlyMap<number, number>
  readonly values: Float32Array
}

/**
 * ALSModel: the product of the factors of a user and an item, in 32-bit floats. Who or what was not there in training has
 * NaN, or is dropped (`coldStartStrategy`).
 */
export async function alsModel(stage: StageContext): Promise<void> {
  const { params, planner, directory } = stage
  const users = await readFactors(directory.child('userFactors'))
  const items = await readFactors(directory.child('itemFactors'))
  if (users.rank !== items.rank) throw stage.extra.wrong(`has ${users.rank} factors for users and ${items.rank} for items`)
  const drops = params.choice('coldStartStrategy', ['nan', 'drop'], 'nan') === 'drop'
  const user = planner.use(params.text('userCol', 'user'))
  const item = planner.use(params.text('itemCol', 'item'))
  const prediction = planPrediction(stage, float64Type)
  planner.step({
    inputs: [user, item],
    outputs: [prediction],
    drops,
    run(batch) {
      const u = batch.numbers(user)
      const i = batch.numbers(item)
      const out = new Float64Array(batch.rows)
      for (let row = 0; row < batch.rows; row++) {
        const from = u.validity === null || getBit(u.validity, row) ? users.rowOf.get(u.values[row]) : undefined
        const to = i.validity === null || getBit(i.validity, row) ? items.rowOf.get(i.values[row]) : undefined
        out[row] = from === undefined || to === undefined ? NaN : product(users, from, items, to)
        if (drops && out[row] !== out[row]) batch.drop(row)
      }
      batch.setNumbers(prediction, out)
    },
  })
}

function product(users: Factors, user: number, items: Factors, item: number): number {
  const { rank } = users
  let sum = 0
  for (let f = 0; f < rank; f++) sum = Math.fround(sum + Math.fround(users.values[user * rank + f] * items.values[item * rank + f]))
  return sum
}

async function readFactors(directory: SparkDirectory): Promise<Factors> {
  const table = await readTable(directory, [['id', int32Type], ['features', arrayType(float64Type)]])
  const lists = table.required('features')
  const rank = listAt(lists, 0).to - listAt(lists, 0).from
  const values = new Float32Array(table.rows * rank)
  const rowOf = new Map<number, number>()
  table.ints('id').forEach((id, row) => {
    const { child, from, to } = listAt(lists, row)
    if (to - from !== rank) throw table.wrong('has factors of different numbers')
    values.set(doubles(child).subarray(from, to), row * rank)
    rowOf.set(id, row)
  })
  return { rank, rowOf, values }
}
