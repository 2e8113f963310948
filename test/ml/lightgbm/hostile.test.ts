import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { loadModelFromBytes } from '../../../src/ml/registry.ts'
import { fixture, jsonl, oneFile, scoreRows, text } from '../support.ts'

const source = readFileSync(fixture('lightgbm-kinds/categories.txt'), 'utf8')
const linear = readFileSync(fixture('lightgbm-kinds/linear.txt'), 'utf8')

/** Loads the model with the first match replaced; answers the error's code and what is wrong. */
async function after(from: RegExp, to: string, file = source): Promise<string> {
  const changed = file.replace(from, to)
  expect(changed).not.toBe(file)
  try {
    await loadModelFromBytes(oneFile(text(changed)))
  } catch (error) {
    const { code, context } = error as { code: string; context: { what: string } }
    return `${code}: ${context.what}`
  }
  return 'loaded'
}

const chain = (leaves: number): string => {
  const splits = leaves - 1
  const list = (value: (k: number) => number, length = splits): string => Array.from({ length }, (_, k) => value(k)).join(' ')
  return `Tree=0
num_leaves=${leaves}
num_cat=0
split_feature=${list(() => 0)}
threshold=${list(() => 0)}
decision_type=${list(() => 2)}
left_child=${list(k => (k + 1 < splits ? k + 1 : ~0))}
right_child=${list(k => ~(k + 1))}
leaf_value=${list(() => 1, leaves)}

end of trees`
}

describe('a file that would send the scorer astray is unreadable', () => {
  test.each<[string, RegExp, string, RegExp]>([
    ['a child that is its parent', /left_child=1/, 'left_child=0', /children 2 and 0/],
    ['a child beyond the splits', /left_child=1/, 'left_child=77', /children 2 and -2/],
    ['a leaf beyond the leaves', /left_child=1/, 'left_child=-77', /of 11/],
    ['a feature that is not there', /split_feature=\d+/, 'split_feature=6', /feature 6 of 6/],
    ['a negative feature', /split_feature=\d+/, 'split_feature=-1', /feature -1/],
    ['a kind of missing value that is none', /decision_type=\d+/, 'decision_type=12', /decision type 12/],
    ['a list that is too short', /leaf_value=\S+ /, 'leaf_value=', /5 numbers in "leaf_value" instead of 6/],
    ['a list that is too long', /leaf_value=/, 'leaf_value=1 ', /more than 6 numbers in "leaf_value"/],
    ['a leaf without a number', /leaf_value=\S+/, 'leaf_value=nan', /no number at leaf/],
    ['a word for a number', /leaf_value=\S+/, 'leaf_value=much', /"much" in "leaf_value"/],
    ['a fraction for a child', /left_child=1/, 'left_child=1.5', /"1.5" in "left_child"/],
    ['category sets beyond the end', /cat_boundaries=0 \d+/, 'cat_boundaries=0 99999', /from 0 to 99999|instead of 99999/],
    ['a negative count of leaves', /num_leaves=6/, 'num_leaves=-6', /"-6" as "num_leaves"/],
    ['more leaves than there is room for', /num_leaves=6/, 'num_leaves=999999999', /whole number from 0 to/],
    ['a tree out of its order', /Tree=1/, 'Tree=7', /after 1 trees comes "Tree=7"/],
    ['no trees at the end', /end of trees/, '', /ends before its trees do/],
    ['trees that do not fill their rounds', /num_tree_per_iteration=1/, 'num_tree_per_iteration=3', /4 trees, with 3 in each round/],
    ['names for other features', /feature_names=\S+ /, 'feature_names=', /names 5 features of 6/],
    ['two features of one name', /feature_names=x0 x1/, 'feature_names=x1 x1', /two features alike/],
    ['categories that are not JSON', /pandas_categorical:\[/, 'pandas_categorical:[[', /not JSON/],
    ['a category that is a list', /pandas_categorical:\[\["a"/, 'pandas_categorical:[[["a"]', /neither text nor a number/],
    ['a sigmoid that is no number', /sigmoid:1/, 'sigmoid:no', /no positive number/],
  ])('%s', async (_, from, to, what) => {
    expect(await after(from, to)).toMatch(new RegExp(`^ML_UNREADABLE: .*${what.source}`))
  })

  test.each<[string, RegExp, string, RegExp]>([
    ['a leaf that multiplies a feature that is not there', /leaf_features=\d/, 'leaf_features=9', /multiply feature 9 of 5/],
    ['fewer coefficients than features', /leaf_coeff=\S+ /, 'leaf_coeff=', /in "leaf_coeff" instead of/],
    ['a negative count of features', /num_features=\d/, 'num_features=-1', /-1 features in leaf 0|instead of/],
  ])('linear leaves: %s', async (_, from, to, what) => {
    // The first tree's leaves multiply nothing.
    const second = linear.indexOf('Tree=1')
    const changed = linear.slice(0, second) + linear.slice(second).replace(from, to)
    expect(await after(/^[^]*$/, changed, linear)).toMatch(new RegExp(`^ML_UNREADABLE: .*${what.source}`))
  })

  test('a chain made to be slow, or deep', async () => {
    expect(await after(/Tree=0[^]*end of trees/, chain(1020))).toBe('loaded')
    expect(await after(/Tree=0[^]*end of trees/, chain(1030))).toMatch(/^ML_UNREADABLE: .*more than 1024 levels deep/)
  })

  test.each<[string, RegExp, string, RegExp]>([
    ['an objective that nobody knows', /objective=binary/, 'objective=magic', /the objective "magic"/],
    ['a layout that is to come', /version=v4/, 'version=v5', /the layout "v5"/],
    ['a layout without a version', /version=v4\n/, '', /before version 2/],
    ['lists of categories that belong to no feature', /\[categorical_feature: [\d,]+\]/, '[categorical_feature: 0]', /2 lists of pandas categories for 1 categorical/],
  ])('refused by name: %s', async (_, from, to, what) => {
    expect(await after(from, to)).toMatch(new RegExp(`^ML_UNSUPPORTED: .*${what.source}`))
  })
})

test('without the parameters, categorical features are known by the categories that the header lists', async () => {
  expect(await after(/\[categorical_feature: [\d,]+\]\n/, '')).toBe('loaded')
})

test('lines that end as on Windows, and white space in names that the library has replaced', async () => {
  const rows = jsonl('lightgbm-kinds/input-categories.jsonl')
  const plain = await loadModelFromBytes(oneFile(text(source)))
  const windows = await loadModelFromBytes(oneFile(text(source.replaceAll('\n', '\r\n'))))
  expect(await scoreRows(windows, rows, 'margin')).toEqual(await scoreRows(plain, rows, 'margin'))
  const renamed = await loadModelFromBytes(oneFile(text(source.replace('feature_names=x0', 'feature_names=the_first'))))
  expect(renamed.signature.inputs[0].name).toBe('the_first')
})
