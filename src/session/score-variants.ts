import { makeError } from '../common/errors.ts'
import { option, optionTable, optional, required, resolveOptions } from '../common/options.ts'
import { requireField, type Schema } from '../columnar/schema.ts'
import { weightsProblem } from '../ml/versions/route-weights.ts'
import type { ScoreNode, ScoreRoute, ScoreShadow } from '../plan/logical-plan.ts'
import { outputSchema } from '../plan/output-schema.ts'
import type { LoadedModel, ModelReference } from './loaded-model.ts'
import type { ModelRegistry } from './model-registry.ts'
import { plannedModel } from './planned-model.ts'
import type { PlainRoute } from './score-options.ts'
import { inputsOf, type PlainScoreOptions } from './score-plan.ts'

/** Models beside the one that a score() is typed by. */
interface Variants {
  readonly route?: ScoreRoute
  readonly shadow?: ScoreShadow
  /** All of them, for the frame. */
  readonly models: readonly ModelReference<unknown>[]
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value)

const routeOptions = optionTable({
  by: required(option.text('', 'The column that decides.')),
  weights: required(option.value<ScoreRoute['weights']>({}, 'Shares.', 'an object from alias to weight, such as { champion: 0.95, challenger: 0.05 }', isObject)),
  salt: optional(option.text('', 'Shuffles the rows anew.')),
})

/**
 * A score node with the models that its rows are shared out among, and those that are compared; and these, for the frame.
 * @throws AnalysisError PLAN_INVALID_OPTION, PLAN_UNKNOWN_COLUMN, ML_VERSION_UNKNOWN
 */
export function withVariants(node: ScoreNode, model: LoadedModel<unknown> | ModelReference<unknown>, options: PlainScoreOptions): { readonly plan: ScoreNode; readonly models: readonly ModelReference<unknown>[] } {
  const schema = outputSchema(node.input)
  const { models, ...variants } = variantsOf(model, options, schema)
  if (models.length === 0) return { plan: node, models }
  const mapped = new Map(Object.entries(options.input ?? {}))
  // What one of them takes, all are given.
  const inputs = new Map(models.flatMap(m => inputsOf(m, schema, mapped, false)).map(i => [i.name, i]))
  for (const own of node.inputs) inputs.set(own.name, own)
  return { plan: Object.freeze({ ...node, ...variants, inputs: [...inputs.values()] }), models }
}

function variantsOf(model: LoadedModel<unknown> | ModelReference<unknown>, options: PlainScoreOptions, schema: Schema): Variants {
  const { registry, route, shadow, shadowTolerance = 0 } = options
  if (route === undefined && shadow === undefined) return { models: [] }
  if (registry === undefined) throw invalid(route === undefined ? 'shadow' : 'route', 'score() finds its further models by name, and was not told where: give it { registry: await ModelRegistry.open("folder") }.')
  const targets = route === undefined ? [] : targetsOf(route, model, registry, schema)
  const shadows = (shadow ?? []).map(name => registry.reference<unknown>(name))
  return {
    ...(route === undefined ? {} : { route: Object.freeze({ name: model.name ?? '', by: route.by, salt: route.salt ?? model.name ?? '', weights: { ...route.weights }, targets: targets.map(t => ({ label: t.label, model: plannedModel(t.model) })) }) }),
    ...(shadow === undefined ? {} : { shadow: Object.freeze({ models: shadows.map(plannedModel), tolerance: shadowTolerance }) }),
    models: [...targets.map(t => t.model), ...shadows],
  }
}

function targetsOf(route: PlainRoute, model: LoadedModel<unknown> | ModelReference<unknown>, registry: ModelRegistry, schema: Schema): { readonly label: string; readonly model: ModelReference<unknown> }[] {
  const { by, weights } = resolveOptions(routeOptions, { ...route }, 'route of score()')
  requireField(schema, by, 'route of score()')
  const problem = weightsProblem(weights)
  if (problem !== null) throw invalid('weights', `The weights of the route of score() cannot be used: ${problem}.`)
  const { name, reference } = model
  const labels = Object.keys(weights)
  const own = reference?.slice(reference.indexOf('@') + 1)
  if (name === undefined || own === undefined || !labels.includes(own)) {
    throw invalid('route', `A route of score() shares rows out among aliases of one model of a registry, and the model that score() is given must be one of them; the weights name ${labels.map(l => `"${l}"`).join(', ')}, and the model is "${reference ?? model.label}". Give score() a name such as "${name ?? 'late-arrival'}@${labels[0]}".`)
  }
  return labels.map(label => ({ label, model: registry.reference<unknown>(`${name}@${label}`) }))
}

function invalid(option: string, message: string): Error {
  return makeError('PLAN_INVALID_OPTION', message, { context: { option } })
}
