import { makeError } from '../common/errors.ts'
import { option, optional, optionTable, resolveOptions } from '../common/options.ts'
import { didYouMean, quoteList } from '../common/suggest.ts'
import { isColumn, makeColumn, toExpr } from '../expr/column.ts'
import type { Column, ColumnLike } from '../expr/column-types.ts'
import type { Expr } from '../expr/expr.ts'
import { checkName } from '../plan/name-plan.ts'
import type { LoadedModel, ModelOutputs } from './loaded-model.ts'
import type { Session } from './session.ts'

export interface ModelUDFOptions<M, O extends keyof M & string, F> {
  /** The output that a call gives. @default 'prediction' */
  readonly output?: O
  /** What becomes of a row that the model was not trained for; see score(). Rows are never left out of an expression. @default 'keep' */
  readonly onInvalid?: 'keep' | 'error'
  /** The value of a call where the model fails. */
  readonly onError?: { readonly fallback: F & (M[O] | null) }
  readonly batch?: { readonly maxRows?: number; readonly budgetMs?: number }
}

type Argument = ColumnLike<unknown> | number | string | boolean | null

/** A model as a function over columns: its inputs in their order, or by their names. */
export type ModelFunction<T> = (first?: Argument | { readonly [input: string]: Argument }, ...rest: readonly Argument[]) => Column<T>

/** A model that is called by a name. */
export interface NamedModel {
  readonly model: LoadedModel<unknown>
  readonly output: string
  readonly onInvalid: 'keep' | 'error'
  readonly onError: { readonly fallback: unknown } | undefined
  readonly batch: { readonly maxRows?: number; readonly budgetMs?: number }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

const udfOptions = optionTable({
  output: option.text('prediction', 'The output that a call gives.'),
  onInvalid: option.oneOf(['keep', 'error'], 'keep', 'What becomes of a row that the model was not trained for.'),
  onError: optional(option.value<{ readonly fallback: unknown }>({ fallback: null }, 'What a call gives where the model fails.', 'an object with a fallback', value => isObject(value) && 'fallback' in value && Object.keys(value).length === 1)),
  batch: option.value<{ readonly maxRows?: number; readonly budgetMs?: number }>(Object.freeze({}), 'How much the model is given at a time.', 'an object with maxRows and budgetMs', isObject),
})

/**
 * Makes a model a function of the session: its calls stand in select(), withColumn(), where(), groupBy() and agg() like any
 * other expression, and score the rows once. A model loaded by alias follows its alias there too.
 *
 *     const late = registerModelUDF(session, 'late', lateness, { output: 'probability' })
 *     flights.where(({ distance, hour }) => late({ distance, hour }).gt(0.5))
 *
 * @throws AnalysisError PLAN_INVALID_NAME, PLAN_UNKNOWN_OPTION, PLAN_INVALID_OPTION, ML_SCHEMA_MISMATCH
 */
export function registerModelUDF<M = ModelOutputs, const O extends keyof M & string = 'prediction' & keyof M, const F extends M[O] | null = never>(
  session: Session,
  name: string,
  model: LoadedModel<M>,
  options: ModelUDFOptions<M, O, F> = {},
): ModelFunction<M[O] | Extract<F, null>> {
  checkName(name, 'function name')
  if (!isObject(model) || model.kind !== 'model') throw new TypeError('registerModelUDF() takes a session, a name and a model: await loadModel("path") first.')
  const resolved = resolveOptions(udfOptions, { ...options }, 'registerModelUDF()')
  const { inputs, outputs } = model.signature
  if (!outputs.some(o => o.name === resolved.output)) throw noOutput(model.label, resolved.output, outputs.map(o => o.name))
  session.core.modelFunctions.set(name, { model, ...resolved })
  const names = inputs.map(i => i.name)
  return (first, ...rest) => {
    const args = isObject(first) && !isColumn(first) ? byName(name, names, first as { readonly [input: string]: Argument }) : inOrder(name, names, first === undefined ? rest : [first, ...rest])
    return makeColumn(Object.freeze({ kind: 'model', name, args: Object.freeze(args) }))
  }
}

function inOrder(name: string, names: readonly string[], args: readonly Argument[]): Expr[] {
  if (args.length !== names.length) throw argumentCount(name, args.length, names)
  return args.map(toExpr)
}

function byName(name: string, names: readonly string[], args: { readonly [input: string]: Argument }): Expr[] {
  for (const given of Object.keys(args)) if (!names.includes(given)) throw unknownInput(name, given, names)
  const missing = names.find(n => !Object.hasOwn(args, n))
  if (missing !== undefined) throw argumentCount(name, Object.keys(args).length, names)
  return names.map(n => toExpr(args[n]))
}

function argumentCount(name: string, count: number, names: readonly string[]): Error {
  return makeError('PLAN_ARGUMENT_COUNT', `${name}() was called with ${count} inputs, but the model has ${names.length}: ${quoteList(names)}. Give them in this order, or as an object by name; null stands for a missing one.`, {
    context: { name, count, inputs: names },
  })
}

function unknownInput(name: string, input: string, names: readonly string[]): Error {
  return makeError('ML_SCHEMA_MISMATCH', `${name}() was given the input "${input}", but the model has ${quoteList(names)}.${didYouMean(input, names)}`, { context: { name, input, inputs: names } })
}

function noOutput(label: string, output: string, names: readonly string[]): Error {
  return makeError('ML_SCHEMA_MISMATCH', `Model "${label}" has no output "${output}", only ${quoteList(names)}.${didYouMean(output, names)}`, { context: { model: label, output, outputs: names } })
}
