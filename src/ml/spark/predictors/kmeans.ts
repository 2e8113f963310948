import { int32Type } from '../../../columnar/data-type.ts'
import type { Batch } from '../batch.ts'
import type { Features } from '../features.ts'
import { vectorAt, vectorStruct } from '../linalg.ts'
import type { StageContext } from '../stage.ts'
import { readTable } from '../tables.ts'
import { planCluster } from './regressor.ts'

/** Distance from row `row` of the features to a centre; what is less is nearer. */
export type Distance = (row: number, centre: Float64Array) => number

/** Squared Euclidean or cosine distances from the rows of a block. A vector of zeros has no direction and is refused. */
export function distanceFrom(features: Features, measure: 'euclidean' | 'cosine', stage: string, batch: Batch): Distance {
  if (measure === 'euclidean') {
    const dense = features.toDense()
    return (row, centre) => {
      let sum = 0
      const base = row * centre.length
      for (let i = 0; i < centre.length; i++) {
        const d = dense[base + i] - centre[i]
        sum += d * d
      }
      return sum
    }
  }
  const norms = new Float64Array(features.rows)
  for (let row = 0; row < features.rows; row++) {
    features.forEach(row, (_, x) => {
      norms[row] += x * x
    })
    norms[row] = Math.sqrt(norms[row])
    if (norms[row] === 0) batch.refuse(row, () => `${stage} measures angles, and a vector of zeros has none.`)
  }
  return (row, centre) => {
    let product = 0
    let square = 0
    for (let i = 0; i < centre.length; i++) square += centre[i] * centre[i]
    features.forEach(row, (i, x) => {
      product += x * centre[i]
    })
    return 1 - product / norms[row] / Math.sqrt(square)
  }
}

export const measures = ['euclidean', 'cosine'] as const

/** KMeansModel: the nearest centre; of equally near ones the first. */
export async function kMeansModel(stage: StageContext): Promise<void> {
  const table = await readTable(stage.directory.child('data'), [['clusterIdx', int32Type], ['clusterCenter', vectorStruct]])
  const order = table.ints('clusterIdx')
  const stored = table.required('clusterCenter')
  const centres = Array.from(order, (_, i) => vectorAt(stored, i, `cluster ${i}`))
  const sorted = Array.from(order.keys()).sort((a, b) => order[a] - order[b]).map(i => centres[i])
  const size = sorted[0].length
  if (sorted.some(c => c.length !== size)) throw table.wrong('has clusters of different sizes')
  const measure = stage.params.choice('distanceMeasure', measures, 'euclidean')
  planCluster(stage, size, (features, batch) => {
    const distance = distanceFrom(features, measure, stage.name, batch)
    const out = new Int32Array(features.rows)
    for (let row = 0; row < features.rows; row++) {
      let best = Infinity
      sorted.forEach((centre, c) => {
        const d = distance(row, centre)
        if (d < best) {
          best = d
          out[row] = c
        }
      })
    }
    return out
  })
}
