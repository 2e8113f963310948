import type { TreeEnsemble } from '../tree/ensemble.ts'
import type { ModelInput } from '../model.ts'
import type { Objective } from './objective.ts'

/** Weights of a gblinear booster: `weights[feature * groups + group]`, the last row being the bias. */
export interface LinearWeights {
  readonly features: number
  readonly groups: number
  readonly weights: Float32Array
}

export const maxFeatures = 100_000
export const maxGroups = 10_000

/** What an XGBoost file says, checked. */
export interface Booster {
  readonly inputs: readonly ModelInput[]
  /** The file does not name its features; f0, f1, … are what the library calls them then. */
  readonly isUnnamed: boolean
  /** Names of category inputs whose categories are whole numbers: a whole number given is the category, not its code. */
  readonly numberedInputs: ReadonlySet<string>
  /** By name of the input: finds the code of a category where that is not its place in the list; see category-text.ts. */
  readonly lookUps: ReadonlyMap<string, (name: string) => number>
  readonly objective: Objective
  readonly groups: number
  /** Where the sum of each group starts. */
  readonly baseMargins: Float32Array
  readonly trees: TreeEnsemble | undefined
  readonly linear: LinearWeights | undefined
}
