import type { ModelArtefact, ModelDigest, ModelReader } from '../model.ts'
import { SparkDirectory } from './directory.ts'
import { SparkModel } from './model.ts'
import { planDirectory } from './plan-pipeline.ts'
import { Planner } from './planner.ts'

/** Directories that Spark ML saved (2.3 to 4.2): pipelines, tuning models, single models and transformers. */
export const sparkReader: ModelReader = {
  format: 'spark',
  recognises: artefact => isSparkDirectory(artefact),
  async load(artefact: ModelArtefact, digest: ModelDigest) {
    const directory = SparkDirectory.of(artefact)
    const first = new Planner()
    await planDirectory(directory, first)
    if (first.texts.size === 0 || !first.hasSql) return new SparkModel(digest, first)
    // Only SQL makes columns whose type depends on what later stages take them for.
    const planner = new Planner(first.texts)
    await planDirectory(directory, planner)
    return new SparkModel(digest, planner)
  },
}

/** The metadata is one line of JSON, in which the class is the first key. */
function isSparkDirectory({ files }: ModelArtefact): boolean {
  return files.some(({ path, bytes }) => {
    if (!path.startsWith('metadata/part-')) return false
    const head = new TextDecoder('latin1').decode(bytes.subarray(0, 4096))
    return /^\s*\{/.test(head) && head.includes('"class":"') && head.includes('"sparkVersion"')
  })
}
