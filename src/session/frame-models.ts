import type { ModelArtefact } from '../ml/model.ts'
import type { WatchedModel } from '../microbatch/model-swaps.ts'
import type { WatchedWeights } from '../microbatch/route-swaps.ts'
import type { LoadedModel, ModelReference } from './loaded-model.ts'

/** The models of a frame, which its plan only names; those that are called by name are loaded when the query starts. */
export type FrameModels = ReadonlyMap<string, LoadedModel<unknown> | ModelReference<unknown>>

/** The same, all of them loaded. */
export type LoadedModels = ReadonlyMap<string, LoadedModel<unknown>>

export const noModels: FrameModels = new Map()

export function withModels(models: FrameModels, added: readonly (LoadedModel<unknown> | ModelReference<unknown>)[]): FrameModels {
  return new Map([...models, ...added.map(model => [model.reference ?? model.digest, model] as const)])
}

/** Bytes by digest. */
export function artefactsOf(models: LoadedModels): ReadonlyMap<string, ModelArtefact> {
  return new Map([...models.values()].map(m => [m.digest, m.artefact]))
}

/** What registries say of how rows are shared out, by the name of the model. */
export function watchedWeightsOf(models: LoadedModels): ReadonlyMap<string, WatchedWeights> {
  return new Map([...models.values()].flatMap(({ name, weights }) => (name === undefined || weights === undefined ? [] : [[name, weights] as const])))
}

/** Those that a query follows, by reference. */
export function watchedOf(models: LoadedModels): ReadonlyMap<string, WatchedModel> {
  return new Map([...models.values()].flatMap(({ reference, watched }) => (reference === undefined || watched === undefined ? [] : [[reference, watched] as const])))
}
