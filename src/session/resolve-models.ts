import { makeError } from '../common/errors.ts'
import { fieldIndex } from '../columnar/schema.ts'
import { weightsMismatch } from '../microbatch/route-swaps.ts'
import type { LogicalPlan, ModelReference, NamedExpr, ScoreNode, ScoreRoute } from '../plan/logical-plan.ts'
import { nodesOf, transformUp } from '../plan/logical-plan.ts'
import { outputSchema } from '../plan/output-schema.ts'
import { type FrameModels, type LoadedModels, watchedWeightsOf } from './frame-models.ts'
import type { LoadedModel } from './loaded-model.ts'
import { column } from './names.ts'
import { plannedModel } from './planned-model.ts'

/** A plan whose models are loaded. */
export interface ResolvedPlan {
  readonly plan: LogicalPlan
  readonly models: LoadedModels
}

interface Resolved {
  /** What names stand for now, by what the plan calls them. */
  readonly models: LoadedModels
  /** Weights of the registries, by the name of the model. */
  readonly weights: ReadonlyMap<string, ScoreRoute['weights']>
}

/**
 * Loads the models that a plan calls by name, and puts what the names stand for now in their place. An alias may have moved
 * since the query was written: the plan is typed anew with the version that it begins with.
 * @throws AnalysisError ML_VERSION_UNKNOWN, ML_SCHEMA_MISMATCH, PLAN_INVALID_OPTION, and what loading a model throws
 */
export async function resolveModels(plan: LogicalPlan, models: FrameModels): Promise<ResolvedPlan> {
  const loaded = new Map<string, LoadedModel<unknown>>()
  const byKey = new Map<string, LoadedModel<unknown>>()
  for (const [key, model] of models) {
    const resolved = model.kind === 'model' ? model : await model.resolve()
    loaded.set(resolved.reference ?? resolved.digest, resolved)
    if (model.kind === 'model-reference') byKey.set(key, resolved)
  }
  if (byKey.size === 0) return { plan, models: loaded }
  const weights = await currentWeights(plan, loaded)
  const resolved = transformUp(plan, node => (node.kind === 'score' ? scoredBy(node, { models: byKey, weights }) : node))
  outputSchema(resolved)
  return { plan: resolved, models: loaded }
}

/** The node with the models that were loaded. A version may need an input that the one before did not: the column of its name is it. */
function scoredBy(node: ScoreNode, { models, weights }: Resolved): ScoreNode {
  const schema = outputSchema(node.input)
  const inputs = [...node.inputs]
  const current = (model: ModelReference): ModelReference => {
    const loaded = models.get(model.reference ?? model.digest)
    if (loaded === undefined) return model
    const added = loaded.signature.inputs.flatMap(({ name }): NamedExpr[] => (inputs.some(i => i.name === name) || fieldIndex(schema, name) < 0 ? [] : [{ name, expr: column(name) }]))
    inputs.push(...added)
    return plannedModel(loaded)
  }
  const { route, shadow } = node
  return Object.freeze({
    ...node,
    model: current(node.model),
    ...(route === undefined ? {} : { route: { ...route, weights: weights.get(route.name) ?? route.weights, targets: route.targets.map(t => ({ ...t, model: current(t.model) })) } }),
    ...(shadow === undefined ? {} : { shadow: { ...shadow, models: shadow.models.map(current) } }),
    inputs,
  })
}

async function currentWeights(plan: LogicalPlan, models: LoadedModels): Promise<Resolved['weights']> {
  const watched = watchedWeightsOf(models)
  const weights = new Map<string, ScoreRoute['weights']>()
  for (const node of nodesOf(plan)) {
    if (node.kind !== 'score' || node.route === undefined) continue
    const { name, targets } = node.route
    const now = await watched.get(name)?.now()
    if (now === undefined || now === null) continue
    const problem = weightsMismatch(now, targets.map(t => t.label))
    if (problem !== null) throw otherLabels(name, problem)
    weights.set(name, now)
  }
  return weights
}

function otherLabels(name: string, problem: string): Error {
  return makeError('PLAN_INVALID_OPTION', `The weights that the registry has for "${name}" cannot be used: ${problem}. Name these in the route of score(), or change them with registry.setWeights("${name}", …).`, { context: { option: 'route', name } })
}
