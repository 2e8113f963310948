import { describe, expect, test } from 'vitest'
import { EnsembleBuilder, type EnsembleShape } from '../../../src/ml/tree/builder.ts'
import { nextUp } from '../../../src/ml/tree/next-up.ts'
import { categorySet, type CategorySet, type RawTree } from '../../../src/ml/tree/raw-tree.ts'
import { TreeScorer } from '../../../src/ml/tree/scorer.ts'

const fail = (what: string): Error => new Error(what)

/** One split on feature 0 with the leaves 1 (left) and 2 (right). */
function stump(threshold: number, missing: 'left' | 'right', split?: CategorySet | 'missing'): RawTree {
  return {
    left: Int32Array.of(1, -1, -1),
    right: Int32Array.of(2, -1, -1),
    feature: Int32Array.of(0, 0, 0),
    threshold: Float64Array.of(threshold, 0, 0),
    defaultLeft: Uint8Array.of(missing === 'left' ? 1 : 0, 0, 0),
    leaf: Float64Array.of(0, 1, 2),
    splitOf: node => (node === 0 ? split : undefined),
  }
}

function build(trees: readonly RawTree[], goesLeft: EnsembleShape['goesLeft'] = 'less', features = 1): TreeScorer {
  const builder = new EnsembleBuilder({ features, groups: 1, nodes: trees.length * 3, goesLeft }, fail)
  for (const tree of trees) builder.add(tree)
  return new TreeScorer(builder.finish())
}

/** The sum of every row; rows hold a value per feature. */
function sums(scorer: TreeScorer, rows: readonly (readonly number[])[]): number[] {
  for (const { feature, column } of scorer.inputs) rows.forEach((row, i) => (scorer.matrix[i * scorer.width + column] = row[feature]))
  scorer.prepare(rows.length)
  const out = new Float64Array(rows.length)
  scorer.sum(out)
  return Array.from(out)
}

const ways = (tree: RawTree, values: readonly number[], goesLeft: EnsembleShape['goesLeft'] = 'less'): string =>
  sums(build([tree], goesLeft), values.map(v => [v])).map(s => (s === 1 ? 'L' : s === 2 ? 'R' : '?')).join('')

describe('which way a value goes', () => {
  const around = [-Infinity, -1, 0.5, nextUp(0.5), 7, Infinity, NaN]

  test('less than the threshold goes left, missing as the split says', () => {
    expect(ways(stump(0.5, 'left'), around)).toBe('LLRRRRL')
    expect(ways(stump(0.5, 'right'), around)).toBe('LLRRRRR')
    expect(ways(stump(Infinity, 'left'), around)).toBe('LLLLLRL')
    expect(ways(stump(Infinity, 'right'), around)).toBe('LLLLLRR')
    expect(ways(stump(-Infinity, 'left'), around)).toBe('RRRRRRL')
  })

  test('not greater than the threshold goes left, missing as the split says', () => {
    expect(ways(stump(0.5, 'left'), around, 'notGreater')).toBe('LLLRRRL')
    expect(ways(stump(0.5, 'right'), around, 'notGreater')).toBe('LLLRRRR')
    expect(ways(stump(Infinity, 'left'), around, 'notGreater')).toBe('LLLLLLL')
    expect(ways(stump(Infinity, 'right'), around, 'notGreater')).toBe('LLLLLLR')
    expect(ways(stump(-Infinity, 'right'), around, 'notGreater')).toBe('LRRRRRR')
    expect(ways(stump(-0, 'right'), [-Number.MIN_VALUE, -0, 0, Number.MIN_VALUE], 'notGreater')).toBe('LLLR')
  })

  test('a split on whether the value is missing', () => {
    expect(ways(stump(NaN, 'right', 'missing'), around)).toBe('LLLLLLR')
    expect(ways(stump(NaN, 'left', 'missing'), around)).toBe('LLLLLLL')
  })

  test('a category in the set goes right, one of which the set does not speak left or as a missing one', () => {
    const values = [0, 3, 3.9, 4, 40, 41, 1e10, -1, -0.5, NaN]
    const listed = categorySet([3, 40], fail)
    expect(ways(stump(NaN, 'left', listed), values)).toBe('LRRLRLLLLL')
    expect(ways(stump(NaN, 'right', listed), values)).toBe('LRRLRLLLLR')
    const bits: CategorySet = { offset: 3, size: 38, words: Int32Array.of(1, 1 << 5), outside: 'missing' }
    expect(ways(stump(NaN, 'left', bits), values)).toBe('LRRLRLLLLL')
    expect(ways(stump(NaN, 'right', bits), values)).toBe('RRRLRRRRRR')
    expect(ways(stump(NaN, 'right', categorySet([], fail)), values)).toBe('LLLLLLLLLR')
  })

  test('one feature asked for in every way at once keeps them apart', () => {
    const trees = [stump(0.5, 'right'), stump(0.5, 'left'), stump(NaN, 'right', 'missing'), stump(NaN, 'left', categorySet([1], fail))]
    expect(sums(build(trees), [[0], [1], [NaN], [2], [Infinity]])).toEqual([4, 7, 6, 6, 6])
  })
})

