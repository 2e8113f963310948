import { fieldIndex } from '../columnar/schema.ts'
import type { LogicalPlan, NamedExpr, ScoreNode } from '../plan/logical-plan.ts'
import { transformUp } from '../plan/logical-plan.ts'
import { outputSchema } from '../plan/output-schema.ts'
import type { FrameModels, LoadedModels } from './frame-models.ts'
import type { LoadedModel } from './loaded-model.ts'
import { column } from './names.ts'
import { plannedModel } from './planned-model.ts'

/** A plan whose models are loaded. */
export interface ResolvedPlan {
  readonly plan: LogicalPlan
  readonly models: LoadedModels
}

/**
 * Loads the models that a plan calls by name, and puts what the names stand for now in their place. An alias may have moved
 * since the query was written: the plan is typed anew with the version that it begins with.
 * @throws AnalysisError ML_VERSION_UNKNOWN, ML_SCHEMA_MISMATCH, and what loading a model throws
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
  const resolved = transformUp(plan, node => (node.kind === 'score' ? scoredBy(node, byKey) : node))
  outputSchema(resolved)
  return { plan: resolved, models: loaded }
}

/** The node with the models that were loaded. A version may need an input that the one before did not: the column of its name is it. */
function scoredBy(node: ScoreNode, loaded: LoadedModels): ScoreNode {
  const model = loaded.get(node.model.reference ?? node.model.digest)
  if (model === undefined) return node
  const schema = outputSchema(node.input)
  const added = model.signature.inputs.flatMap(({ name }): NamedExpr[] => (node.inputs.some(i => i.name === name) || fieldIndex(schema, name) < 0 ? [] : [{ name, expr: column(name) }]))
  return Object.freeze({ ...node, model: plannedModel(model), inputs: [...node.inputs, ...added] })
}
