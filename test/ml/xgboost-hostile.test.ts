import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { vectorOf } from '../../src/columnar/builder.ts'
import { float64Type } from '../../src/columnar/data-type.ts'
import { loadModelFromBytes } from '../../src/ml/registry.ts'
import { fixture, oneFile, text } from './support.ts'

interface Tree {
  left_children: number[]
  right_children: number[]
  split_indices: number[]
  split_conditions: (number | null)[]
  default_left: number[]
  split_type: number[]
  categories: number[]
  categories_nodes: number[]
  categories_segments: number[]
  categories_sizes: number[]
}

interface Document {
  version: number[]
  learner: {
    learner_model_param: { base_score: string; num_feature: string; num_class: string }
    objective: { name: string }
    feature_names: string[]
    feature_types: string[]
    gradient_booster: { name: string; model: { trees: Tree[]; tree_info: number[]; cats: { enc: { offsets?: number[]; values: number[] }[] } } }
  }
}

const source = readFileSync(fixture('xgboost-categorical-partition/model.json'), 'utf8')

/** Loads the model after a change to its document; answers the error's code and what is wrong. */
async function after(change: (document: Document, tree: Tree) => void): Promise<string> {
  const document = JSON.parse(source) as Document
  change(document, document.learner.gradient_booster.model.trees[0])
  try {
    await loadModelFromBytes(oneFile(text(JSON.stringify(document))))
  } catch (error) {
    const { code, context } = error as { code: string; context: { what: string } }
    return `${code}: ${context.what}`
  }
  return 'loaded'
}

test('a file of a later major version than those known is refused, and one that tells no version is read', async () => {
  const versioned = (version: number[]) => after(document => (document.version = version))
  expect(await Promise.all([versioned([99, 0, 1]), versioned([4]), versioned([3, 9, 0]), versioned([1, 0, 0]), versioned([]), after(document => Reflect.deleteProperty(document, 'version'))])).toEqual([
    'ML_UNSUPPORTED: the layout of XGBoost 99.0.1', 'ML_UNSUPPORTED: the layout of XGBoost 4', 'loaded', 'loaded', 'loaded', 'loaded',
  ])
})

const chain = (nodes: number): Pick<Tree, 'left_children' | 'right_children'> => ({
  left_children: Array.from({ length: nodes }, (_, i) => (i % 2 === 0 && i + 2 < nodes ? i + 1 : -1)),
  right_children: Array.from({ length: nodes }, (_, i) => (i % 2 === 0 && i + 2 < nodes ? i + 2 : -1)),
})

const numericTree = (shape: Pick<Tree, 'left_children' | 'right_children'>): Tree => ({
  ...shape,
  split_indices: shape.left_children.map(() => 0),
  split_conditions: shape.left_children.map(() => 1),
  default_left: shape.left_children.map(() => 0),
  split_type: shape.left_children.map(() => 0),
  categories: [],
  categories_nodes: [],
  categories_segments: [],
  categories_sizes: [],
})

