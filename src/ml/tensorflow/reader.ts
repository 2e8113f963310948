import { DocumentPart } from '../document.ts'
import { featuresWrong, unreadable, unsupported } from '../errors.ts'
import { FeatureEncoder, inputsOf } from '../features/encoder.ts'
import { type FeatureStep, readFeatures } from '../features/features.ts'
import type { Model, ModelArtefact, ModelDigest, ModelReader } from '../model.ts'
import { buildModel, initializerName, tryOut } from './load.ts'
import { type Network, predict, type TensorInput, TensorflowModel, type TensorOutput } from './model.ts'
import type { LayerLike, LayersModel } from './runtime.ts'
import { tensorflow } from './runtime.ts'
import { checkedTopology } from './topology.ts'
import { readWeights } from './weights.ts'

const fail = (what: string, cause?: unknown): Error => unreadable('TensorFlow.js', what, cause)
const failFeatures = featuresWrong

/** Rows in a chunk; fewer where a row or a layer's answer is large, so that a chunk stays below `maxChunkCells`. */
const maxChunkRows = 256
const maxChunkCells = 16 * 1024 * 1024

/** TensorFlow.js layers models: a directory with model.json and weight files, and optionally features.json. */
export const tensorflowReader: ModelReader = {
  format: 'tensorflow',
  recognises(artefact) {
    const head = fileOf(artefact, 'model.json')?.subarray(0, 65_536)
    return head !== undefined && /"(weightsManifest|modelTopology)"|"format"\s*:\s*"(layers|graph)-model"/.test(new TextDecoder().decode(head))
  },
  async load(artefact: ModelArtefact, digest: ModelDigest): Promise<Model> {
    const document = parse(fileOf(artefact, 'model.json') as Uint8Array, fail)
    const format = document.find('format')?.value
    if (format === 'graph-model') {
      throw unsupported('TensorFlow.js', 'the graph-model format', 'Convert the model to a layers model (tfjs_layers_model), or export it to ONNX.')
    }
    const featuresBytes = fileOf(artefact, 'features.json')
    const features = featuresBytes === undefined ? undefined : readFeatures(parse(featuresBytes, failFeatures))
    const topology = checkedTopology(document.get('modelTopology'), initializerName)
    const weights = readWeights(document.get('weightsManifest'), artefact)
    const runtime = await tensorflow()
    const layersModel = await buildModel(runtime, topology, weights)
    try {
      const network = { core: runtime.core, layersModel, ...describe(layersModel, features?.tensors) }
      const matrices = network.tensors.map(tensor => new Float32Array(network.chunkRows * tensor.encoder.width))
      tryOut(layersModel, () => predict(network, matrices))
      return new TensorflowModel(digest, network)
    } catch (error) {
      layersModel.dispose()
      throw error
    }
  },
}

function fileOf(artefact: ModelArtefact, path: string): Uint8Array | undefined {
  return artefact.files.find(file => file.path === path)?.bytes
}

function parse(bytes: Uint8Array, fails: (what: string, cause?: unknown) => Error): DocumentPart {
  try {
    return new DocumentPart(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)), '', fails)
  } catch (error) {
    throw fails('it is not complete JSON', error)
  }
}

/** Inputs and outputs of the network, from the shapes of its layers. */
function describe(model: LayersModel, given: ReadonlyMap<string, readonly FeatureStep[]> | undefined): Omit<Network, 'core' | 'layersModel'> {
  const allSteps: FeatureStep[] = []
  for (const name of given?.keys() ?? []) {
    if (!model.inputNames.includes(name)) throw failFeatures(`it encodes a tensor "${name}", but the network takes ${model.inputNames.join(', ')}`)
  }
  const tensors = model.inputs.map((input, k): TensorInput => {
    const name = model.inputNames[k]
    const shape = knownShape(input.shape, `input "${name}"`)
    if (input.dtype !== 'float32' && input.dtype !== 'int32') throw unsupported('TensorFlow.js', `an input of type ${input.dtype}`, 'Inputs are float32 or int32.')
    const size = sizeOf(shape)
    const steps = given === undefined ? [plainStep(name, size)] : given.get(name)
    if (steps === undefined) throw failFeatures(`it does not encode the tensor "${name}"`)
    allSteps.push(...steps)
    const encoder = new FeatureEncoder(steps)
    if (encoder.width !== size) throw failFeatures(`it makes ${encoder.width} values for "${name}", which takes ${size}`)
    return { shape, dtype: input.dtype, encoder, limit: embeddingLimit(model.layers, name) }
  })
  const outputs = model.outputs.map((output, k): TensorOutput => {
    const size = sizeOf(knownShape(output.shape, `output "${model.outputNames[k]}"`))
    return { names: k === 0 ? firstOutputNames(model, size) : [model.outputNames[k]], size }
  })
  return { inputs: inputsOf(allSteps, failFeatures), tensors, outputs, chunkRows: chunkRowsOf(model.layers) }
}

function plainStep(column: string, size: number): FeatureStep {
  return size === 1 ? { encode: 'number', column } : { encode: 'vector', column, size }
}

/** Dimensions after the batch; all must be known. */
function knownShape(shape: readonly (number | null)[], what: string): number[] {
  return shape.slice(1).map(dimension => {
    if (dimension === null) throw unsupported('TensorFlow.js', `an ${what} of variable size [${shape.join(', ')}]`, 'Give the input layer a fixed shape.')
    return dimension
  })
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1)
}

/** A last layer that ends in a sigmoid over one unit, or in a softmax, answers probabilities. */
function firstOutputNames(model: LayersModel, size: number): string[] {
  const last = model.layers.find(layer => model.outputNames[0] === layer.name) as (LayerLike & { activation?: { getClassName?(): string } }) | undefined
  const activation = last?.getClassName() === 'Softmax' ? 'softmax' : last?.activation?.getClassName?.().toLowerCase()
  if (activation === 'sigmoid' && size === 1) return ['prediction', 'probability']
  return activation === 'softmax' && size > 1 ? ['prediction', 'probabilities'] : ['prediction']
}

/** How many entries the smallest embedding has that this input feeds directly; Infinity without one. */
function embeddingLimit(layers: readonly LayerLike[], input: string): number {
  let limit = Infinity
  for (const layer of layers) {
    if (layer.getClassName() !== 'Embedding' || layer.inputDim === undefined) continue
    const isFed = layer.inboundNodes?.some(node => node.inboundLayers.some(from => from.name === input && from.getClassName() === 'InputLayer'))
    if (isFed === true) limit = Math.min(limit, layer.inputDim)
  }
  return limit
}

function chunkRowsOf(layers: readonly LayerLike[]): number {
  let largest = 1
  const visit = (layer: LayerLike): void => {
    for (const size of shapeSizes(layer.outputShape)) largest = Math.max(largest, size)
    layer.layers?.forEach(visit)
  }
  layers.forEach(visit)
  if (largest > maxChunkCells) throw fail(`a layer answers ${largest} numbers for one row, the limit is ${maxChunkCells}`)
  return Math.max(1, Math.min(maxChunkRows, Math.floor(maxChunkCells / largest)))
}

/** Output shapes of a layer: one, or a list of them for a layer with several outputs. */
function shapeSizes(shape: unknown): number[] {
  if (!Array.isArray(shape)) return []
  if (shape.some(Array.isArray)) return shape.flatMap(shapeSizes)
  return [shape.slice(1).reduce((product: number, dimension: unknown) => product * (typeof dimension === 'number' ? dimension : 1), 1)]
}
