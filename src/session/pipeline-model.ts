import { makeDurableDirectory } from '../common/durable-directory.ts'
import type { FileSystem } from '../common/file-system.ts'
import { nodeFileSystem } from '../common/node/node-file-system.ts'
import { makeError } from '../common/errors.ts'
import type { DataFrame } from './data-frame.ts'
import type { ModelArtefact } from '../ml/model.ts'
import { type LoadedModel, loadModel, modelFromBytes } from './loaded-model.ts'
import type { Simplify } from './row-types.ts'

/** Columns by name, of types that are not known here. */
interface AnyColumns {
  readonly [name: string]: unknown
}

/** The row after transform(): the pipeline's columns stand in place of those of the same name. */
export type TransformedRow<R, O> = Simplify<Omit<R, keyof O> & O>

/**
 * A pipeline that Apache Spark, or {@link Pipeline} here, fitted. transform() adds the columns that Spark's own adds, under the same names;
 * `O` says which they are: `PipelineModel.load<{ features: Float64Array; prediction: number }>('models/churn')`.
 */
export class PipelineModel<O = { prediction: number }> {
  /** For score(), which adds only the columns that it names. */
  readonly model: LoadedModel<O>

  private constructor(model: LoadedModel<O>) {
    this.model = model
  }

  /**
   * Reads the directory of a PipelineModel, of a tuning model, or of a single model or transformer.
   * @throws AnalysisError ML_UNREADABLE, ML_UNSUPPORTED (by the name of the stage); ML_UNKNOWN_FORMAT for other models
   */
  static async load<O = { prediction: number }>(path: string, options: { readonly files?: FileSystem } = {}): Promise<PipelineModel<O>> {
    const model = await loadModel<O>(path, options)
    if (model.signature.format !== 'spark') throw noPipeline(path, model.signature.format)
    return new PipelineModel<O>(model)
  }

  /** @internal What fit() made. */
  static async fitted<O>(artefact: ModelArtefact): Promise<PipelineModel<O>> {
    return new PipelineModel<O>(await modelFromBytes<O>(artefact, 'pipeline'))
  }

  /**
   * Writes the directory that Spark reads with `PipelineModel.load(path)`, as load() here does. It appears complete or
   * not at all; with `overwrite` the one that is there is removed first.
   * @throws AnalysisError ML_DIRECTORY_TAKEN
   */
  async save(path: string, options: { readonly overwrite?: boolean; readonly files?: FileSystem } = {}): Promise<void> {
    if (typeof path !== 'string' || path === '') throw new TypeError(`save() takes the path of a directory as text, but got ${String(path)}.`)
    const { overwrite = false, files = nodeFileSystem } = options
    const target = path.replace(/(?<=.)\/+$/, '')
    if (!overwrite && (await files.stat(target)) !== undefined) throw directoryTaken(path)
    const unfinished = `${target}.unfinished`
    await files.removeDirectory(unfinished)
    for (const file of this.model.artefact.files) await writeFile(files, `${unfinished}/${file.path}`, file.bytes)
    if (overwrite) await files.removeDirectory(target)
    await files.rename(unfinished, target)
    await files.syncDirectory(target.includes('/') ? target.slice(0, target.lastIndexOf('/')) || '/' : '.')
  }

  /**
   * Adds all columns of the pipeline.
   * @throws AnalysisError ML_SCHEMA_MISMATCH
   */
  transform<R>(frame: DataFrame<R>): DataFrame<TransformedRow<R, O>> {
    const before = new Set(frame.schema.fields.map(f => f.name))
    const replaced: { [working: string]: string } = {}
    const output: { [column: string]: string } = {}
    for (const { name, library } of this.model.signature.outputs) {
      if (library === undefined) continue
      const column = before.has(library) ? freeName(library, before) : library
      if (column !== library) replaced[column] = library
      output[column] = name
    }
    let scored = (frame as unknown as DataFrame<AnyColumns>).score(this.model as unknown as LoadedModel<AnyColumns>, { output }) as DataFrame<AnyColumns>
    if (Object.keys(replaced).length > 0) scored = scored.drop(...Object.values(replaced)).rename(replaced) as unknown as DataFrame<AnyColumns>
    return scored as unknown as DataFrame<TransformedRow<R, O>>
  }
}

async function writeFile(files: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const folder = path.slice(0, path.lastIndexOf('/'))
  await makeDurableDirectory(files, folder)
  const file = await files.create(path)
  try {
    await file.write(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await files.syncDirectory(folder)
}

function directoryTaken(path: string): Error {
  return makeError('ML_DIRECTORY_TAKEN', `PipelineModel.save() writes a new directory, but there is something at "${path}". Give another path, or { overwrite: true }.`, { context: { path } })
}

/** A name that no column has, for a column until it takes the place of the old one. */
function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = `${name}__transformed`
  while (taken.has(free)) free += '_'
  return free
}

function noPipeline(path: string, format: string): Error {
  return makeError('ML_UNSUPPORTED', `PipelineModel.load() reads what Apache Spark saved, but "${path}" is a model of format ${format}. Read it with loadModel(), and score with score().`, {
    context: { path, format },
  })
}
