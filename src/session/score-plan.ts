import { makeError } from '../common/errors.ts'
import { option, optional, optionTable, resolveOptions } from '../common/options.ts'
import type { Json } from '../common/json.ts'
import { didYouMean, quoteList } from '../common/suggest.ts'
import { nullType } from '../columnar/data-type.ts'
import { fieldIndex, requireField } from '../columnar/schema.ts'
import { makeLiteral } from '../expr/literal.ts'
import type { LogicalPlan, NamedExpr } from '../plan/logical-plan.ts'
import { outputSchema } from '../plan/output-schema.ts'
import type { LoadedModel } from './loaded-model.ts'
import { column } from './names.ts'
import type { Names, Simplify } from './row-types.ts'

export interface ScoreOptions<R, M, O extends { readonly [column: string]: keyof M & string }, D extends string> {
  /** New column → output of the model, such as `{ p_late: 'probability' }`. */
  readonly output: O
  /** Input of the model → column, where the names differ. */
  readonly input?: { readonly [input: string]: Names<R> }
  /** A further column with the digest of the model that scored the row. */
  readonly digest?: D
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
})

/**
 * A score node: each input of the model gets the column of its name, or the one that `input` maps it to.
 * @throws AnalysisError ML_SCHEMA_MISMATCH, PLAN_UNKNOWN_COLUMN, PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION
 */
export function scorePlan(input: LogicalPlan, model: LoadedModel<unknown>, options: PlainScoreOptions): LogicalPlan {
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
    model: Object.freeze({ ...(model.reference === undefined ? {} : { reference: model.reference }), digest: model.digest, format: model.signature.format, label: model.label, signature: model.signature as unknown as Json }),
    inputs,
    outputs,
    digestColumn: options.digest ?? null,
  })
}

function unknownInput(label: string, name: string, names: readonly string[]): Error {
  return makeError('ML_SCHEMA_MISMATCH', `score() maps the input "${name}" of model "${label}", which has only ${quoteList(names)}.${didYouMean(name, names)}`, {
    context: { model: label, input: name, inputs: names },
  })
}
