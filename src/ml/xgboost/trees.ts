import type { DocumentPart } from '../document.ts'
import { unsupported } from '../errors.ts'
import { EnsembleBuilder } from '../tree/builder.ts'
import { maxTreeNodes, type TreeEnsemble } from '../tree/ensemble.ts'
import { categorySet, type RawTree } from '../tree/raw-tree.ts'

export interface TreeShape {
  readonly features: number
  readonly groups: number
}

/**
 * The trees of a gbtree or dart booster. Each `trees[i]` has one array per field, indexed by node:
 *
 *     left_children, right_children   -1 in the first marks a leaf
 *     split_indices                   feature
 *     split_conditions                threshold (left when less), or the leaf's value
 *     default_left                    1: a missing value goes left
 *     split_type                      1: a split on categories, whose list is
 *     categories[segments[k] .. + sizes[k]] for the k-th entry of categories_nodes; listed ones go right
 *
 * @throws AnalysisError ML_UNREADABLE, ML_UNSUPPORTED
 */
export function readTrees(model: DocumentPart, drops: Float32Array | undefined, lastRound: number | undefined, shape: TreeShape): TreeEnsemble {
  const trees = model.get('trees').list()
  const groupOf = model.get('tree_info').int32s(trees.length)
  const used = lastRound === undefined ? trees.length : treesUntil(model, lastRound, trees.length, shape.groups)
  if (drops !== undefined && drops.length !== trees.length) throw model.wrong(`has ${trees.length} trees, but ${drops.length} drop weights`)
  let nodes = 0
  const raw: RawTree[] = []
  for (let i = 0; i < used; i++) {
    const tree = readTree(trees[i], drops === undefined ? 1 : drops[i])
    nodes += tree.left.length
    if (nodes > maxTreeNodes) throw model.wrong(`has more than ${maxTreeNodes} nodes`)
    raw.push(tree)
  }
  const builder = new EnsembleBuilder({ ...shape, nodes, goesLeft: 'less' }, what => model.wrong(`is broken: ${what}`))
  raw.forEach((tree, i) => builder.add(tree, groupOf[i]))
  return builder.finish()
}

/** How many trees the rounds 0 .. lastRound have. */
function treesUntil(model: DocumentPart, lastRound: number, trees: number, groups: number): number {
  const starts = model.find('iteration_indptr')
  if (starts !== undefined) {
    const indptr = starts.int32s()
    const end = lastRound + 1 < indptr.length ? indptr[lastRound + 1] : trees
    if (end < 0 || end > trees) throw starts.wrong(`points to tree ${end} of ${trees}`)
    return end
  }
  const parallel = model.get('gbtree_model_param').find('num_parallel_tree')?.count() ?? 1
  return Math.min(trees, (lastRound + 1) * Math.max(1, parallel) * groups)
}

/** `weight` is what dart multiplies the tree's leaves by, in 32 bits. */
function readTree(part: DocumentPart, weight: number): RawTree {
  const leafSize = part.find('tree_param')?.find('size_leaf_vector')?.count() ?? 1
  if (leafSize > 1) {
    throw unsupported('XGBoost', 'trees with a vector in each leaf', 'Train it with multi_strategy = "one_output_per_tree".')
  }
  const left = part.get('left_children').int32s()
  const nodes = left.length
  const threshold = part.get('split_conditions').float32s(nodes)
  const splitType = part.find('split_type')?.int32s(nodes)
  const categories = readCategories(part, nodes)
  return {
    left,
    right: part.get('right_children').int32s(nodes),
    feature: part.get('split_indices').int32s(nodes),
    threshold,
    defaultLeft: Uint8Array.from(part.get('default_left').int32s(nodes)),
    leaf: weight === 1 ? threshold : threshold.map(value => value * weight),
    splitOf(node) {
      if (splitType === undefined || splitType[node] === 0) return undefined
      const list = categories.get(node)
      if (list === undefined) throw part.wrong(`has no category list for node ${node}`)
      return categorySet(list, category => part.wrong(`splits on category ${category}`))
    },
  }
}

function readCategories(part: DocumentPart, nodes: number): ReadonlyMap<number, Int32Array> {
  const lists = new Map<number, Int32Array>()
  const owners = part.find('categories_nodes')?.int32s()
  if (owners === undefined || owners.length === 0) return lists
  const all = part.get('categories').int32s()
  const starts = part.get('categories_segments').int32s(owners.length)
  const sizes = part.get('categories_sizes').int32s(owners.length)
  for (let k = 0; k < owners.length; k++) {
    const end = starts[k] + sizes[k]
    if (owners[k] < 0 || owners[k] >= nodes || starts[k] < 0 || sizes[k] < 0 || end > all.length) {
      throw part.wrong(`has a category list from ${starts[k]} to ${end} of ${all.length} for node ${owners[k]}`)
    }
    lists.set(owners[k], all.subarray(starts[k], end))
  }
  return lists
}
