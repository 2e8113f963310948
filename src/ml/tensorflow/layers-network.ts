import { unsupported } from '../errors.ts'
import type { ElementKind } from '../tensor/element.ts'
import type { FeedSpec } from '../tensor/feed.ts'
import { onBackend } from './backend.ts'
import { elementOf, heldBy, toAnswer, toTensor } from './tensors.ts'
import { type Answer, type Filled, type Network, outputNames } from './network.ts'
import type { Core, LayerLike, LayersModel } from './runtime.ts'
import { maxRowCells, tryNetwork } from './trial.ts'

const title = 'TensorFlow.js'

/**
 * A layers model that was built, tried out.
 * @throws AnalysisError ML_UNSUPPORTED, ML_UNREADABLE
 */
export async function layersNetwork(core: Core, model: LayersModel): Promise<Network> {
  checkSizes(model.layers)
  const feeds = model.inputs.map((input, k): FeedSpec => {
    const name = model.inputNames[k]
    const kind = kindOf(input.dtype)
    if (kind === undefined) throw unsupported(title, `an input "${name}" of type ${input.dtype}`, 'Inputs are float32, int32 or bool.')
    const codes = embeddingLimit(model.layers, name)
    return { name, shape: input.shape.slice(1), kind, missing: 'row', ...(codes === undefined ? {} : { codes }) }
  })
  const run = (given: readonly Filled[]): readonly Answer[] =>
    core.tidy(() => {
      const answer = model.predictOnBatch(given.map((filled, k) => toTensor(core, filled, feeds[k].kind)))
      return (Array.isArray(answer) ? answer : [answer]).map(toAnswer)
    })
  const { backend, answers, chunkRows, stepRows } = await tryNetwork(core, title, feeds, run)
  const names = outputNames(model.outputNames, { size: answers[0]?.dims.slice(1).reduce((p, d) => p * d, 1), ending: endingOf(model) })
  return {
    title,
    format: 'tensorflow',
    feeds,
    outputs: model.outputs.map((output, k) => ({ names: names[k], element: elementOf(answers[k]), shape: output.shape.slice(1) })),
    chunkRows,
    stepRows,
    run: given => onBackend(core, backend, () => run(given)),
    memory: () => heldBy(core),
    dispose: () => model.dispose(),
  }
}

export function kindOf(dtype: string): ElementKind | undefined {
  return dtype === 'float32' || dtype === 'int32' || dtype === 'bool' || dtype === 'string' ? dtype : undefined
}

/** A last layer that ends in a sigmoid or a softmax answers probabilities. */
function endingOf(model: LayersModel): string {
  const last = model.layers.find(layer => model.outputNames[0] === layer.name) as (LayerLike & { activation?: { getClassName?(): string } }) | undefined
  return last?.getClassName() === 'Softmax' ? 'softmax' : (last?.activation?.getClassName?.().toLowerCase() ?? '')
}

/** How many entries the smallest embedding has that this input feeds directly. */
function embeddingLimit(layers: readonly LayerLike[], input: string): number | undefined {
  let limit: number | undefined
  for (const layer of layers) {
    if (layer.getClassName() !== 'Embedding' || layer.inputDim === undefined) continue
    const isFed = layer.inboundNodes?.some(node => node.inboundLayers.some(from => from.name === input && from.getClassName() === 'InputLayer'))
    if (isFed === true) limit = Math.min(limit ?? Infinity, layer.inputDim)
  }
  return limit
}

/** Refuses a layer whose answer for one row would not fit into memory, before anything is computed. */
function checkSizes(layers: readonly LayerLike[]): void {
  for (const layer of layers) {
    const largest = Math.max(1, ...shapeSizes(layer.outputShape))
    if (!(largest <= maxRowCells)) throw unsupported(title, `a layer "${layer.name}" that answers ${largest} numbers for one row`, `The limit is ${maxRowCells}.`)
    if (layer.layers !== undefined) checkSizes(layer.layers)
  }
}

/** Output shapes of a layer: one, or a list of them for a layer with several outputs. */
function shapeSizes(shape: unknown): number[] {
  if (!Array.isArray(shape)) return []
  if (shape.some(Array.isArray)) return shape.flatMap(shapeSizes)
  return [shape.slice(1).reduce((product: number, dimension: unknown) => product * (typeof dimension === 'number' ? dimension : 1), 1)]
}
