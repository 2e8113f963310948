import { isMillraceError, makeError } from '../common/errors.ts'
import { nodeFileSystem } from '../common/node/node-file-system.ts'
import type { FileSystem } from '../common/file-system.ts'
import type { ModelArtefact, ModelSignature } from '../ml/model.ts'
import type { WatchedModel } from '../microbatch/model-swaps.ts'
import type { WatchedWeights } from '../microbatch/route-swaps.ts'
import { loadModelFromBytes, readArtefact } from '../ml/registry.ts'

/** What models have as outputs unless they say otherwise: `prediction` always, the rest where the model has it. */
export interface ModelOutputs {
  prediction: number
  /** Of class 1, of models with two classes. */
  probability: number
  /** Of each class. */
  probabilities: Float64Array
  /** Before the link function. */
  margin: number
}

/**
 * A model that was read and checked: its digest, its signature and its bytes. Each executor loads its own copy from
 * them. `O` has the outputs by name.
 */
export interface LoadedModel<O = ModelOutputs> {
  readonly kind: 'model'
  readonly label: string
  /** SHA-256 of its bytes. */
  readonly digest: string
  readonly signature: ModelSignature
  readonly artefact: ModelArtefact
  /** Of a model of a registry: what it is called there, and its version. */
  readonly name?: string
  readonly version?: string
  /** `name@alias` of a registry: a query follows it while it runs. */
  readonly reference?: string
  /** @internal */
  readonly watched?: WatchedModel
  /** @internal Of its name in the registry. */
  readonly weights?: WatchedWeights
  readonly '~outputs'?: O
}

/**
 * A model by its name in a registry, as it was when the registry was opened: enough to write a query with. What the name
 * stands for when the query starts is loaded then.
 */
export interface ModelReference<O = ModelOutputs> {
  readonly kind: 'model-reference'
  readonly label: string
  readonly digest: string
  readonly signature: ModelSignature
  /** What it is called in the registry, and its version. */
  readonly name: string
  readonly version: string
  /** `name@alias`: a query follows it. Absent for a version that stays. */
  readonly reference?: string
  /** @internal What it stands for now. */
  readonly resolve: () => Promise<LoadedModel<O>>
  readonly '~outputs'?: O
}

/**
 * Reads a trained model, a file or a folder; the format is recognised from the bytes. A model with outputs of other
 * names or types says so: `loadModel<{ dense_2: Float64Array }>('models/net')`. What it really has is in `signature`,
 * and score() compares.
 * @throws AnalysisError ML_UNKNOWN_FORMAT, ML_UNREADABLE, ML_UNSUPPORTED, ML_PACKAGE_MISSING
 */
export async function loadModel<O = ModelOutputs>(path: string, options: { readonly files?: FileSystem } = {}): Promise<LoadedModel<O>> {
  requirePath(path)
  const artefact = await readArtefact(options.files ?? nodeFileSystem, path)
  return modelFromBytes<O>(artefact, path.split('/').at(-1) ?? path).catch((error: unknown) => {
    throw atPath(path, error)
  })
}

/** A model whose files are in memory. */
export async function modelFromBytes<O>(artefact: ModelArtefact, label: string): Promise<LoadedModel<O>> {
  const model = await loadModelFromBytes(artefact)
  const { digest, signature } = model
  model.close()
  return Object.freeze({ kind: 'model', label, digest, signature, artefact })
}

/** Readers know bytes only; what they refuse is found by its path. */
function atPath(path: string, error: unknown): unknown {
  // A missing package is no fault of the model.
  if (!isMillraceError(error) || error.code === 'ML_PACKAGE_MISSING') return error
  return makeError(error.code, `Model "${path}": ${error.message}`, { context: { ...error.context, path }, cause: error.cause })
}

/** Plain JavaScript gives anything. */
function requirePath(path: unknown): void {
  if (typeof path === 'string') return
  throw new TypeError(`loadModel() takes the path of a model as text, but got ${path instanceof URL ? `the URL ${path.href}: give fileURLToPath(url) of node:url` : String(path)}.`)
}
