import { makeError } from '../common/errors.ts'
import { resolveOptions } from '../common/options.ts'
import { didYouMean, quoteList } from '../common/suggest.ts'
import { type DataType, nullType } from '../columnar/data-type.ts'
import { fieldIndex, requireField, type Schema } from '../columnar/schema.ts'
import type { LiteralExpr } from '../expr/expr.ts'
import { literalOf, makeLiteral, numberJson } from '../expr/literal.ts'
import type { LogicalPlan, NamedExpr, OnInvalid, ProvenanceFact, ScoreFallback, ScoreLimits, ScoreNode } from '../plan/logical-plan.ts'
import { outputSchema } from '../plan/output-schema.ts'
import type { LoadedModel, ModelReference } from './loaded-model.ts'
import type { ModelRegistry } from './model-registry.ts'
import { column } from './names.ts'
import { plannedModel } from './planned-model.ts'
import { batchOptions, explainOptions, provenanceOptions, type PlainRoute, scoreOptions, type ScoringModel } from './score-options.ts'

/** The options as the plan needs them. */
export interface PlainScoreOptions {
  readonly output: { readonly [column: string]: string }
  readonly input?: { readonly [input: string]: string }
  readonly digest?: string
  readonly provenance?: { readonly [fact: string]: string }
  readonly onInvalid?: OnInvalid
  readonly onError?: { readonly fallback: LoadedModel<unknown> | { readonly [column: string]: unknown } }
  readonly explain?: { readonly topK: number; readonly column: string }
  readonly batch?: Partial<ScoreLimits>
  readonly registry?: ModelRegistry
  readonly route?: PlainRoute
  readonly shadow?: readonly string[]
  readonly shadowTolerance?: number
}

/** The other model that a score() may score with. */
export function fallbackModel(options: PlainScoreOptions): LoadedModel<unknown> | undefined {
  const fallback: unknown = options?.onError?.fallback
  return isModel(fallback) ? fallback : undefined
}

/**
 * A score node: each input of the model gets the column of its name, or the one that `input` maps it to.
 * @throws AnalysisError ML_SCHEMA_MISMATCH, PLAN_UNKNOWN_COLUMN, PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION
 */
export function scorePlan(input: LogicalPlan, model: LoadedModel<unknown> | ModelReference<unknown>, options: PlainScoreOptions): ScoreNode {
  const schema = outputSchema(input)
  if (typeof options?.output !== 'object' || options.output === null) throw new TypeError('score() takes a model and { output: { column: "output of the model" } }.')
  const { onInvalid } = resolveOptions(scoreOptions, { ...options }, 'score()')
  const mapped = new Map(Object.entries(options.input ?? {}))
  const outputs = Object.entries(options.output).map(([name, output]) => ({ column: name, output }))
  const explain = options.explain === undefined ? null : resolveOptions(explainOptions, { ...options.explain }, 'explain of score()')
  if (explain !== null && explain.column === undefined) throw makeError('PLAN_INVALID_OPTION', 'explain of score() needs the name of a column, such as { topK: 3, column: "why" }.', { context: { option: 'column' } })
  return Object.freeze({
    kind: 'score',
    input,
    model: plannedModel(model),
    inputs: inputsOf(model, schema, mapped, true),
    outputs,
    provenance: Object.freeze(provenanceOf(options)),
    explain: explain === null ? null : { topK: explain.topK, column: explain.column as string },
    onInvalid,
    fallback: fallbackOf(model, options, schema, mapped),
    limits: resolveOptions(batchOptions, { ...options.batch }, 'batch of score()'),
  })
}

/**
 * The model that score() was given: itself, or what its name stands for in the registry.
 * @throws AnalysisError PLAN_INVALID_OPTION, ML_VERSION_UNKNOWN; TypeError for anything else
 */
export function scoringModel<M>(model: ScoringModel<M>, registry: ModelRegistry | undefined): LoadedModel<M> | ModelReference<M> {
  if (typeof model === 'string') {
    if (registry === undefined && !isName(model)) throw notAModel()
    if (registry === undefined) throw makeError('PLAN_INVALID_OPTION', `score("${model}") calls a model by name, and was not told where: give it { registry: await ModelRegistry.open("folder") }, or a model from await loadModel("path").`, { context: { option: 'registry', model } })
    return registry.reference<M>(model)
  }
  const kind: unknown = (model as { readonly kind?: unknown } | undefined)?.kind
  if (kind !== 'model' && kind !== 'model-reference') throw notAModel()
  return model
}

