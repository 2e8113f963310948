import { float64Type, int32Type } from '../../../columnar/data-type.ts'
import { EnsembleBuilder } from '../../tree/builder.ts'
import { TreeScorer } from '../../tree/scorer.ts'
import { Features } from '../features.ts'
import { sparkUnreadable } from '../failures.ts'
import { featuresType } from '../planner.ts'
import type { StageContext } from '../stage.ts'
import { readTable } from '../tables.ts'
import { logistic, mirrored, normaliseRows, planClassifier } from './classifier.ts'
import { planRegressor } from './regressor.ts'
import { readTree, readTrees, type StoredTree } from './tree-table.ts'

type LeafVector = (tree: StoredTree, node: number) => Float64Array

/** The trees as the evaluator has them: one number per leaf, or one per class. */
class Forest {
  readonly size: number
  readonly trees: readonly StoredTree[]
  readonly #scorer: TreeScorer
  readonly #columnOf: ReadonlyMap<number, number>

  private constructor(size: number, trees: readonly StoredTree[], scorer: TreeScorer) {
    this.size = size
    this.trees = trees
    this.#scorer = scorer
    this.#columnOf = new Map(scorer.inputs.map(({ feature, column }) => [feature, column]))
  }

  static of(stage: StageContext, trees: readonly StoredTree[], groups: number, leaf: (tree: StoredTree, t: number) => Float64Array, vector?: LeafVector): Forest {
    const features = stage.extra.get('numFeatures').count(0x7fffffff)
    const nodes = trees.reduce((n, tree) => n + tree.raw.left.length, 0)
    const shape = { features, groups, nodes, goesLeft: 'notGreater', leaves: vector === undefined ? 'numbers' : 'vectors' } as const
    const builder = new EnsembleBuilder(shape, what => sparkUnreadable(`"${stage.directory.path}data": ${what}`))
    trees.forEach((tree, t) => builder.add({ ...tree.raw, leaf: leaf(tree, t), ...(vector === undefined ? {} : { vectorOf: (node: number) => vector(tree, node) }) }))
    return new Forest(features, trees, new TreeScorer(builder.finish()))
  }

  /** What the leaves of all trees add up to: row-major, `groups` wide. */
  sums(features: Features): Float64Array {
    const { groups } = this.#scorer.ensemble
    const out = new Float64Array(features.rows * groups)
    this.#eachBlock(features, (from, to) => this.#scorer.sum(out.subarray(from * groups, to * groups)))
    return out
  }

  /** The leaf of each tree, counted from left to right: row-major, a column per tree. */
  leaves(features: Features): Float64Array {
    const width = this.trees.length
    const out = new Float64Array(features.rows * width)
    this.#eachBlock(features, (from, to) => this.#scorer.leafIds(out.subarray(from * width, to * width)))
    return out
  }

  #eachBlock(features: Features, visit: (from: number, to: number) => void): void {
    for (let from = 0; from < features.rows; from += this.#scorer.blockRows) {
      const to = Math.min(features.rows, from + this.#scorer.blockRows)
      this.#gather(features, from, to)
      this.#scorer.prepare(to - from)
      visit(from, to)
    }
  }

  /** Only the features that the trees ask for; of sparse vectors, what is not written is zero. */
  #gather({ dense, size, offsets, indices, values }: Features, from: number, to: number): void {
    const { matrix, width, inputs } = this.#scorer
    if (dense !== null) {
      for (const { feature, column } of inputs) {
        for (let at = column, cell = from * size + feature, row = from; row < to; row++, at += width, cell += size) matrix[at] = dense[cell]
      }
      return
    }
    matrix.fill(0, 0, (to - from) * width)
    for (let row = from; row < to; row++) {
      const at = (row - from) * width
      for (let e = offsets[row]; e < offsets[row + 1]; e++) {
        const column = this.#columnOf.get(indices[e])
        if (column !== undefined) matrix[at + column] = values[e]
      }
    }
  }
}

const noLeaves = new Float64Array(0)
const predictions = (tree: StoredTree): Float64Array => tree.prediction

/** DecisionTreeClassificationModel: raw scores are the counts of the classes in the leaf. */
export async function decisionTreeClassificationModel(stage: StageContext): Promise<void> {
  const trees = [await readTree(stage.directory.child('data'))]
  planVotes(stage, trees, (tree, node) => tree.statistics(node), false)
}

/** RandomForestClassificationModel: raw scores are the shares of the classes, summed over the trees. */
export async function randomForestClassificationModel(stage: StageContext): Promise<void> {
  const trees = await readTrees(stage.directory.child('data'))
  planVotes(stage, trees, (tree, node) => {
    const counts = tree.statistics(node)
    const total = counts.reduce((a, b) => a + b, 0)
    return total === 0 ? new Float64Array(counts.length) : counts.map(c => c / total)
  }, true)
}

