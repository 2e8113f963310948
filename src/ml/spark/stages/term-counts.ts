import { arrayType, stringType } from '../../../columnar/data-type.ts'
import { CategoryIndex } from '../../category-index.ts'
import { denseSize, Features, SparseBuilder } from '../features.ts'
import { hashWord, nonNegativeModulo } from '../murmur.ts'
import { featuresType } from '../planner.ts'
import type { StageContext } from '../stage.ts'
import { readTable } from '../tables.ts'
import { textLists } from '../text-lists.ts'
import { listOfStrings } from './string-indexer.ts'

/** HashingTF: how often a row has words of each hash. */
export function hashingTF(stage: StageContext): void {
  const size = stage.params.count('numFeatures', 1 << 18)
  if (size < 1) throw stage.extra.wrong('hashes to no features')
  const isOld = stage.version.major < 3
  countTerms(stage, size, (bytes, start, end) => nonNegativeModulo(hashWord(bytes, start, end, isOld), size), 0)
}

/** CountVectorizerModel: how often a row has each word of the vocabulary, if often enough (`minTF`, of one row). */
export async function countVectorizerModel(stage: StageContext): Promise<void> {
  const table = (await readTable(stage.directory.child('data'), [['vocabulary', arrayType(stringType)]])).single
  const vocabulary = listOfStrings(table.required('vocabulary'), 0)
  const index = new CategoryIndex(vocabulary)
  countTerms(stage, vocabulary.length, (bytes, start, end) => index.codeOf(bytes, start, end), stage.params.number('minTF', 1))
}

type PlaceOf = (bytes: Uint8Array, start: number, end: number) => number

/** `minTF` from 1 on is a count, below a share of the row's words. */
function countTerms(stage: StageContext, size: number, placeOf: PlaceOf, minTF: number): void {
  const { params, planner } = stage
  const isBinary = params.boolean('binary', false)
  const input = planner.use(params.get('inputCol').text())
  const output = planner.add(params.get('outputCol').text(), featuresType(size))
  planner.step({
    inputs: [input],
    outputs: [output],
    run(batch) {
      const { offsets, words } = textLists(batch, input, stage.name)
      const builder = new SparseBuilder(batch.rows, size)
      const counts = new Map<number, number>()
      for (let row = 0; row < batch.rows; row++) {
        counts.clear()
        for (let w = offsets[row]; w < offsets[row + 1]; w++) {
          const place = placeOf(words.bytes, words.start(w), words.end(w))
          if (place >= 0) counts.set(place, (counts.get(place) ?? 0) + 1)
        }
        const least = minTF >= 1 ? minTF : minTF * (offsets[row + 1] - offsets[row])
        for (const place of [...counts.keys()].sort((a, b) => a - b)) {
          const count = counts.get(place) ?? 0
          if (count >= least) builder.add(place, isBinary ? 1 : count)
        }
        builder.endRow()
      }
      const sparse = builder.finish()
      batch.set(output, size <= denseSize / 8 ? Features.dense(batch.rows, size, sparse.toDense()) : sparse)
    },
  })
}
