import { nodeFileSystem } from '../common/node/node-file-system.ts'
import type { FileSystem } from '../common/file-system.ts'
import type { ModelArtefact, ModelSignature } from '../ml/model.ts'
import { loadModelFromBytes, readArtefact } from '../ml/registry.ts'

/** A model that was read and checked: its digest, its signature and its bytes. Each executor loads its own copy from them. */
export interface LoadedModel {
  readonly kind: 'model'
  readonly label: string
  readonly digest: string
  readonly signature: ModelSignature
  readonly artefact: ModelArtefact
}

/**
 * Reads a trained model; the format is recognised from the bytes.
 * @throws AnalysisError ML_UNKNOWN_FORMAT, ML_UNREADABLE, ML_UNSUPPORTED, ML_PACKAGE_MISSING
 */
export async function loadModel(path: string, options: { readonly files?: FileSystem } = {}): Promise<LoadedModel> {
  const artefact = await readArtefact(options.files ?? nodeFileSystem, path)
  const model = await loadModelFromBytes(artefact)
  const { digest, signature } = model
  model.close()
  return Object.freeze({ kind: 'model', label: path.split('/').at(-1) ?? path, digest, signature, artefact })
}
