import { messageOf } from '../../common/errors.ts'
import type { DocumentPart } from '../document.ts'
import { unreadable, unsupported } from '../errors.ts'
import type { FeedSpec } from '../tensor/feed.ts'
import { onBackend } from './backend.ts'
import { kindOf } from './layers-network.ts'
import { type Answer, type Filled, type Network, outputNames } from './network.ts'
import type { Core, Converter, GraphModel, Tensor } from './runtime.ts'
import { elementOf, heldBy, toAnswer, toTensor } from './tensors.ts'
import { firstLine, tryNetwork } from './trial.ts'
import type { Weights } from './weights.ts'

const title = 'TensorFlow.js'
const maxNodes = 200_000

/** A tensor of the graph under the name that the signature has for it. */
interface Named {
  readonly name: string
  /** The node, and which of its answers where it is not the first. */
  readonly node: string
}

/**
 * A graph model in TensorFlow.js's own executor.
 * @throws AnalysisError ML_UNSUPPORTED, ML_UNREADABLE
 */
export async function graphNetwork(core: Core, converter: Converter, document: DocumentPart, weights: Weights): Promise<Network> {
  const topology = document.get('modelTopology')
  if (document.find('modelInitializer') !== undefined) throw unsupported(title, 'tables that are filled when it is loaded', 'Look up the values in columns before the model, or export it to ONNX.')
  if (topology.get('node').list().length > maxNodes) throw topology.wrong(`has more than ${maxNodes} nodes`)
  // Its WebAssembly kernel answers zeros (4.22.0).
  if (topology.get('node').list().some(node => node.find('op')?.value === 'Conv3DBackpropInputV2')) throw unsupported(title, 'a transposed convolution in three dimensions', 'Export the model to ONNX.')
  const model = await onBackend(core, 'wasm', () => load(converter, topology, document, weights))
  try {
    return await describe(core, model, document)
  } catch (error) {
    model.dispose()
    throw error
  }
}

async function load(converter: Converter, topology: DocumentPart, document: DocumentPart, weights: Weights): Promise<GraphModel> {
  const signature = document.find('signature')?.value
  try {
    return await converter.loadGraphModel({
      load: async () => ({ format: 'graph-model', modelTopology: topology.value, weightSpecs: weights.specs, weightData: weights.bytes, ...(signature === undefined ? {} : { signature }) }),
    })
  } catch (error) {
    throw unreadable(title, `TensorFlow.js refuses it: ${firstLine(error)}`, error)
  }
}

async function describe(core: Core, model: GraphModel, document: DocumentPart): Promise<Network> {
  const signature = document.find('signature')
  const inputs = namedIn(signature?.find('inputs')) ?? model.inputs.map(({ name }) => ({ name, node: name }))
  const outputs = namedIn(signature?.find('outputs')) ?? model.outputs.map(({ name }) => ({ name, node: name }))
  const feeds = inputs.map(({ name, node }): FeedSpec => {
    const found = model.inputs.find(input => input.name === node)
    if (found === undefined) throw unreadable(title, `its signature names the input "${node}", which is not in the graph`)
    const kind = kindOf(found.dtype)
    if (kind === undefined || found.shape === undefined || found.shape === null || found.shape.length === 0) {
      throw unsupported(title, `an input "${name}" of type ${found.dtype} or of unknown shape`, 'Inputs are float32, int32, bool or string, and their first dimension counts rows.')
    }
    return { name, shape: found.shape.slice(1).map(d => (d === null || d < 0 ? null : d)), kind, missing: 'row' }
  })
  const names = outputs.map(output => output.node)
  const feedNames = inputs.map(input => input.node)
  let isDynamic = false
  const run = async (given: readonly Filled[]): Promise<readonly Answer[]> => {
    if (!isDynamic) {
      try {
        return core.tidy(() => answersOf(model.execute(tensorsOf(core, given, feeds, feedNames), names)))
      } catch (error) {
        // Loops and conditions, and answers of unknown size, go another way.
        if (!/executeAsync/.test(messageOf(error))) throw error
        isDynamic = true
      }
    }
    const tensors = tensorsOf(core, given, feeds, feedNames)
    try {
      const found = await model.executeAsync(tensors, names)
      const answers = answersOf(found)
      core.dispose(found)
      return answers
    } finally {
      core.dispose(tensors)
    }
  }
  const { backend, answers, chunkRows, stepRows } = await tryNetwork(core, title, feeds, run)
  const called = outputNames(outputs.map(output => output.name), { size: answers[0]?.dims.slice(1).reduce((p, d) => p * d, 1), ending: '' })
  return {
    title,
    format: 'tensorflow',
    feeds,
    outputs: outputs.map((_, k) => ({ names: called[k], element: elementOf(answers[k]), shape: shapeOf(answers[k].dims, feeds) })),
    chunkRows,
    stepRows,
    run: given => onBackend(core, backend, () => run(given)),
    memory: () => heldBy(core),
    dispose: () => model.dispose(),
  }
}

/** What a trial answered; its lengths mean nothing where an input has open dimensions. */
function shapeOf(dims: readonly number[], feeds: readonly FeedSpec[]): (number | null)[] {
  const isOpen = feeds.some(feed => feed.shape.includes(null))
  return dims.slice(1).map(d => (isOpen ? null : d))
}

function tensorsOf(core: Core, given: readonly Filled[], feeds: readonly FeedSpec[], names: readonly string[]): { [name: string]: Tensor } {
  const tensors: { [name: string]: Tensor } = Object.create(null) as { [name: string]: Tensor }
  given.forEach((filled, k) => {
    tensors[names[k]] = toTensor(core, filled, feeds[k].kind)
  })
  return tensors
}

function answersOf(found: Tensor | Tensor[]): Answer[] {
  return (Array.isArray(found) ? found : [found]).map(toAnswer)
}

/** `{ "x": { "name": "x:0", … } }`; undefined where there is none. */
function namedIn(part: DocumentPart | undefined): Named[] | undefined {
  if (part === undefined) return undefined
  const named = part.keys().map(name => ({ name, node: part.get(name).get('name').text().replace(/:0$/, '') }))
  return named.length === 0 ? undefined : named
}
