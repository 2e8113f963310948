import { option, optionTable } from '../../../common/options.ts'
import { savedInt, savedVector, vectorCell } from '../../spark/write/saved-table.ts'
import { fitFailed } from '../errors.ts'
import { fitKMeans } from '../k-means.ts'
import { defineStage, numberOption } from '../stage-definition.ts'
import { checkFinite, predictorParams } from './predictor-params.ts'

/** KMeans. Its start is another one than Spark's, which is random too; see {@link fitKMeans}. */
export const kMeans = defineStage({
  name: 'KMeans',
  className: 'clustering.KMeansModel',
  params: optionTable({
    ...predictorParams,
    k: option.integer(2, 'How many clusters.', { min: 2, max: 100_000 }),
    // What Spark takes where no seed is set: the hash of the class's name.
    seed: option.integer(-1689246527, 'Where the random start begins.'),
    maxIter: option.integer(20, 'Most iterations.', { min: 0 }),
    tol: numberOption(1e-4, 'How far a centre may move in the last iteration.', 0),
    distanceMeasure: option.oneOf(['euclidean', 'cosine'], 'euclidean', 'What nearest means.'),
  }),
  fit(data, params) {
    const set = data.training(params.featuresCol, undefined, 'KMeans')
    checkFinite(set, 'KMeans')
    if (params.distanceMeasure === 'cosine' && hasZeros(set.blocks.map(b => b.features.toDense()), set.size)) {
      throw fitFailed('KMeans', 'distanceMeasure "cosine" measures angles, and a vector of zeros has none', 'Leave such rows out with where().')
    }
    const { centres } = fitKMeans(set, params)
    return {
      columns: [
        { name: 'clusterIdx', type: savedInt, values: centres.map((_, c) => c) },
        { name: 'clusterCenter', type: savedVector, values: centres.map(vectorCell) },
      ],
    }
  },
})

function hasZeros(blocks: readonly Float64Array[], size: number): boolean {
  return blocks.some(block => {
    for (let base = 0; base < block.length; base += size) if (block.subarray(base, base + size).every(x => x === 0)) return true
    return false
  })
}
