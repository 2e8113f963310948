import type { ModelArtefact } from '../ml/model.ts'
import type { WatchedModel } from '../microbatch/model-swaps.ts'
import type { LoadedModel } from './loaded-model.ts'

/** The models of a frame, which its plan only names. */
export type FrameModels = ReadonlyMap<string, LoadedModel<unknown>>

export const noModels: FrameModels = new Map()

export function withModel(models: FrameModels, model: LoadedModel<unknown>): FrameModels {
  return new Map([...models, [model.reference ?? model.digest, model]])
}

/** Bytes by digest. */
export function artefactsOf(models: FrameModels): ReadonlyMap<string, ModelArtefact> {
  return new Map([...models.values()].map(m => [m.digest, m.artefact]))
}

/** Those that a query follows, by reference. */
export function watchedOf(models: FrameModels): ReadonlyMap<string, WatchedModel> {
  return new Map([...models.values()].flatMap(({ reference, watched }) => (reference === undefined || watched === undefined ? [] : [[reference, watched] as const])))
}
