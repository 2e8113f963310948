import { arrayType, type DataType, integerType, stringType } from '../../columnar/data-type.ts'
import { vectorOf } from '../../columnar/builder.ts'
import { dictionaryVector, float64Vector, Vector } from '../../columnar/vector.ts'
import type { TreeEnsemble } from '../tree/ensemble.ts'
import type { RowsForTrees } from './contributions.ts'
import type { Extra } from './scorer.ts'

/** H2O keeps a path in 64 bits, the last of which marks its end. */
const maxPathLength = 63

export interface LeafOptions {
  readonly ensemble: TreeEnsemble
  /** Where each tree of the ensemble stands among `count` ones; the others are null. */
  readonly places: Int32Array
  readonly count: number
  readonly rowsFor: (ensemble: TreeEnsemble) => RowsForTrees
  /** Which of the two outputs there are. */
  readonly paths: boolean
  readonly ids: boolean
}

/** The leaf of each tree that a row ends at: the way to it as L and R, and its number. */
export function leafExtras(options: LeafOptions): Extra[] {
  const { ensemble, count } = options
  const lengths = pathLengths(ensemble)
  // Made when first asked for: most callers never do, and there are as many as nodes.
  let dictionary: Vector | undefined
  const asPaths = (values: Float64Array, rows: number): Vector => arrayOf(stringType, rows, count, nullsWhereNaN(values), validity =>
    dictionaryVector(Int32Array.from(values), (dictionary ??= vectorOf(stringType, pathsOf(ensemble))), values.length, validity))
  const asNumbers = (values: Float64Array, rows: number): Vector => arrayOf(integerType, rows, count, nullsWhereNaN(values), validity => float64Vector(integerType, values, validity))
  const isTooDeep = (leaf: number): boolean => lengths[leaf] > maxPathLength
  const extras: Extra[] = []
  if (options.paths) extras.push(leafExtra('leafNodeAssignments', stringType, options, leaf => (isTooDeep(leaf) ? NaN : leaf), asPaths))
  if (options.ids) extras.push(leafExtra('leafNodeAssignmentIds', integerType, options, leaf => (isTooDeep(leaf) ? -1 : ensemble.ids[leaf]), asNumbers))
  return extras
}

function leafExtra(name: string, element: DataType, { ensemble, places, count, rowsFor }: LeafOptions, numberOf: (leaf: number) => number, vector: Extra['vector']): Extra {
  const treeRows = rowsFor(ensemble)
  return {
    output: { name, type: arrayType(element, true), nullable: false, library: name, extra: 'leaves' },
    width: count,
    compute(matrix, rows, out) {
      out.fill(NaN)
      treeRows.each(matrix, rows, (from, to) => {
        places.forEach((place, tree) => {
          const found = treeRows.scorer.leavesOf(tree)
          for (let r = from; r < to; r++) out[r * count + place] = numberOf(found[r - from])
        })
      })
    },
    vector,
  }
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
