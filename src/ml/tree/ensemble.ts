/**
 * Decision trees of any family as flat arrays: node i of every tree in one numbering. What remains of a model file once
 * it has been checked; nothing in here can send the evaluator out of bounds or round in a circle.
 *
 * All numbers are 64-bit floats, which hold those of a family that computes in 32 bits exactly: such a family rounds its
 * features before, and its sums after each tree, and gets the same bits from the same walk.
 */
export interface TreeEnsemble {
  /** How many features the model has. */
  readonly features: number
  /** The columns of the matrix that the walk reads, each made from one feature; see columns.ts. */
  readonly columns: readonly TreeColumn[]
  /** How many sums a row has: 1, or one per class or target. */
  readonly groups: number
  /** First node of each tree, in the order in which trees are summed. */
  readonly roots: Int32Array
  /** The sum that each tree adds to; of no meaning where leaves are vectors, which add to all of them. */
  readonly groupOf: Int32Array
  /** Per node: twice the column that it asks for, plus {@link categorySplit} where it applies; {@link leafTest} at a leaf. */
  readonly test: Int32Array
  /**
   * Per node: a value goes left when it is less than this, or missing. NaN at leaves, and where every value goes left. At
   * a split on categories: the number of its set.
   */
  readonly threshold: Float64Array
  /** Per node: the left child; the right one follows it. A leaf is its own. */
  readonly left: Int32Array
  /** Per node: what a leaf adds; where leaves are vectors, where its own begins in `vectors`. */
  readonly leaf: Float64Array
  /** Leaves of `groups` numbers each, one after the other; undefined where a leaf is one number. */
  readonly vectors: Float64Array | undefined
  /** Per node: what the file calls it (for outputs that name leaves). */
  readonly ids: Int32Array
  /** Per node: how much training data went through it (for contributions); empty where the file does not say. */
  readonly cover: Float64Array
  readonly sets: CategorySets
}

/** One column of the matrix: a feature, and where its missing values (NaN) are to go. */
export interface TreeColumn {
  readonly feature: number
  /** `left`: NaN stays, which no threshold lets pass. `right`: it becomes infinite. `only`: 1 for missing, 0 for the rest. */
  readonly missing: MissingGoes
  /** The column that holds the feature's values until this one is made from them: itself, or an earlier one. */
  readonly source: number
}

export type MissingGoes = 'left' | 'right' | 'only'

/** The sets of all splits on categories. A category in the set goes right, a missing one right where `missingRight` is 1. */
export interface CategorySets {
  /** First category that the bits speak of, and how many they do. */
  readonly offset: Int32Array
  readonly size: Int32Array
  /** First word in `bits`. */
  readonly start: Int32Array
  readonly missingRight: Uint8Array
  /** Where categories go of which the bits do not speak: 1 is right. */
  readonly outsideRight: Uint8Array
  readonly bits: Int32Array
}

/** The bit of a test that marks a split on a set of categories. */
export const categorySplit = 1
/** The test of a leaf: negative, and otherwise empty. */
export const leafTest = -0x80000000

export const maxTreeNodes = 10_000_000
/** Longest path from a root to a leaf. Grown trees stay far below; a longer one is a chain made to be slow. */
export const maxTreeDepth = 1024
/** Sum of the longest paths of all trees: bounds the time of one row. */
export const maxSteps = 1_000_000
