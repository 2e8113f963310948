import { makeError } from '../common/errors.ts'
import { option, optional, optionTable, resolveOptions } from '../common/options.ts'
import { didYouMean, quoteList } from '../common/suggest.ts'
import { nullType } from '../columnar/data-type.ts'
import { fieldIndex, requireField } from '../columnar/schema.ts'
import { makeLiteral } from '../expr/literal.ts'
import type { LogicalPlan, NamedExpr } from '../plan/logical-plan.ts'
import { outputSchema } from '../plan/output-schema.ts'
import type { LoadedModel, ModelReference } from './loaded-model.ts'
import type { ModelRegistry } from './model-registry.ts'
import { column } from './names.ts'
import { plannedModel } from './planned-model.ts'
import type { Names, Simplify } from './row-types.ts'

export interface ScoreOptions<R, M, O extends { readonly [column: string]: keyof M & string }, D extends string> {
  /** New column → output of the model, such as `{ p_late: 'probability' }`. */
  readonly output: O
  /** Input of the model → column, where the names differ. */
  readonly input?: { readonly [input: string]: Names<R> }
  /** A further column with the digest of the model that scored the row. */
  readonly digest?: D
  /** Where a model that is called by name, such as 'late-arrival@champion', is found. */
  readonly registry?: ModelRegistry
}

/** The row with the outputs of a model. */
export type ScoredRow<R, M, O, D extends string> = Simplify<R & { -readonly [K in keyof O]: O[K] extends keyof M ? M[O[K]] : never } & { [K in D]: string }>

/** The options as the plan needs them. */
export interface PlainScoreOptions {
  readonly output: { readonly [column: string]: string }
  readonly input?: { readonly [input: string]: string }
  readonly digest?: string
}

const scoreOptions = optionTable({
  output: option.value<unknown>(undefined, 'New columns.', 'an object', () => true),
  input: option.value<unknown>(undefined, 'Columns of inputs.', 'an object from inputs of the model to columns', value => typeof value === 'object' && value !== null),
  digest: optional(option.text('', 'A column for the digest.')),
  registry: optional(option.value<unknown>(undefined, 'Where models are found by name.', 'a registry: await ModelRegistry.open("folder")', value => typeof (value as Partial<ModelRegistry> | null)?.reference === 'function')),
})

/**
 * A score node: each input of the model gets the column of its name, or the one that `input` maps it to.
 * @throws AnalysisError ML_SCHEMA_MISMATCH, PLAN_UNKNOWN_COLUMN, PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION
 */
export function scorePlan(input: LogicalPlan, model: LoadedModel<unknown> | ModelReference<unknown>, options: PlainScoreOptions): LogicalPlan {
  const schema = outputSchema(input)
  if (typeof options?.output !== 'object' || options.output === null) throw new TypeError('score() takes a model and { output: { column: "output of the model" } }.')
  resolveOptions(scoreOptions, { ...options }, 'score()')
  const mapped = new Map(Object.entries(options.input ?? {}))
  const names = model.signature.inputs.map(i => i.name)
  const optional = new Set(model.signature.inputs.filter(i => i.optional === true).map(i => i.name))
  for (const [name, from] of mapped) {
    if (!names.includes(name)) throw unknownInput(model.label, name, names)
    requireField(schema, from, 'score()')
  }
  // An input without a column is left out here: typing the node says which one, and what to do.
  const inputs = names.flatMap((name): NamedExpr[] => {
    const from = mapped.get(name) ?? name
    if (fieldIndex(schema, from) >= 0) return [{ name, expr: column(from) }]
    return optional.has(name) ? [{ name, expr: makeLiteral(null, nullType) }] : []
  })
  const outputs = Object.entries(options.output).map(([name, output]) => ({ column: name, output }))
  return Object.freeze({
    kind: 'score',
    input,
    model: plannedModel(model),
    inputs,
    outputs,
    digestColumn: options.digest ?? null,
  })
}

/**
 * The model that score() was given: itself, or what its name stands for in the registry.
 * @throws AnalysisError PLAN_INVALID_OPTION, ML_VERSION_UNKNOWN; TypeError for anything else
 */
export function scoringModel<M>(model: ScoringModel<M>, registry: ModelRegistry | undefined): LoadedModel<M> | ModelReference<M> {
  if (typeof model === 'string') {
    if (registry === undefined) throw makeError('PLAN_INVALID_OPTION', `score("${model}") calls a model by name, and was not told where: give it { registry: await ModelRegistry.open("folder") }, or a model from await loadModel("path").`, { context: { option: 'registry', model } })
    return registry.reference<M>(model)
  }
  const kind: unknown = (model as { readonly kind?: unknown } | undefined)?.kind
  if (kind !== 'model' && kind !== 'model-reference') throw new TypeError('score() takes a model: await loadModel("path") first.')
  return model
}

/** A model that was loaded, or its name in a registry. Not any text: the path of a file is a mistake that the compiler finds. */
export type ScoringModel<M> = LoadedModel<M> | ModelReference<M> | `${string}@${string}`

function unknownInput(label: string, name: string, names: readonly string[]): Error {
  return makeError('ML_SCHEMA_MISMATCH', `score() maps the input "${name}" of model "${label}", which has only ${quoteList(names)}.${didYouMean(name, names)}`, {
    context: { model: label, input: name, inputs: names },
  })
}
