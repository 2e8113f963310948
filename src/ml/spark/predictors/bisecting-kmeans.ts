import { arrayType, int32Type } from '../../../columnar/data-type.ts'
import type { SparkDirectory } from '../directory.ts'
import { vectorAt, vectorStruct } from '../linalg.ts'
import { parseJson } from '../params.ts'
import type { StageContext } from '../stage.ts'
import { ints, listAt, readTable } from '../tables.ts'
import { distanceFrom, measures } from './kmeans.ts'
import { planCluster } from './regressor.ts'

interface Node {
  readonly index: number
  readonly centre: Float64Array
  readonly children: readonly number[]
}

/** BisectingKMeansModel: down the tree of clusters, always to the nearer child. */
export async function bisectingKMeansModel(stage: StageContext): Promise<void> {
  const place = stage.directory.child('data')
  const root = parseJson(place.child('metadata').line(), `${place.path}metadata`).get('rootId').number()
  const nodes = await readNodes(place.child('data'), root)
  const top = nodes.get(root) as Node
  const measure = stage.params.choice('distanceMeasure', measures, 'euclidean')
  planCluster(stage, top.centre.length, (features, batch) => {
    const distance = distanceFrom(features, measure, stage.name, batch)
    const out = new Int32Array(features.rows)
    for (let row = 0; row < features.rows; row++) {
      let node = top
      while (node.children.length > 0) {
        let best = Infinity
        let next = node.children[0]
        for (const child of node.children) {
          const d = distance(row, (nodes.get(child) as Node).centre)
          if (d < best) {
            best = d
            next = child
          }
        }
        node = nodes.get(next) as Node
      }
      out[row] = node.index
    }
    return out
  })
}

/** The nodes by index; reached from the root once each, so that every walk ends. */
async function readNodes(directory: SparkDirectory, root: number): Promise<ReadonlyMap<number, Node>> {
  const table = await readTable(directory, [['index', int32Type], ['center', vectorStruct], ['children', arrayType(int32Type)]])
  const centres = table.required('center')
  const lists = table.required('children')
  const all = new Map<number, Node>()
  table.ints('index').forEach((index, i) => {
    const { child, from, to } = listAt(lists, i)
    all.set(index, { index, centre: vectorAt(centres, i, `cluster ${index}`), children: Array.from(ints(child).subarray(from, to)) })
  })
  const size = all.get(root)?.centre.length
  const open = [root]
  const seen = new Set<number>()
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    const node = all.get(index)
    if (node === undefined || seen.has(index) || node.centre.length !== size) throw table.wrong(`is no tree of clusters at ${index}`)
    seen.add(index)
    open.push(...node.children)
  }
  return all
}
