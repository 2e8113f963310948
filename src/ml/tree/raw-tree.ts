/**
 * One tree as a file has it, before it is checked: arrays with an entry per node. Node 0 is the root, and −1 in `left`
 * marks a leaf. Children come after their parent.
 */
export interface RawTree {
  readonly left: Int32Array
  readonly right: Int32Array
  readonly feature: Int32Array
  readonly threshold: Float32Array | Float64Array
  /** 1 where a missing value goes left. */
  readonly defaultLeft: Uint8Array
  /** What a leaf adds, weights of trees already in it. */
  readonly leaf: Float32Array | Float64Array
  /** The leaf's numbers, one per group, in place of `leaf`. */
  vectorOf?(node: number): ArrayLike<number>
  /** How a split asks: by the threshold (undefined), by a set of categories, or only whether the value is missing. */
  splitOf?(node: number): CategorySet | 'missing' | undefined
  /** What the file calls each node; otherwise its place in the arrays. */
  readonly ids?: Int32Array
  /** How much training data went through each node. */
  readonly cover?: Float32Array | Float64Array
}

/** Categories that go right. Fractions are cut off a value before it is looked for. */
export interface CategorySet {
  /** The first category that the bits speak of. */
  readonly offset: number
  /** How many categories the bits speak of. */
  readonly size: number
  /** Bit b of word w is the category offset + 32 w + b. */
  readonly words: Int32Array
  /** The way of a category of which the bits do not speak: `left`, as one that is not in the set, or as a missing one. */
  readonly outside: 'left' | 'missing'
}

/** Categories from here on cannot be told apart in a 32-bit float. */
export const maxCategory = 16_777_216

/**
 * The set of a list of categories. Call it when the split is asked for and not before: two categories far apart make a
 * set of 2 MiB, and only the builder counts them together.
 * @throws what `fail` builds, for a category that is negative, not a whole number, or too large
 */
export function categorySet(categories: ArrayLike<number>, fail: (category: number) => Error): CategorySet {
  let min = maxCategory
  let max = -1
  for (let i = 0; i < categories.length; i++) {
    const category = categories[i]
    if (!Number.isInteger(category) || category < 0 || category >= maxCategory) throw fail(category)
    min = Math.min(min, category)
    max = Math.max(max, category)
  }
  if (max < 0) return { offset: 0, size: 0, words: new Int32Array(0), outside: 'left' }
  // From the first one on, so that a single large category does not make a large set.
  const size = max - min + 1
  const words = new Int32Array((size + 31) >> 5)
  for (let i = 0; i < categories.length; i++) {
    const bit = categories[i] - min
    words[bit >> 5] |= 1 << (bit & 31)
  }
  return { offset: min, size, words, outside: 'left' }
}
