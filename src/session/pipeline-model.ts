import type { FileSystem } from '../common/file-system.ts'
import { makeError } from '../common/errors.ts'
import type { DataFrame } from './data-frame.ts'
import { type LoadedModel, loadModel } from './loaded-model.ts'
import type { Simplify } from './row-types.ts'

/** Columns by name, of types that are not known here. */
interface AnyColumns {
  readonly [name: string]: unknown
}

/** The row after transform(): the pipeline's columns stand in place of those of the same name. */
export type TransformedRow<R, O> = Simplify<Omit<R, keyof O> & O>

/**
 * A pipeline that Apache Spark fitted and saved. transform() adds the columns that Spark's own adds, under the same names;
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
