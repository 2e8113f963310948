import { describe, expect, test } from 'vitest'
import { EnsembleBuilder } from '../../../src/ml/tree/builder.ts'
import { gaussLegendre } from '../../../src/ml/tree/gauss-legendre.ts'
import type { RawTree } from '../../../src/ml/tree/raw-tree.ts'
import { TreeScorer } from '../../../src/ml/tree/scorer.ts'
import { canExplain, TreeExplainer } from '../../../src/ml/tree/shap.ts'

const fail = (what: string): Error => new Error(what)

/** A small generator of its own, so that a failure comes again. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
}

/** A random tree of `splits` splits over `features` features, that are asked for again and again. */
function randomTree(splits: number, features: number, random: () => number): RawTree {
  const nodes = splits * 2 + 1
  const tree = {
    left: new Int32Array(nodes).fill(-1),
    right: new Int32Array(nodes).fill(-1),
    feature: new Int32Array(nodes),
    threshold: new Float64Array(nodes),
    defaultLeft: new Uint8Array(nodes),
    leaf: Float64Array.from({ length: nodes }, () => random() - 0.5),
    cover: new Float64Array(nodes),
  }
  tree.cover[0] = 1000
  const open = [0]
  let next = 1
  for (let k = 0; k < splits; k++) {
    const [node] = open.splice(Math.floor(random() * open.length), 1)
    tree.feature[node] = Math.floor(random() * features)
    tree.threshold[node] = random()
    tree.defaultLeft[node] = Math.round(random())
    tree.left[node] = next++
    tree.right[node] = next++
    const part = 0.1 + 0.8 * random()
    tree.cover[tree.left[node]] = tree.cover[node] * part
    tree.cover[tree.right[node]] = tree.cover[node] * (1 - part)
    open.push(tree.left[node], tree.right[node])
  }
  return tree
}

/** What the tree says when only the features of `known` are: elsewhere both ways count, by their share of the training data. */
function partial(tree: RawTree, row: readonly number[], known: number, node = 0): number {
  const { left, right, feature, threshold, defaultLeft, leaf, cover = [] } = tree
  if (left[node] < 0) return leaf[node]
  const f = feature[node]
  if ((known >> f) & 1) {
    const x = row[f]
    const goesLeft = Number.isNaN(x) ? defaultLeft[node] === 1 : x < threshold[node]
    return partial(tree, row, known, goesLeft ? left[node] : right[node])
  }
  return (partial(tree, row, known, left[node]) * cover[left[node]] + partial(tree, row, known, right[node]) * cover[right[node]]) / cover[node]
}

/** Shapley values by their definition: over all subsets of the features. */
function byDefinition(tree: RawTree, row: readonly number[], features: number): number[] {
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1))
  const size = (set: number): number => (set === 0 ? 0 : (set & 1) + size(set >> 1))
  const values = Array.from({ length: features }, (_, f) => {
    let sum = 0
    for (let set = 0; set < 1 << features; set++) {
      if ((set >> f) & 1) continue
      const weight = (factorial(size(set)) * factorial(features - size(set) - 1)) / factorial(features)
      sum += weight * (partial(tree, row, set | (1 << f)) - partial(tree, row, set))
    }
    return sum
  })
  return [...values, partial(tree, row, 0)]
}

function scorerOf(trees: readonly RawTree[], features: number): TreeScorer {
  const nodes = trees.reduce((sum, tree) => sum + tree.left.length, 0)
  const builder = new EnsembleBuilder({ features, groups: 1, nodes, goesLeft: 'less', cover: 'known' }, fail)
  for (const tree of trees) builder.add(tree)
  return new TreeScorer(builder.finish())
}

function explain(scorer: TreeScorer, rows: readonly (readonly number[])[], features: number): number[][] {
  for (const { feature, column } of scorer.inputs) rows.forEach((row, i) => (scorer.matrix[i * scorer.width + column] = row[feature]))
  scorer.prepare(rows.length)
  const out = new Float64Array(rows.length * (features + 1))
  new TreeExplainer(scorer.ensemble).add(scorer, rows.length, features, out)
  return rows.map((_, i) => Array.from(out.subarray(i * (features + 1), (i + 1) * (features + 1))))
}

describe('contributions are the Shapley values of the definition', () => {
  test.each([1, 2, 3, 4, 5])('random trees and rows, missing values among them (%i)', seed => {
    const random = numbers(seed)
    const features = 6
    const trees = [randomTree(1, features, random), randomTree(12, features, random), randomTree(25, 2, random)]
    const rows = Array.from({ length: 9 }, () => Array.from({ length: features }, () => (random() < 0.2 ? NaN : random())))
    const got = explain(scorerOf(trees, features), rows, features)
    rows.forEach((row, i) => {
      const each = trees.map(tree => byDefinition(tree, row, features))
      got[i].forEach((value, k) => expect(value).toBeCloseTo(each.reduce((sum, values) => sum + values[k], 0), 12))
    })
  })
})

test('a way with more features than an integer has bits, and one with fewer, add up to the prediction', () => {
  for (const features of [29, 31, 300]) {
    const random = numbers(features)
    const nodes = features * 2 + 1
    const chain: RawTree = {
      left: Int32Array.from({ length: nodes }, (_, k) => (k % 2 === 0 && k + 2 < nodes ? k + 1 : -1)),
      right: Int32Array.from({ length: nodes }, (_, k) => (k % 2 === 0 && k + 2 < nodes ? k + 2 : -1)),
      feature: Int32Array.from({ length: nodes }, (_, k) => Math.min(k >> 1, features - 1)),
      threshold: new Float64Array(nodes).fill(0.3),
      defaultLeft: new Uint8Array(nodes),
      leaf: Float64Array.from({ length: nodes }, () => random()),
      cover: Float64Array.from({ length: nodes }, (_, k) => (k % 2 === 0 ? 1000 * 0.9 ** (k / 2) : 1000 * 0.9 ** ((k - 1) / 2) * 0.1)),
    }
    const rows = Array.from({ length: 5 }, () => Array.from({ length: features }, () => 0.25 + random()))
    const scorer = scorerOf([chain], features)
    const got = explain(scorer, rows, features)
    const sums = new Float64Array(rows.length)
    scorer.sum(sums)
    got.forEach((values, i) => expect(values.reduce((a, b) => a + b, 0)).toBeCloseTo(sums[i], 12))
  }
})

test('what would take seconds a row is not offered', () => {
  const deep = (leaves: number): RawTree => {
    const nodes = leaves * 2 - 1
    return {
      left: Int32Array.from({ length: nodes }, (_, k) => (k % 2 === 0 && k + 2 < nodes ? k + 1 : -1)),
      right: Int32Array.from({ length: nodes }, (_, k) => (k % 2 === 0 && k + 2 < nodes ? k + 2 : -1)),
      feature: new Int32Array(nodes),
      threshold: new Float64Array(nodes),
      defaultLeft: new Uint8Array(nodes),
      leaf: new Float64Array(nodes),
      cover: new Float64Array(nodes).fill(1),
    }
  }
  expect(canExplain(scorerOf([deep(1000)], 1).ensemble)).toBe(false)
  expect(canExplain(scorerOf([deep(100)], 1).ensemble)).toBe(true)
})

test.each([1, 2, 3, 5, 20, 500])("Gauss's rule with %i points integrates every power that it should", count => {
  const { points, weights } = gaussLegendre(count)
  for (const power of new Set([0, 1, count - 1, count, 2 * count - 1])) {
    expect(points.reduce((sum, x, i) => sum + weights[i] * x ** power, 0)).toBeCloseTo(1 / (power + 1), 13)
  }
})
