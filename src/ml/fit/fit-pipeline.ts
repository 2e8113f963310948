import type { RecordBatch } from '../../columnar/record-batch.ts'
import { sha256 } from '../../common/digest.ts'
import { resolveOptions } from '../../common/options.ts'
import type { ModelArtefact } from '../model.ts'
import { SparkDirectory } from '../spark/directory.ts'
import { planDirectory } from '../spark/plan-pipeline.ts'
import { pipelineFiles, type SavedStage, stageFiles } from '../spark/write/saved-stage.ts'
import { fitFailed, wrongParameter } from './errors.ts'
import { FitData } from './fit-data.ts'
import type { StageDefinition } from './stage-definition.ts'

/** A stage with its parameters as they were given. */
export interface StageSpec {
  readonly definition: StageDefinition
  readonly given: { readonly [name: string]: unknown }
}

/** @throws AnalysisError PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION */
export function stageSpec<T extends StageDefinition>(definition: T, given: { readonly [name: string]: unknown }): StageSpec {
  if (typeof given !== 'object' || given === null) throw new TypeError(`${definition.name} takes an object of parameters, such as { outputCol: "x" }.`)
  const resolved = resolveOptions(definition.params, given, definition.name)
  definition.check?.(resolved)
  return Object.freeze({ definition, given: Object.freeze({ ...given }) })
}

/**
 * Fits the stages one after the other: each learns from the frame's rows as the stages before it have made them. Answers the
 * directory that Spark would save. Names of stages follow from what they are, so that equal rows give equal bytes.
 * @throws AnalysisError ML_FIT_FAILED, ML_SCHEMA_MISMATCH
 */
export async function fitPipeline(frame: RecordBatch, stages: readonly StageSpec[]): Promise<ModelArtefact> {
  if (frame.numRows === 0) throw fitFailed('The pipeline', 'the frame has no rows', 'Give it rows to learn from.')
  const data = new FitData(frame)
  const lastFit = stages.findLastIndex(s => s.definition.fit !== undefined)
  const saved: SavedStage[] = []
  for (const [k, { definition, given }] of stages.entries()) {
    const { name, className, params: table } = definition
    const learned = definition.fit?.(data, resolveOptions(table, given, name))
    const uid = `${name}_${sha256(JSON.stringify([k, name, given, learned ?? null])).slice(0, 12)}`
    const stage: SavedStage = { className, uid, table, given, data: learned }
    await plan(data, stage, name)
    // Rows that the last stages would stop at are scoring's to report.
    if (k < lastFit) data.run(name)
    saved.push(stage)
  }
  const uid = `PipelineModel_${sha256(...saved.map(s => s.uid)).slice(0, 12)}`
  return { files: await pipelineFiles(uid, saved) }
}

/** By the reader of what was saved, so that what is learned from and what is scored are computed by the same code. */
async function plan(data: FitData, stage: SavedStage, name: string): Promise<void> {
  const taken = data.planner.columns().map(c => c.name)
  const outputs = ['outputCol', 'predictionCol'].map(p => stage.given[p]).filter(o => typeof o === 'string')
  const twice = outputs.find(o => taken.includes(o))
  if (twice !== undefined && name !== 'Imputer') throw wrongParameter(name, `it makes column "${twice}", which there is already`)
  await planDirectory(SparkDirectory.of({ files: await stageFiles(stage, '') }), data.planner)
  data.fillInputs(name)
}
