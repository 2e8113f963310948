import { maxTreeNodes } from '../tree/ensemble.ts'
import type { CategorySet, RawTree } from '../tree/raw-tree.ts'
import type { FeatureUse } from './booster.ts'
import type { Section } from './section.ts'

const isCategorical = 1
const isDefaultLeft = 2
const missingKinds = ['none', 'zero', 'nan'] as const

/** Numbers what trees ask for: a feature, and how its values are to be read. */
export class UseCollector {
  readonly uses: FeatureUse[] = []
  readonly #numbers = new Map<string, number>()

  of(feature: number, values: FeatureUse['values']): number {
    const key = `${feature} ${values}`
    let number = this.#numbers.get(key)
    if (number === undefined) {
      number = this.uses.length
      this.#numbers.set(key, number)
      this.uses.push({ feature, values })
    }
    return number
  }
}

/**
 * One `Tree=` block, whose n leaves and n − 1 splits are numbered apart; a child below zero is leaf ~child. Here the leaves
 * follow the splits.
 *
 *     num_leaves, split_feature, threshold, left_child, right_child, leaf_value, leaf_count, internal_count
 *     decision_type   bits of a number: 1 a split on categories, 2 missing values go left, 4 and 8 what is missing
 *     cat_boundaries  with `num_cat` of them: the words of `cat_threshold` that hold the set which `threshold` numbers
 *
 * Categories in a set go left in the file and right here: such a split has its children exchanged. A missing category goes
 * where one goes that is not in the set.
 */
export function readTree(block: Section, features: number, uses: UseCollector): RawTree {
  const leaves = block.count('num_leaves', maxTreeNodes)
  if (leaves === 0) throw block.wrong('has no leaves')
  const splits = leaves - 1
  const nodes = leaves + splits
  const left = new Int32Array(nodes).fill(-1)
  const right = new Int32Array(nodes).fill(-1)
  const feature = new Int32Array(nodes)
  const threshold = new Float64Array(nodes)
  const defaultLeft = new Uint8Array(nodes)
  const ids = Int32Array.from({ length: nodes }, (_, node) => (node < splits ? node : node - splits))
  const leaf = new Float64Array(nodes)
  leaf.set(block.floats('leaf_value', leaves), splits)
  const tree = { left, right, feature, threshold, defaultLeft, leaf, ids }
  if (splits === 0) return { ...tree, cover: Float64Array.of(1) }
  const types = block.find('decision_type') === undefined ? new Int32Array(splits) : block.ints('decision_type', splits)
  const asked = block.ints('split_feature', splits)
  const children = [block.ints('left_child', splits), block.ints('right_child', splits)]
  threshold.set(block.floats('threshold', splits))
  const sets = readSets(block)
  for (let node = 0; node < splits; node++) {
    const type = types[node]
    if (asked[node] < 0 || asked[node] >= features) throw block.wrong(`splits on feature ${asked[node]} of ${features}`)
    const onCategories = (type & isCategorical) !== 0
    const missing = missingKinds[(type >> 2) & 3]
    if (missing === undefined) throw block.wrong(`has the decision type ${type} at split ${node}`)
    feature[node] = uses.of(asked[node], onCategories ? 'category' : missing)
    defaultLeft[node] = onCategories || missing === 'none' || (type & isDefaultLeft) !== 0 ? 1 : 0
    const [first, second] = onCategories ? [1, 0] : [0, 1]
    left[node] = childOf(children[first][node], splits)
    right[node] = childOf(children[second][node], splits)
  }
  return {
    ...tree,
    ...coverOf(block, leaves),
    splitOf(node) {
      if ((types[node] & isCategorical) === 0) return undefined
      const set = sets(threshold[node])
      if (set === undefined) throw block.wrong(`has no category set ${threshold[node]} for split ${node}`)
      return set
    },
  }
}

/** A child beyond the leaves becomes one beyond the nodes, which the builder refuses. */
function childOf(child: number, splits: number): number {
  return child >= 0 ? (child < splits ? child : -2) : splits + ~child
}

function readSets(block: Section): (number: number) => CategorySet | undefined {
  const count = block.count('num_cat', maxTreeNodes, 0)
  if (count === 0) return () => undefined
  const bounds = block.ints('cat_boundaries', count + 1)
  const total = bounds[count]
  if (total < 0 || total > 64 * 1024 * 1024) throw block.wrong(`has ${total} words of categories`)
  const words = block.ints('cat_threshold', total)
  return number => {
    if (!Number.isInteger(number) || number < 0 || number >= count) return undefined
    const from = bounds[number]
    const to = bounds[number + 1]
    if (from < 0 || to < from || to > total) throw block.wrong(`has a category set from ${from} to ${to} of ${total} words`)
    return { offset: 0, size: (to - from) * 32, words: words.subarray(from, to), outside: 'left' }
  }
}

/** How many rows of the training data came by; old files do not say. */
function coverOf(block: Section, leaves: number): Pick<RawTree, 'cover'> {
  if (block.find('leaf_count') === undefined || block.find('internal_count') === undefined) return {}
  const cover = new Float64Array(leaves * 2 - 1)
  cover.set(block.floats('internal_count', leaves - 1))
  cover.set(block.floats('leaf_count', leaves), leaves - 1)
  return cover.every(count => count >= 0 && count < Infinity) ? { cover } : {}
}
