import { arrayType, type DataType, field, float64Type, int32Type, structType } from '../../../columnar/data-type.ts'
import type { Vector } from '../../../columnar/vector.ts'
import { type CategorySet, maxCategory, type RawTree } from '../../tree/raw-tree.ts'
import type { SparkDirectory } from '../directory.ts'
import { doubles, ints, listAt, readTable, type Table } from '../tables.ts'

const nodeFields: readonly (readonly [string, DataType])[] = [
  ['id', int32Type], ['prediction', float64Type], ['impurityStats', arrayType(float64Type)], ['leftChild', int32Type], ['rightChild', int32Type],
  ['split', structType([field('featureIndex', int32Type), field('leftCategoriesOrThreshold', arrayType(float64Type)), field('numCategories', int32Type)])],
]

/** One tree as Spark stores it: its nodes in pre-order, so that leaves come from left to right. */
export interface StoredTree {
  /** Without what its leaves add, which each kind of model has its own way to compute. */
  readonly raw: Omit<RawTree, 'leaf' | 'vectorOf'>
  readonly prediction: Float64Array
  /** Of a classifier the counts of the classes, of a regressor count, sum and sum of squares. */
  statistics(node: number): Float64Array
}

/** The tree of a DecisionTree…Model. */
export async function readTree(directory: SparkDirectory): Promise<StoredTree> {
  const table = await readTable(directory, nodeFields)
  return treeOf(table, nodeFields.map(([name]) => table.required(name)), Array.from({ length: table.rows }, (_, row) => row))
}

/** The trees of a forest or of boosting, in order of their numbers. */
export async function readTrees(directory: SparkDirectory): Promise<StoredTree[]> {
  const table = await readTable(directory, [['treeID', int32Type], ['nodeData', structType(nodeFields.map(([name, type]) => field(name, type)))]])
  const rowsOf = new Map<number, number[]>()
  const { children } = table.required('nodeData')
  table.ints('treeID').forEach((tree, row) => {
    const rows = rowsOf.get(tree)
    if (rows === undefined) rowsOf.set(tree, [row])
    else rows.push(row)
  })
  return [...rowsOf].sort((a, b) => a[0] - b[0]).map(([, rows]) => treeOf(table, children, rows))
}

function treeOf(table: Table, [idColumn, predictions, statistics, lefts, rights, splits]: readonly Vector[], rows: number[]): StoredTree {
  const nodeIds = ints(idColumn)
  rows.sort((a, b) => nodeIds[a] - nodeIds[b])
  rows.forEach((row, node) => {
    if (nodeIds[row] !== node) throw table.wrong(`has a tree without node ${node}`)
  })
  const left = Int32Array.from(rows, row => ints(lefts)[row])
  const [features, values, categories] = splits.children
  const listOf = (lists: Vector, node: number): Float64Array => {
    const { child, from, to } = listAt(lists, rows[node])
    return doubles(child).subarray(from, to)
  }
  const count = (node: number): number => ints(categories)[rows[node]]
  let leaves = 0
  return {
    raw: {
      left,
      right: Int32Array.from(rows, row => ints(rights)[row]),
      feature: Int32Array.from(rows, row => ints(features)[row]),
      threshold: Float64Array.from(rows, (_, node) => listOf(values, node)[0] ?? NaN),
      // NaN is not at most a threshold, and in no set of categories.
      defaultLeft: Uint8Array.from(rows, (_, node) => (count(node) >= 0 && !isLeftSmaller(listOf(values, node), count(node)) ? 1 : 0)),
      ids: Int32Array.from(rows, (_, node) => (left[node] < 0 ? leaves++ : -1)),
      splitOf: node => (count(node) < 0 ? undefined : categorySplit(listOf(values, node), count(node), what => table.wrong(`${what} at node ${node}`))),
    },
    prediction: Float64Array.from(rows, row => doubles(predictions)[row]),
    statistics: node => listOf(statistics, node),
  }
}

/** Of a split on categories Spark keeps the smaller side; what is not in it goes to the other. */
function isLeftSmaller(left: Float64Array, count: number): boolean {
  return left.length <= count / 2
}

/** The categories that go right. One that was not there in training is in neither set: it goes where the larger one is. */
function categorySplit(left: Float64Array, count: number, wrong: (what: string) => Error): CategorySet {
  if (count > maxCategory) throw wrong(`splits on ${count} categories`)
  const words = new Int32Array((count + 31) >> 5)
  for (let c = 0; c < count; c++) words[c >> 5] |= 1 << (c & 31)
  for (const category of left) {
    if (!Number.isInteger(category) || category < 0 || category >= count) throw wrong(`splits on category ${category} of ${count}`)
    words[category >> 5] &= ~(1 << (category & 31))
  }
  return { offset: 0, size: count, words, outside: isLeftSmaller(left, count) ? 'missing' : 'left' }
}
