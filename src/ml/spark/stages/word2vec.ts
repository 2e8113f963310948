import { arrayType, float64Type, stringType } from '../../../columnar/data-type.ts'
import { CategoryIndex } from '../../category-index.ts'
import { Features } from '../features.ts'
import { maxCells } from '../linalg.ts'
import { featuresType } from '../planner.ts'
import type { StageContext } from '../stage.ts'
import { doubles, listAt, readTable, strings } from '../tables.ts'
import { textLists } from '../text-lists.ts'

/** Word2VecModel: the mean of the vectors of a row's words; a word without a vector counts as zeros. */
export async function word2VecModel(stage: StageContext): Promise<void> {
  const { params, planner, directory } = stage
  const table = await readTable(directory.child('data'), [['word', stringType], ['vector', arrayType(float64Type)]])
  const lists = table.required('vector')
  const words = new CategoryIndex(strings(table.required('word')))
  const size = table.rows === 0 ? 0 : listAt(lists, 0).to - listAt(lists, 0).from
  if (size * table.rows > maxCells) throw table.wrong(`has ${table.rows} words of ${size} values`)
  const vectors = new Float64Array(size * table.rows)
  for (let word = 0; word < table.rows; word++) {
    const { child, from, to } = listAt(lists, word)
    if (to - from !== size) throw table.wrong('has vectors of different sizes')
    vectors.set(doubles(child).subarray(from, to), word * size)
  }
  const input = planner.use(params.get('inputCol').text())
  const output = planner.add(params.get('outputCol').text(), featuresType(size))
  planner.step({
    inputs: [input],
    outputs: [output],
    run(batch) {
      const { offsets, words: given } = textLists(batch, input, stage.name)
      const out = new Float64Array(batch.rows * size)
      for (let row = 0; row < batch.rows; row++) {
        const at = row * size
        for (let w = offsets[row]; w < offsets[row + 1]; w++) {
          const word = words.codeOf(given.bytes, given.start(w), given.end(w))
          for (let i = 0; word >= 0 && i < size; i++) out[at + i] += vectors[word * size + i]
        }
        const share = 1 / (offsets[row + 1] - offsets[row])
        if (share !== Infinity) for (let i = 0; i < size; i++) out[at + i] *= share
      }
      batch.set(output, Features.dense(batch.rows, size, out))
    },
  })
}
