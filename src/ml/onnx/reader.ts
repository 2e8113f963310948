import { DocumentPart } from '../document.ts'
import { featuresWrong, unreadable } from '../errors.ts'
import { readFeatures } from '../features/features.ts'
import type { Model, ModelArtefact, ModelDigest, ModelReader } from '../model.ts'
import { binderFor } from '../tensor/binder.ts'
import { refuseExternalData } from './external-data.ts'
import { looksLikeOnnx } from './recognise.ts'
import { OnnxModel } from './model.ts'
import { describeOutputs } from './outputs.ts'
import { onnxRuntime, type OnnxRuntime } from './runtime.ts'
import { openGraph } from './session.ts'
import { trialShapes } from './trial.ts'
import { withoutZipMaps } from './zip-map.ts'

const featuresName = 'features.json'

/** ONNX models: one file, or a directory with the file and features.json. */
export const onnxReader: ModelReader = {
  format: 'onnx',
  recognises: artefact => modelFile(artefact) !== undefined,
  load: (artefact, digest) => loadOnnx(artefact, digest, onnxRuntime),
}

/** @throws AnalysisError ML_UNREADABLE, ML_UNSUPPORTED, ML_PACKAGE_MISSING */
export async function loadOnnx(artefact: ModelArtefact, digest: ModelDigest, runtimeOf: () => Promise<OnnxRuntime>): Promise<Model> {
  const bytes = modelFile(artefact)
  if (bytes === undefined) throw unreadable('ONNX', 'the directory holds no ONNX file')
  refuseExternalData(bytes)
  const { model, zipped, outputs: names } = withoutZipMaps(bytes)
  const features = readFeaturesBeside(artefact)
  const runtime = await runtimeOf()
  const graph = await openGraph(runtime, model)
  try {
    const binder = binderFor(graph.inputs.map(input => ({ ...input, missing: 'nan' })), features)
    const outputs = describeOutputs(graph, names, zipped, await trialShapes(runtime, graph))
    return new OnnxModel(digest, { runtime, graph, binder, outputs })
  } catch (error) {
    await graph.session.release()
    throw error
  }
}

function readFeaturesBeside(artefact: ModelArtefact): ReturnType<typeof readFeatures>['tensors'] | undefined {
  const bytes = artefact.files.find(file => file.path === featuresName)?.bytes
  if (bytes === undefined) return undefined
  let document: unknown
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw featuresWrong('it is not complete JSON', error)
  }
  return readFeatures(new DocumentPart(document, '', featuresWrong)).tensors
}

/** The one file that is not features.json; files whose names begin with a dot do not count. */
function modelFile({ files }: ModelArtefact): Uint8Array | undefined {
  const others = files.filter(file => file.path !== featuresName && !file.path.startsWith('.'))
  return others.length === 1 && looksLikeOnnx(others[0].bytes) ? others[0].bytes : undefined
}
