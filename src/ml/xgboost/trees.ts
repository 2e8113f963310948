import type { DocumentPart } from '../document.ts'
import { EnsembleBuilder } from '../tree/builder.ts'
import { maxTreeNodes, type TreeEnsemble } from '../tree/ensemble.ts'
import { categorySet, type RawTree } from '../tree/raw-tree.ts'

export interface TreeShape {
  readonly features: number
  readonly groups: number
}

/** Where early stopping found the best round. */
export interface BestRound {
  readonly lastRound: number
  /** How many trees of one group there are up to it, parallel ones included; older files say it only here. */
  readonly treesPerGroup: number | undefined
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
 *     sum_hessian                     how much training data went through
 *
 * @throws AnalysisError ML_UNREADABLE
 */
export function readTrees(model: DocumentPart, drops: Float32Array | undefined, best: BestRound | undefined, shape: TreeShape): TreeEnsemble {
  const trees = model.get('trees').list()
  const groupOf = model.get('tree_info').int32s(trees.length)
  const used = best === undefined ? trees.length : treesUntil(model, best, trees.length, shape.groups)
  if (drops !== undefined && drops.length !== trees.length) throw model.wrong(`has ${trees.length} trees, but ${drops.length} drop weights`)
  let nodes = 0
  const raw: RawTree[] = []
  for (let i = 0; i < used; i++) {
    const tree = readTree(trees[i], drops === undefined ? 1 : drops[i], shape.groups)
    nodes += tree.left.length
    if (nodes > maxTreeNodes) throw model.wrong(`has more than ${maxTreeNodes} nodes`)
    raw.push(tree)
  }
  const vectors = raw.some(tree => tree.vectorOf !== undefined)
  if (vectors && !raw.every(tree => tree.vectorOf !== undefined)) throw model.wrong('has trees with a vector in each leaf, and trees without')
  const builder = new EnsembleBuilder(
    { ...shape, nodes, goesLeft: 'less', leaves: vectors ? 'vectors' : 'numbers', cover: hasCovers(raw) },
    what => model.wrong(`is broken: ${what}`),
  )
  raw.forEach((tree, i) => builder.add(tree, groupOf[i]))
  return builder.finish()
}

/** Contributions need to know how much training data went where; without it a model still predicts. */
export function hasCovers(trees: readonly RawTree[]): 'known' | 'unknown' {
  return trees.every(tree => tree.cover !== undefined && tree.cover.every(cover => cover >= 0 && cover < Infinity)) ? 'known' : 'unknown'
}

/** How many trees the rounds 0 .. lastRound have. */
function treesUntil(model: DocumentPart, { lastRound, treesPerGroup }: BestRound, trees: number, groups: number): number {
  const starts = model.find('iteration_indptr')
  if (starts !== undefined) {
    const indptr = starts.int32s()
    const end = lastRound + 1 < indptr.length ? indptr[lastRound + 1] : trees
    if (end < 0 || end > trees) throw starts.wrong(`points to tree ${end} of ${trees}`)
    return end
  }
  const parallel = model.get('gbtree_model_param').find('num_parallel_tree')?.count()
  const each = parallel === undefined ? (treesPerGroup ?? lastRound + 1) : (lastRound + 1) * Math.max(1, parallel)
  return Math.min(trees, each * groups)
}

/** `weight` is what dart multiplies the tree's leaves by, in 32 bits. */
function readTree(part: DocumentPart, weight: number, groups: number): RawTree {
  const left = part.get('left_children').int32s()
  const right = part.get('right_children').int32s(left.length)
  const nodes = left.length
  const threshold = part.get('split_conditions').float32s(nodes)
  const splitType = part.find('split_type')?.int32s(nodes)
  const categories = readCategories(part, nodes)
  const leafSize = part.find('tree_param')?.find('size_leaf_vector')?.count() ?? 1
  if (leafSize > 1 && leafSize !== groups) throw part.wrong(`has leaves of ${leafSize} numbers, but there are ${groups} outputs`)
  return {
    left,
    right,
    feature: part.get('split_indices').int32s(nodes),
    threshold,
    defaultLeft: Uint8Array.from(part.get('default_left').int32s(nodes)),
    leaf: scaled(threshold, weight),
    ...(leafSize > 1 ? { vectorOf: leafVectors(part, right, groups, weight) } : {}),
    ...coverOf(part, nodes),
    splitOf(node) {
      if (splitType === undefined || splitType[node] === 0) return undefined
      const list = categories.get(node)
      if (list === undefined) throw part.wrong(`has no category list for node ${node}`)
      return categorySet(list, category => part.wrong(`splits on category ${category}`))
    },
  }
}

function scaled(values: Float32Array, weight: number): Float32Array {
  return weight === 1 ? values : values.map(value => value * weight)
}

/** From 3.1 on, `leaf_weights` has the leaves one after the other, and a leaf's right child is its number; before, `base_weights` has a vector per node. */
function leafVectors(part: DocumentPart, right: Int32Array, groups: number, weight: number): (node: number) => Float32Array {
  const own = part.find('leaf_weights')?.float32s()
  const values = scaled(own ?? part.get('base_weights').float32s(right.length * groups), weight)
  return node => {
    const from = (own === undefined ? node : right[node]) * groups
    if (from < 0 || from + groups > values.length) throw part.wrong(`has no vector for leaf ${node}`)
    return values.subarray(from, from + groups)
  }
}

function coverOf(part: DocumentPart, nodes: number): Pick<RawTree, 'cover'> {
  const cover = part.find('sum_hessian')?.float32s()
  return cover?.length === nodes ? { cover } : {}
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