test('only features that a tree asks for have a column', () => {
  const scorer = build([{ ...stump(0.5, 'left'), feature: Int32Array.of(7, 0, 0) }], 'less', 9)
  expect(scorer.inputs).toEqual([{ feature: 7, column: 0 }])
  expect(scorer.width).toBe(1)
})

test('the 32-bit sum is rounded after every tree, the 64-bit one is not', () => {
  const leaf = (value: number): RawTree => ({ ...stump(0, 'left'), leaf: Float64Array.of(0, value, value) })
  const scorer = build([leaf(16_777_216), leaf(1), leaf(1)])
  scorer.matrix.fill(0)
  scorer.prepare(1)
  const narrow = new Float32Array(1)
  const wide = new Float64Array(1)
  scorer.sum(narrow)
  scorer.sum(wide)
  expect([narrow[0], wide[0]]).toEqual([16_777_216, 16_777_218])
})

test('vector leaves add to every group, and leaves are told by what the file calls them', () => {
  const builder = new EnsembleBuilder({ features: 1, groups: 2, nodes: 6, goesLeft: 'less', leaves: 'vectors' }, fail)
  const tree: RawTree = { ...stump(0, 'left'), vectorOf: node => [node * 10, node], ids: Int32Array.of(50, 51, 52) }
  builder.add(tree)
  builder.add(tree)
  const scorer = new TreeScorer(builder.finish())
  for (let row = 0; row < 5; row++) scorer.matrix[row] = row - 2
  scorer.prepare(5)
  const out = new Float64Array(10)
  scorer.sum(out)
  expect(Array.from(out)).toEqual([20, 2, 20, 2, 40, 4, 40, 4, 40, 4])
  const ids = new Float64Array(10)
  scorer.leafIds(ids)
  expect(Array.from(ids)).toEqual([51, 51, 51, 51, 52, 52, 52, 52, 52, 52])
})

test.each<[string, RegExp, Partial<RawTree>]>([
  ['a child before its parent', /children 0 and 2/, { left: Int32Array.of(0, -1, -1) }],
  ['a child beyond the arrays', /children 1 and 3/, { right: Int32Array.of(3, -1, -1) }],
  ['a feature that is not there', /feature 1 of 1/, { feature: Int32Array.of(1, 0, 0) }],
  ['no threshold', /no threshold at node 0/, { threshold: Float64Array.of(NaN, 0, 0) }],
  ['a leaf that is no number', /no number at leaf 2/, { leaf: Float64Array.of(0, 0, NaN) }],
  ['a set without its bits', /set that is not whole/, { splitOf: () => ({ offset: 0, size: 64, words: Int32Array.of(1), outside: 'left' }) }],
  ['more nodes than were counted', /more nodes/, { left: Int32Array.of(1, -1, -1, -1) }],
])('refused: %s', (_, message, change) => {
  expect(() => build([{ ...stump(0, 'left'), ...change }])).toThrow(message)
})
