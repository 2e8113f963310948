import { makeError } from '../common/errors.ts'
import { didYouMean } from '../common/suggest.ts'
import type { Expr, ModelExpr } from '../expr/expr.ts'
import { findFunction } from '../expr/functions/index.ts'
import { anyExpr, mapExpr } from '../expr/walk.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { outputSchema } from '../plan/output-schema.ts'
import { type FrameModels, withModels } from './frame-models.ts'
import type { NamedModel } from './model-functions.ts'
import { column } from './names.ts'
import { scorePlan } from './score-plan.ts'

/**
 * Takes the calls of models out of the expressions of a verb: each becomes a column of a score node below, which the verb
 * then stands on. Equal calls are one column, unless they draw random numbers.
 */
export class ModelCalls {
  plan: LogicalPlan
  models: FrameModels
  readonly #functions: ReadonlyMap<string, NamedModel>
  readonly #columns = new Map<string | ModelExpr, string>()
  /** Expressions that several columns share stay one. */
  readonly #lifted = new Map<Expr, Expr>()

  constructor(plan: LogicalPlan, models: FrameModels, functions: ReadonlyMap<string, NamedModel>) {
    this.plan = plan
    this.models = models
    this.#functions = functions
  }

  /** The expression with columns in the place of models. */
  lift(expr: Expr): Expr {
    if (!callsModel(expr)) return expr
    let lifted = this.#lifted.get(expr)
    if (lifted === undefined) {
      lifted = mapExpr(expr, e => (e.kind === 'model' ? column(this.#columnOf(e)) : undefined))
      this.#lifted.set(expr, lifted)
    }
    return lifted
  }

  #columnOf(call: ModelExpr): string {
    const key = anyExpr(call, isRandom) ? call : JSON.stringify(call)
    let name = this.#columns.get(key)
    if (name === undefined) {
      name = this.#score(call)
      this.#columns.set(key, name)
    }
    return name
  }

  #score({ name, args }: ModelExpr): string {
    const named = this.#functions.get(name)
    if (named === undefined) throw unknownModel(name, [...this.#functions.keys()])
    const { model, output, onInvalid, onError, batch } = named
    const inputs = args.map((arg, i) => ({ name: model.signature.inputs[i].name, expr: this.lift(arg) }))
    const taken = outputSchema(this.plan).fields.map(f => f.name)
    let fresh = `${name}#${this.#columns.size}`
    while (taken.includes(fresh)) fresh = `${fresh}_`
    const node = scorePlan(this.plan, model, { output: { [fresh]: output }, onInvalid, batch, ...(onError === undefined ? {} : { onError: { fallback: { [fresh]: onError.fallback } } }) })
    this.plan = Object.freeze({ ...node, inputs: Object.freeze(inputs) })
    this.models = withModels(this.models, [model])
    return fresh
  }
}

export function callsModel(expr: Expr): boolean {
  return anyExpr(expr, e => e.kind === 'model')
}

function isRandom(expr: Expr): boolean {
  return expr.kind === 'call' && findFunction(expr.name)?.deterministic === false
}

function unknownModel(name: string, names: readonly string[]): Error {
  return makeError('PLAN_UNKNOWN_FUNCTION', `The query calls the model ${name}(), which its session does not have.${didYouMean(name, names)} Register it in the session that the frame comes from: registerModelUDF(session, "${name}", model).`, {
    context: { name, models: names },
  })
}