/** Without a registry text is more likely the path of a file. */
const isName = (text: string): boolean => text.includes('@')

function notAModel(): TypeError {
  return new TypeError('score() takes a model: await loadModel("path") first.')
}

/** Each input of a model with the column that it gets. `strict`: all that is mapped must be an input of this very model. */
export function inputsOf(model: LoadedModel<unknown> | ModelReference<unknown>, schema: Schema, mapped: ReadonlyMap<string, string>, strict: boolean): NamedExpr[] {
  const names = model.signature.inputs.map(i => i.name)
  for (const [name, from] of mapped) {
    if (strict && !names.includes(name)) throw unknownInput(model.label, name, names)
    requireField(schema, from, 'score()')
  }
  // An input without a column is left out here: typing the node says which one, and what to do.
  return model.signature.inputs.flatMap(({ name, optional }): NamedExpr[] => {
    const from = mapped.get(name) ?? name
    if (fieldIndex(schema, from) >= 0) return [{ name, expr: column(from) }]
    return optional === true ? [{ name, expr: makeLiteral(null, nullType) }] : []
  })
}

function provenanceOf(options: PlainScoreOptions): { readonly column: string; readonly fact: ProvenanceFact }[] {
  const named = options.provenance === undefined ? {} : resolveOptions(provenanceOptions, { ...options.provenance }, 'provenance of score()')
  const facts = (['name', 'version', 'digest', 'route'] as const).flatMap(fact => {
    const { [fact]: name } = named as { readonly [fact in ProvenanceFact]?: string | undefined }
    return name === undefined ? [] : [{ column: name, fact }]
  })
  return options.digest === undefined ? facts : [{ column: options.digest, fact: 'digest' }, ...facts]
}

function fallbackOf(model: LoadedModel<unknown> | ModelReference<unknown>, options: PlainScoreOptions, schema: Schema, mapped: ReadonlyMap<string, string>): ScoreFallback | null {
  if (options.onError === undefined) return null
  const second = fallbackModel(options)
  // A mapping may name inputs that only one of the two has.
  if (second !== undefined) return Object.freeze({ kind: 'model', model: plannedModel(second), inputs: inputsOf(second, schema, mapped, false) })
  const constants = new Map(Object.entries(options.onError.fallback))
  for (const name of constants.keys()) if (!Object.hasOwn(options.output, name)) throw unknownConstant(name, Object.keys(options.output))
  const values = Object.entries(options.output).map(([name, output]) => {
    if (!constants.has(name)) throw constantMissing(name)
    return constantOf(constants.get(name), model.signature.outputs.find(o => o.name === output)?.type)
  })
  return Object.freeze({ kind: 'constants', values: Object.freeze(values) })
}

/** Numbers take the type of the output; whether other values fit is checked when the node is typed. */
function constantOf(value: unknown, type: DataType | undefined): LiteralExpr {
  return typeof value === 'number' && type?.kind === 'float64' ? makeLiteral(numberJson(value), type) : literalOf(value)
}

function isModel(value: unknown): value is LoadedModel<unknown> {
  return typeof value === 'object' && value !== null && (value as { readonly kind?: unknown }).kind === 'model' && 'signature' in value
}

function unknownInput(label: string, name: string, names: readonly string[]): Error {
  return makeError('ML_SCHEMA_MISMATCH', `score() maps the input "${name}" of model "${label}", which has only ${quoteList(names)}.${didYouMean(name, names)}`, {
    context: { model: label, input: name, inputs: names },
  })
}

function unknownConstant(name: string, columns: readonly string[]): Error {
  return makeError('PLAN_INVALID_OPTION', `The fallback of score() has a value for "${name}", but the new columns are ${quoteList(columns)}.${didYouMean(name, columns)}`, { context: { option: 'onError', column: name, columns } })
}

function constantMissing(name: string): Error {
  return makeError('PLAN_INVALID_OPTION', `The fallback of score() has no value for the column "${name}". Give one, or null.`, { context: { option: 'onError', column: name } })
}