describe('a file that would send the scorer astray is unreadable', () => {
  test.each<[string, RegExp, (document: Document, tree: Tree) => void]>([
    ['a child that is its parent', /children 0/, (_, t) => (t.left_children[0] = 0)],
    ['a child before its parent', /children 0/, (_, t) => (t.left_children[t.left_children.findIndex((c, i) => i > 0 && c > 0)] = 0)],
    ['a child beyond the tree', /children 1 and 9999/, (_, t) => (t.right_children[0] = 9999)],
    ['both children the same', /children 1 and 1/, (_, t) => (t.right_children[0] = 1)],
    ['a node with two parents', /reaches a node twice/, (_, t) => (t.left_children[1] = t.left_children[2])],
    ['a feature that is not there', /feature 8 of 8/, (_, t) => (t.split_indices[0] = 8)],
    ['a negative feature', /feature -1/, (_, t) => (t.split_indices[0] = -1)],
    ['a leaf without a number', /no number at leaf/, (_, t) => (t.split_conditions[t.left_children.indexOf(-1)] = null)],
    ['a threshold without a number', /no threshold/, d => Object.assign(d.learner.gradient_booster.model.trees[0], numericTree(chain(5)), { split_conditions: [null, 1, 1, 1, 1] })],
    ['arrays of unequal length', /entries instead of/, (_, t) => t.default_left.pop()],
    ['an empty tree', /no nodes/, d => Object.assign(d.learner.gradient_booster.model.trees[0], numericTree({ left_children: [], right_children: [] }))],
    ['a very deep tree', /1024 levels/, d => (d.learner.gradient_booster.model.trees[0] = numericTree(chain(2051)))],
    ['very many steps in all', /1000000 steps/, d => {
      const deep = numericTree(chain(2049))
      const trees = Array.from({ length: 1000 }, () => deep)
      Object.assign(d.learner.gradient_booster.model, { trees, tree_info: trees.map(() => 0) })
    }],
    ['a tree for an output that is not there', /output 1/, d => (d.learner.gradient_booster.model.tree_info[0] = 1)],
    ['a category list beyond the end', /category list/, (_, t) => (t.categories_sizes[0] = 1e6)],
    ['a category list of a node that is not there', /for node 5000/, (_, t) => (t.categories_nodes[0] = 5000)],
    ['a split on categories without a list', /no category list/, (_, t) => t.categories_nodes.splice(0)],
    ['a category that no float can hold', /category 16777216/, (_, t) => (t.categories[0] = 16_777_216)],
    ['a negative category', /category -5/, (_, t) => (t.categories[0] = -5)],
    ['more names than features', /names 9 features of 8/, d => d.learner.feature_names.push('x')],
    ['two features of one name', /two features alike/, d => (d.learner.feature_names[1] = d.learner.feature_names[0])],
    ['an absurd number of features', /num_feature/, d => (d.learner.learner_model_param.num_feature = '1e12')],
    ['a base score that is no probability', /no base score/, d => (d.learner.learner_model_param.base_score = '[2]')],
    ['a base score that is no number', /no base score/, d => (d.learner.learner_model_param.base_score = '[]')],
    ['base scores for other classes', /instead of 1/, d => (d.learner.learner_model_param.base_score = '[0.1,0.2]')],
    ['category offsets out of order', /offsets out of order/, d => (d.learner.gradient_booster.model.cats.enc[3].offsets = [0, 4, 2])],
    ['a category that is not text', /not UTF-8/, d => (d.learner.gradient_booster.model.cats.enc[3].values[0] = -1)],
    ['text where numbers belong', /no number at position 0/, (_, t) => (t.split_indices = ['x'] as unknown as number[])],
  ])('%s', async (_, what, change) => {
    expect(await after(change)).toMatch(new RegExp(`^ML_UNREADABLE: .*${what.source}`))
  })
})

describe('a sound file of a kind that is not scored is refused by name', () => {
  test.each<[string, string, (document: Document) => void]>([
    ['a custom objective', 'the objective "mine"', d => (d.learner.objective.name = 'mine')],
    ['an unknown booster', 'the booster "gbforest"', d => (d.learner.gradient_booster.name = 'gbforest')],
  ])('%s', async (_, what, change) => {
    expect(await after(change)).toBe(`ML_UNSUPPORTED: ${what}`)
  })
})

test('dead nodes of a pruned tree may hold anything', async () => {
  expect(
    await after((_, tree) => {
      for (const key of ['left_children', 'right_children', 'split_indices', 'split_conditions', 'default_left', 'split_type'] as const) tree[key].push(4_294_967_295)
    }),
  ).toBe('loaded')
})

test('bare NaN and Infinity, which XGBoost may write, are read', async () => {
  const document = JSON.parse(source) as Document
  document.learner.gradient_booster.model.trees = [numericTree(chain(3))]
  document.learner.gradient_booster.model.tree_info = [0]
  document.learner.objective.name = 'reg:squarederror'
  const json = JSON.stringify(document).replace('"split_conditions":[1,1,1]', '"note":"NaN","sum_hessian":[NaN,NaN,1],"split_conditions":[Infinity,3,-4]')
  const model = await loadModelFromBytes(oneFile(text(json)))
  const columns = model.signature.inputs.map(() => vectorOf(float64Type, [1, null]))
  const { vectors: [margin] } = await model.score(columns, 2, ['margin'])
  const base = Math.fround(Number(document.learner.learner_model_param.base_score.slice(1, -1)))
  expect(Array.from(margin.values as Float64Array)).toEqual([Math.fround(base + 3), Math.fround(base - 4)])
})

test('an own key named __proto__ reaches no prototype', async () => {
  const json = source.replace('{"learner"', '{"__proto__":{"polluted":true},"learner"')
  await loadModelFromBytes(oneFile(text(json)))
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})
