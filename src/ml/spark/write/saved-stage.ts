import { javaDoubleText } from '../../../columnar/text/java-double.ts'
import type { OptionTable } from '../../../common/options.ts'
import { type SavedTable, tableBytes } from './saved-table.ts'

/** The release whose layout is written; every Spark from 3.0 on reads it. */
export const sparkVersion = '4.2.0'

export interface SavedFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/** A stage as Spark saves it: what was set, what is the default, and its table if it learned something. */
export interface SavedStage {
  /** Below org.apache.spark.ml. */
  readonly className: string
  readonly uid: string
  /** The parameters' kinds and defaults. */
  readonly table: OptionTable
  readonly given: { readonly [name: string]: unknown }
  readonly data: SavedTable | undefined
}

const encoder = new TextEncoder()
const nothing = new Uint8Array(0)

/** The files of a directory, `_SUCCESS` too, by which Spark's readers know that it is complete. */
export async function stageFiles(stage: SavedStage, prefix: string): Promise<SavedFile[]> {
  const { className, uid, table, given, data } = stage
  const set = Object.keys(table).filter(name => given[name] !== undefined)
  const defaults = Object.keys(table).filter(name => !table[name].required && table[name].defaultValue !== undefined)
  const values = (names: readonly string[], of: (name: string) => unknown): string =>
    `{${names.toSorted().map(name => `${JSON.stringify(name)}:${parameterText(table[name].kind, of(name))}`).join(',')}}`
  const maps = `"paramMap":${values(set, name => given[name])},"defaultParamMap":${values(defaults, name => table[name].defaultValue)}`
  const files = metadataFiles(className, uid, maps, prefix)
  if (data === undefined) return files
  return [...files, { path: `${prefix}data/_SUCCESS`, bytes: nothing }, { path: `${prefix}data/part-00000.snappy.parquet`, bytes: await tableBytes(data, sparkVersion) }]
}

/** `stages/<position>_<uid>`, positions padded to the same width. */
export async function pipelineFiles(uid: string, stages: readonly SavedStage[]): Promise<SavedFile[]> {
  const width = String(stages.length).length
  const maps = `"paramMap":{"stageUids":${JSON.stringify(stages.map(s => s.uid))}},"defaultParamMap":{}`
  const inner = await Promise.all(stages.map((s, k) => stageFiles(s, `stages/${String(k).padStart(width, '0')}_${s.uid}/`)))
  return [...metadataFiles('PipelineModel', uid, maps, ''), ...inner.flat()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

/**
 * One line of JSON. The time is always the epoch, so that equal models are equal bytes and have one digest.
 */
function metadataFiles(className: string, uid: string, maps: string, prefix: string): SavedFile[] {
  const line = `{"class":"org.apache.spark.ml.${className}","timestamp":0,"sparkVersion":"${sparkVersion}","uid":${JSON.stringify(uid)},${maps}}\n`
  return [{ path: `${prefix}metadata/_SUCCESS`, bytes: nothing }, { path: `${prefix}metadata/part-00000`, bytes: encoder.encode(line) }]
}

/** Spark reads a double only from a number with a decimal point, and its special values from texts. */
function parameterText(kind: string, value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(v => parameterText(kind, v)).join(',')}]`
  if (typeof value !== 'number' || kind === 'integer') return JSON.stringify(value)
  if (Number.isFinite(value)) return javaDoubleText(value)
  return JSON.stringify(value !== value ? 'NaN' : value > 0 ? 'Inf' : '-Inf')
}
