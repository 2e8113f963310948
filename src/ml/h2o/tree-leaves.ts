import { arrayType, type DataType, integerType, stringType } from '../../columnar/data-type.ts'
import { vectorOf } from '../../columnar/builder.ts'
import { dictionaryVector, float64Vector, Vector } from '../../columnar/vector.ts'
import type { TreeEnsemble } from '../tree/ensemble.ts'
import type { Extra } from './scorer.ts'
import { firstNumberedVersion, type SharedTrees } from './shared-trees.ts'
import { TreeRows } from './tree-rows.ts'

/** Versions before this one wrote sets so that H2O cannot tell paths from them. */
const firstPathVersion = 1.2
/** H2O keeps a path in 64 bits, the last of which marks its end. */
const maxPathLength = 63

/** The leaf of each tree that a row ends at: the way to it as L and R, and its number. */
export function leafExtras(trees: SharedTrees, version: number): Extra[] {
  if (version < firstPathVersion) return []
  const lengths = pathLengths(trees.ensemble)
  // Made when first asked for: most callers never do, and there are as many as nodes.
  let dictionary: Vector | undefined
  const count = trees.rounds * trees.perRound
  const leaves = (name: string, element: Extra['output']['type'], vector: Extra['vector'], number: (leaf: number) => number): Extra => {
    const rowsOfTrees = new TreeRows(trees.ensemble)
    return {
      output: { name, type: arrayType(element, true), nullable: false, library: name, extra: 'leaves' },
      width: count,
      compute(matrix, rows, out) {
        out.fill(NaN)
        rowsOfTrees.each(matrix, rows, (from, to) => {
          trees.places.forEach((place, tree) => {
            const found = rowsOfTrees.scorer.leavesOf(tree)
            for (let r = from; r < to; r++) out[r * count + place] = number(found[r - from])
          })
        })
      },
      vector,
    }
  }
  const asPaths = (values: Float64Array, rows: number): Vector => arrayOf(stringType, rows, count, nullsWhereNaN(values), validity =>
    dictionaryVector(Int32Array.from(values), (dictionary ??= vectorOf(stringType, pathsOf(trees.ensemble))), values.length, validity))
  const asNumbers = (values: Float64Array, rows: number): Vector => arrayOf(integerType, rows, count, nullsWhereNaN(values), validity => float64Vector(integerType, values, validity))
  const result = [leaves('leafNodeAssignments', stringType, asPaths, leaf => (lengths[leaf] > maxPathLength ? NaN : leaf))]
  if (trees.hasDetails && version >= firstNumberedVersion) {
    result.push(leaves('leafNodeAssignmentIds', integerType, asNumbers, leaf => (lengths[leaf] > maxPathLength ? -1 : trees.ensemble.ids[leaf])))
  }
  return result
}

function pathLengths({ left }: TreeEnsemble): Int32Array {
  const lengths = new Int32Array(left.length)
  left.forEach((child, node) => {
    if (child !== node) lengths[child] = lengths[child + 1] = lengths[node] + 1
  })
  return lengths
}

/** The way from the root to each node; parents come before their children. */
function pathsOf({ left }: TreeEnsemble): string[] {
  const paths = new Array<string>(left.length).fill('')
  for (let node = 0; node < left.length; node++) {
    const child = left[node]
    if (child === node) continue
    // A path that is longer than any that is told need not be known.
    const path = paths[node].slice(0, maxPathLength)
    paths[child] = `${path}L`
    paths[child + 1] = `${path}R`
  }
  return paths
}

function nullsWhereNaN(values: Float64Array): Uint8Array | null {
  if (!values.some(Number.isNaN)) return null
  const bits = new Uint8Array((values.length + 7) >> 3)
  values.forEach((x, i) => {
    if (x === x) bits[i >> 3] |= 1 << (i & 7)
  })
  return bits
}

function arrayOf(element: DataType, rows: number, count: number, validity: Uint8Array | null, elements: (validity: Uint8Array | null) => Vector): Vector {
  const offsets = Int32Array.from({ length: rows + 1 }, (_, r) => r * count)
  return new Vector(arrayType(element, true), rows, null, null, offsets, [elements(validity)])
}
