import type { TreeEnsemble } from './ensemble.ts'

/** Most features on a way whose questions a row has passed or not fit into the bits of an integer. */
export const maxBits = 30

/** Sum of the features on the ways to all leaves: bounds the memory. */
const maxElements = 20_000_000
/** Sum of their squares: bounds the time of one row to about a second. */
const maxSquares = 200_000_000

/** Whether contributions can be computed: covers are known, leaves are single numbers, and no row takes seconds. */
export function canExplain({ cover, vectors, left, test }: TreeEnsemble): boolean {
  if (cover.length !== test.length || vectors !== undefined) return false
  const depth = depths(test, left)
  let elements = 0
  let squares = 0
  for (let node = 0; node < test.length; node++) {
    if (test[node] >= 0) continue
    elements += depth[node]
    squares += depth[node] ** 2
  }
  return elements <= maxElements && squares <= maxSquares
}

function depths(test: Int32Array, left: Int32Array): Int32Array {
  const depth = new Int32Array(test.length)
  for (let node = 0; node < test.length; node++) {
    if (test[node] >= 0) depth[left[node]] = depth[left[node] + 1] = depth[node] + 1
  }
  return depth
}

/**
 * The ways from roots to leaves, as lists of the distinct features that are asked for. A feature's `share` is how much of
 * the training data goes on when it is unknown: the product of the shares at all its splits on the way.
 */
export interface LeafPaths {
  /** Per split: the place of its feature in the lists of the leaves below it. */
  readonly place: Int32Array
  /** Per split: 1 where the feature is asked for the first time on the way. */
  readonly isNew: Uint8Array
  /** Per leaf: where its list begins, and how long it is. */
  readonly first: Int32Array
  readonly size: Int32Array
  /** Per entry of a list: the position among a row's contributions, and the share. */
  readonly position: Int32Array
  readonly share: Float64Array
  /** Per tree: the longest list. */
  readonly longest: Int32Array
  /** Per node: the mean of the leaves below it over the training data. */
  readonly mean: Float64Array
}

/** `positions` has the position of each column's feature among a row's contributions. */
export function leafPaths(ensemble: TreeEnsemble, positions: Int32Array): LeafPaths {
  const { test, left, cover, roots } = ensemble
  const depth = depths(test, left)
  let elements = 0
  let deepest = 0
  for (let node = 0; node < test.length; node++) {
    if (test[node] >= 0) continue
    elements += depth[node]
    deepest = Math.max(deepest, depth[node])
  }
  const place = new Int32Array(test.length)
  const isNew = new Uint8Array(test.length)
  const first = new Int32Array(test.length)
  const size = new Int32Array(test.length)
  const position = new Int32Array(elements)
  const share = new Float64Array(elements)
  const longest = new Int32Array(roots.length)
  let used = 0
  // The list of the node being visited; what a child changes is put back behind it.
  const path = new Int32Array(deepest + 1)
  const shares = new Float64Array(deepest + 1)
  const visit = (node: number, length: number, tree: number): void => {
    if (test[node] < 0) {
      first[node] = used
      size[node] = length
      position.set(path.subarray(0, length), used)
      share.set(shares.subarray(0, length), used)
      used += length
      longest[tree] = Math.max(longest[tree], length)
      return
    }
    const asked = positions[test[node] >> 1]
    let at = 0
    while (at < length && path[at] !== asked) at++
    place[node] = at
    isNew[node] = at === length ? 1 : 0
    const before = at === length ? 1 : shares[at]
    for (let child = left[node]; child < left[node] + 2; child++) {
      path[at] = asked
      shares[at] = before * (cover[child] / cover[node])
      visit(child, Math.max(length, at + 1), tree)
    }
    shares[at] = before
  }
  roots.forEach((root, tree) => visit(root, 0, tree))
  return { place, isNew, first, size, position, share, longest, mean: means(ensemble) }
}

function means({ test, left, leaf, cover }: TreeEnsemble): Float64Array {
  const mean = new Float64Array(test.length)
  // Children have greater numbers than their parents.
  for (let node = test.length - 1; node >= 0; node--) {
    const a = left[node]
    mean[node] = test[node] < 0 ? leaf[node] : (mean[a] * cover[a] + mean[a + 1] * cover[a + 1]) / cover[node]
  }
  return mean
}
