import { float64Type, int32Type } from '../../../columnar/data-type.ts'
import { Features } from '../features.ts'
import { featuresType } from '../planner.ts'
import type { StageContext } from '../stage.ts'
import { readTable } from '../tables.ts'
import { logistic, mirrored, normaliseRows, planClassifier } from './classifier.ts'
import { Forest, type LeafVector } from './forest.ts'
import { planRegressor } from './regressor.ts'
import { readTree, readTrees, type StoredTree } from './tree-table.ts'

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
