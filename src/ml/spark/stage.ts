import type { SparkDirectory } from './directory.ts'
import type { StageMetadata } from './params.ts'
import type { Planner } from './planner.ts'

/** What a stage is built from. It plans its columns and adds its steps. */
export interface StageContext extends StageMetadata {
  /** The class without its package: StringIndexerModel. */
  readonly name: string
  readonly directory: SparkDirectory
  readonly planner: Planner
  /** Plans a stage inside this one (the pipeline of an RFormula, the models of OneVsRest). */
  readonly nested: (directory: SparkDirectory, planner: Planner) => Promise<void>
}

export type StageBuilder = (stage: StageContext) => void | Promise<void>

export const handleInvalidChoices = ['error', 'skip', 'keep'] as const
