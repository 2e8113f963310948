import type { SparkDirectory } from './directory.ts'
import { sparkUnreadable, sparkUnsupported } from './failures.ts'
import { readMetadata, type StageMetadata } from './params.ts'
import type { Planner } from './planner.ts'
import { stageBuilders } from './stage-table.ts'

/** Pipelines with a stage that exists in Python alone, and tuning models saved from there, carry Python's names. */
const packagePrefix = /^(org\.apache\.spark|pyspark)\.ml\.(pipeline\.)?/
/** Pipelines may stand in pipelines; a file that nests deeper was made to do harm. */
const maxDepth = 16

/**
 * Plans everything that a directory was saved from: a pipeline with its stages, the best model of a tuning run, or one
 * stage by itself.
 * @throws AnalysisError ML_UNREADABLE; ML_UNSUPPORTED, by the name of the stage
 */
export async function planDirectory(directory: SparkDirectory, planner: Planner, depth = 0): Promise<void> {
  if (depth > maxDepth) throw sparkUnreadable(`its pipelines are nested more than ${maxDepth} deep`)
  const metadata = readMetadata(directory)
  const { className } = metadata
  const shortName = className.replace(packagePrefix, '')
  switch (shortName) {
    case 'PipelineModel':
      for (const stage of stagesOf(metadata, directory)) await planDirectory(stage, planner, depth + 1)
      return
    case 'tuning.CrossValidatorModel':
    case 'tuning.TrainValidationSplitModel':
      await planDirectory(directory.child('bestModel'), planner, depth + 1)
      return
  }
  const build = stageBuilders.get(shortName)
  if (build === undefined) throw unsupportedStage(shortName, directory)
  const name = shortName.slice(shortName.lastIndexOf('.') + 1)
  await build({ ...metadata, name, directory, planner, nested: (inner, into) => planDirectory(inner, into, depth + 1) })
}

/** `stages/<position>_<uid>`, positions padded to the same width; the parameter says which there must be. */
function stagesOf({ params }: StageMetadata, directory: SparkDirectory): SparkDirectory[] {
  const uids = params.get('stageUids').texts()
  const stages = directory.child('stages')
  const width = String(uids.length).length
  return uids.map((uid, k) => {
    const stage = stages.child(`${String(k).padStart(width, '0')}_${uid}`)
    if (stage.isEmpty) throw sparkUnreadable(`stage ${k} is missing: there is no "${stage.path}"`)
    return stage
  })
}

function unsupportedStage(name: string, directory: SparkDirectory): Error {
  const place = directory.path === '' ? '' : ` (in "${directory.path}")`
  if (name === 'Pipeline' || name.startsWith('tuning.') || (stageBuilders.has(`${name}Model`) && !stageBuilders.has(name))) {
    return sparkUnsupported(`${name}${place}, an estimator, which learns from data and scores none`, 'Save what its fit() returned.')
  }
  return sparkUnsupported(`the stage ${name}${place}`, 'docs/models.md lists the stages that are scored; take this one out of the pipeline and compute its columns before it.')
}