function planVotes(stage: StageContext, trees: readonly StoredTree[], vote: LeafVector, isForest: boolean): void {
  const classes = stage.extra.get('numClasses').count(1_000_000)
  const forest = Forest.of(stage, trees, classes, () => noLeaves, vote)
  planClassifier(stage, {
    classes,
    size: forest.size,
    raw: features => forest.sums(features),
    probability: (raw, rows) => normaliseRows(raw, rows, classes),
  })
  planLeaves(stage, forest, isForest)
}

/** DecisionTreeRegressionModel, with the variance of the training rows of a leaf where varianceCol asks for it. */
export async function decisionTreeRegressionModel(stage: StageContext): Promise<void> {
  const trees = [await readTree(stage.directory.child('data'))]
  const forest = Forest.of(stage, trees, 1, predictions)
  planRegressor(stage, forest.size, features => forest.sums(features))
  planLeaves(stage, forest, false)
  const name = stage.params.text('varianceCol', '')
  if (name === '') return
  const spread = Forest.of(stage, trees, 1, tree => tree.prediction.map((_, node) => variance(tree.statistics(node))))
  planNumber(stage, spread, name, features => spread.sums(features))
}

function variance([count, sum, squares]: Float64Array): number {
  return count === 0 ? 0 : (squares - (sum * sum) / count) / count
}

/** RandomForestRegressionModel: the mean of the trees. */
export async function randomForestRegressionModel(stage: StageContext): Promise<void> {
  const forest = Forest.of(stage, await readTrees(stage.directory.child('data')), 1, predictions)
  const count = forest.trees.length
  planRegressor(stage, forest.size, features => forest.sums(features).map(sum => sum / count))
  planLeaves(stage, forest, true)
}

/** GBTRegressionModel: the weighted sum of the trees. */
export async function gbtRegressionModel(stage: StageContext): Promise<void> {
  const forest = await readBoosted(stage)
  planRegressor(stage, forest.size, features => forest.sums(features))
  planLeaves(stage, forest, true)
}

/** GBTClassificationModel: two classes, whose probability is the logistic function of twice the sum. */
export async function gbtClassificationModel(stage: StageContext): Promise<void> {
  const forest = await readBoosted(stage)
  planClassifier(stage, {
    classes: 2,
    size: forest.size,
    raw: features => mirrored(forest.sums(features)),
    probability(raw, rows) {
      const out = new Float64Array(rows * 2)
      for (let i = 0; i < rows * 2; i += 2) {
        out[i] = logistic(2 * raw[i])
        out[i + 1] = 1 - out[i]
      }
      return out
    },
  })
  planLeaves(stage, forest, true)
}

async function readBoosted(stage: StageContext): Promise<Forest> {
  const trees = await readTrees(stage.directory.child('data'))
  const weights = await readWeights(stage, trees.length)
  return Forest.of(stage, trees, 1, (tree, t) => tree.prediction.map(x => x * weights[t]))
}

/** The columns of treesMetadata lost their names in 4.1. */
async function readWeights(stage: StageContext, trees: number): Promise<Float64Array> {
  const table = await readTable(stage.directory.child('treesMetadata'), [['treeID', int32Type], ['weights', float64Type], ['_1', int32Type], ['_3', float64Type]])
  const [idName, weightName] = table.optional('treeID') === undefined ? ['_1', '_3'] : ['treeID', 'weights']
  const ids = table.ints(idName)
  const weights = table.doubles(weightName)
  if (ids.length !== trees) throw table.wrong(`has weights of ${ids.length} trees of ${trees}`)
  return Float64Array.from(Array.from(ids.keys()).sort((a, b) => ids[a] - ids[b]), row => weights[row])
}

function planLeaves(stage: StageContext, forest: Forest, isForest: boolean): void {
  const name = stage.params.text('leafCol', '')
  if (name === '') return
  if (!isForest) {
    planNumber(stage, forest, name, features => forest.leaves(features))
    return
  }
  const features = stage.planner.use(stage.params.text('featuresCol', 'features'))
  const width = forest.trees.length
  const output = stage.planner.add(name, featuresType(width))
  stage.planner.step({
    inputs: [features],
    outputs: [output],
    run: batch => batch.set(output, Features.dense(batch.rows, width, forest.leaves(batch.presentFeatures(features, stage.name, forest.size)))),
  })
}

function planNumber(stage: StageContext, forest: Forest, name: string, compute: (features: Features) => Float64Array): void {
  const features = stage.planner.use(stage.params.text('featuresCol', 'features'))
  const output = stage.planner.add(name, { kind: 'values', type: float64Type })
  stage.planner.step({
    inputs: [features],
    outputs: [output],
    run: batch => batch.setNumbers(output, compute(batch.presentFeatures(features, stage.name, forest.size))),
  })
}
