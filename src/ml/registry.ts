import { digestOf } from './artefact.ts'
import { executableFormat, unknownFormat } from './errors.ts'
import { codeFormatOf, looksLike } from './looks-like.ts'
import type { Model, ModelArtefact, ModelReader } from './model.ts'

export { unknownTo } from './unknown-categories.ts'
export { digestOf, maxModelBytes, maxModelFiles, readArtefact } from './artefact.ts'

interface ReaderEntry {
  /** How the format is called in messages. */
  readonly title: string
  /** Optional packages that scoring needs: alternatives, the first that is complete is used. Empty when it needs none. */
  readonly packages: readonly (readonly string[])[]
  readonly load: () => Promise<ModelReader>
}

/**
 * Every format that can be loaded. A reader is imported when it is asked for: recognising reads the first bytes only, and
 * optional packages are imported by the reader that needs them. A new format is one line here and a folder beside this file.
 */
const readers: readonly ReaderEntry[] = [
  { title: 'XGBoost (.json, .ubj, binary)', packages: [], load: async () => (await import('./xgboost/reader.ts')).xgboostReader },
  { title: 'H2O MOJO (.zip, or its folder)', packages: [], load: async () => (await import('./h2o/reader.ts')).h2oReader },
  { title: 'LightGBM (text)', packages: [], load: async () => (await import('./lightgbm/reader.ts')).lightgbmReader },
  { title: 'Spark ML (directory)', packages: [], load: async () => (await import('./spark/reader.ts')).sparkReader },
  { title: 'ONNX (.onnx)', packages: [['onnxruntime-node'], ['onnxruntime-web']], load: async () => (await import('./onnx/reader.ts')).onnxReader },
  { title: 'Keras (.keras, .h5)', packages: [['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm']], load: async () => (await import('./keras/reader.ts')).kerasReader },
  { title: 'TensorFlow SavedModel (directory)', packages: [['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-node']], load: async () => (await import('./tensorflow/saved-model-reader.ts')).savedModelReader },
  { title: 'TensorFlow.js model (directory)', packages: [['@tensorflow/tfjs-core', '@tensorflow/tfjs-layers', '@tensorflow/tfjs-converter', '@tensorflow/tfjs-backend-wasm']], load: async () => (await import('./tensorflow/reader.ts')).tensorflowReader },
]

/** The formats and the optional packages that each of them needs. */
export const modelFormats: readonly Omit<ReaderEntry, 'load'>[] = readers

/**
 * Finds out which format the bytes are in, from the bytes alone; file names do not count.
 * @throws AnalysisError ML_UNKNOWN_FORMAT; ML_UNSUPPORTED for formats that run code when opened (pickle, joblib, torch)
 */
export async function recogniseModel(artefact: ModelArtefact): Promise<ModelReader> {
  for (const entry of readers) {
    const reader = await entry.load()
    if (reader.recognises(artefact)) return reader
  }
  const code = codeFormatOf(artefact)
  if (code !== undefined) throw executableFormat(code.name, code.reason, code.advice)
  throw unknownFormat(looksLike(artefact), readers.map(r => r.title))
}

/**
 * Loads a model. The same bytes give the same model on every machine and thread.
 * @throws AnalysisError ML_UNKNOWN_FORMAT, ML_UNREADABLE, ML_UNSUPPORTED, ML_PACKAGE_MISSING
 */
export async function loadModelFromBytes(artefact: ModelArtefact): Promise<Model> {
  const reader = await recogniseModel(artefact)
  return reader.load(artefact, digestOf(artefact))
}
