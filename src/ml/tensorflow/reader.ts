import { DocumentPart } from '../document.ts'
import { featuresWrong, unreadable } from '../errors.ts'
import { readFeatures } from '../features/features.ts'
import type { Model, ModelArtefact, ModelDigest, ModelReader } from '../model.ts'
import { binderFor } from '../tensor/binder.ts'
import { graphNetwork } from './graph-network.ts'
import { layersNetwork } from './layers-network.ts'
import { buildModel, initializerName } from './load.ts'
import { TensorflowModel } from './model.ts'
import type { Network } from './network.ts'
import { tensorflow, tensorflowConverter, tensorflowLayers } from './runtime.ts'
import { checkedTopology } from './topology.ts'
import { readWeights } from './weights.ts'

const fail = (what: string, cause?: unknown): Error => unreadable('TensorFlow.js', what, cause)

/** TensorFlow.js models: a directory with model.json and weight files, and optionally features.json. */
export const tensorflowReader: ModelReader = {
  format: 'tensorflow',
  recognises(artefact) {
    const head = fileOf(artefact, 'model.json')?.subarray(0, 65_536)
    return head !== undefined && /"(weightsManifest|modelTopology)"|"format"\s*:\s*"(layers|graph)-model"/.test(new TextDecoder().decode(head))
  },
  async load(artefact: ModelArtefact, digest: ModelDigest): Promise<Model> {
    const document = parse(fileOf(artefact, 'model.json') as Uint8Array, fail)
    const features = readFeaturesBeside(artefact)
    return modelOf(await networkOf(document, artefact), digest, features)
  },
}

/** The model of a network; the network is freed when its features.json does not fit. */
export function modelOf(network: Network, digest: ModelDigest, features: ReturnType<typeof readFeaturesBeside>): Model {
  try {
    return new TensorflowModel(digest, network, binderFor(network.feeds, features))
  } catch (error) {
    network.dispose()
    throw error
  }
}

async function networkOf(document: DocumentPart, artefact: ModelArtefact): Promise<Network> {
  if (document.find('format')?.value === 'graph-model' || document.get('modelTopology').find('node') !== undefined) {
    const weights = readWeights(document.get('weightsManifest'), artefact)
    const core = await tensorflow('TensorFlow.js')
    return graphNetwork(core, await tensorflowConverter(), document, weights)
  }
  const topology = checkedTopology(document.get('modelTopology'), initializerName)
  const weights = readWeights(document.get('weightsManifest'), artefact)
  const core = await tensorflow('TensorFlow.js')
  const model = await buildModel(core, await tensorflowLayers(), topology, weights)
  try {
    return await layersNetwork(core, model)
  } catch (error) {
    model.dispose()
    throw error
  }
}

function fileOf(artefact: ModelArtefact, path: string): Uint8Array | undefined {
  return artefact.files.find(file => file.path === path)?.bytes
}

/** The steps of features.json, where there is one. @throws AnalysisError ML_UNREADABLE */
export function readFeaturesBeside(artefact: ModelArtefact): ReturnType<typeof readFeatures>['tensors'] | undefined {
  const bytes = fileOf(artefact, 'features.json')
  return bytes === undefined ? undefined : readFeatures(parse(bytes, featuresWrong)).tensors
}

function parse(bytes: Uint8Array, fails: (what: string, cause?: unknown) => Error): DocumentPart {
  try {
    return new DocumentPart(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)), '', fails)
  } catch (error) {
    throw fails('it is not complete JSON', error)
  }
}
