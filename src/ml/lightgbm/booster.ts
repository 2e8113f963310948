import type { ModelInput } from '../model.ts'
import type { TreeEnsemble } from '../tree/ensemble.ts'
import type { LinearLeaves } from './linear-leaves.ts'
import type { Objective } from './objective.ts'

/** What a LightGBM file says, checked. */
export interface Booster {
  readonly inputs: readonly ModelInput[]
  /** The file has the names that the library makes up: Column_0, Column_1, …. */
  readonly isUnnamed: boolean
  /** Names of category inputs whose categories are numbers: a number given is the category, not its code. */
  readonly numberedInputs: ReadonlySet<string>
  readonly objective: Objective
  /** Sums per row. */
  readonly groups: number
  /** What the trees call features: a feature of the model, and what its values mean to them. */
  readonly uses: readonly FeatureUse[]
  readonly trees: TreeEnsemble
  /** Leaves that are linear functions; undefined where none is. */
  readonly linear: LinearLeaves | undefined
  /** Random forests: the sums are divided by the number of rounds; undefined otherwise. */
  readonly averageOver: number | undefined
}

/**
 * A feature as splits ask for it. `none`: there are no missing values, NaN counts as 0. `zero`: 0 is missing, as NaN is.
 * `nan`: NaN is missing. `category`: a code, whose fraction is cut off.
 */
export interface FeatureUse {
  readonly feature: number
  readonly values: 'none' | 'zero' | 'nan' | 'category'
}

/** Numbers nearer to 0 than this are 0 to the library: 1e-35 as a 32-bit float. */
const zeroThreshold = Math.fround(1e-35)

/** Turns the values of one matrix column into what the splits compare. */
export function applyUse(use: FeatureUse, matrix: Float64Array, column: number, width: number, rows: number): void {
  const end = rows * width
  switch (use.values) {
    case 'none':
      // A comparison with NaN is false: it becomes 0 as well.
      for (let at = column; at < end; at += width) if (!(Math.abs(matrix[at]) > zeroThreshold)) matrix[at] = 0
      return
    case 'zero':
      for (let at = column; at < end; at += width) if (!(Math.abs(matrix[at]) > zeroThreshold)) matrix[at] = NaN
      return
    case 'nan':
      for (let at = column; at < end; at += width) if (Math.abs(matrix[at]) <= zeroThreshold) matrix[at] = 0
      return
    case 'category':
      for (let at = column; at < end; at += width) matrix[at] = Math.trunc(matrix[at])
  }
}
