import type { DocumentPart } from '../document.ts'
import { unreadable, unsupported } from '../errors.ts'
import type { FeedSpec } from '../tensor/feed.ts'
import { onBackend } from '../tensorflow/backend.ts'
import { kindOf } from '../tensorflow/layers-network.ts'
import { type Answer, type Filled, type Network, outputNames } from '../tensorflow/network.ts'
import type { Core } from '../tensorflow/runtime.ts'
import { elementOf, heldBy, toAnswer, toTensor } from '../tensorflow/tensors.ts'
import { tryNetwork } from '../tensorflow/trial.ts'
import { buildKeras, type KerasModel } from './build.ts'
import type { Ops, Tensor } from './ops.ts'
import type { LayerWeights } from './weights.ts'

const title = 'Keras'
const fail = (what: string, cause?: unknown): Error => unreadable(title, what, cause)

/**
 * A Keras model on the operations of TensorFlow.js.
 * @throws AnalysisError ML_UNSUPPORTED naming the layer, ML_UNREADABLE
 */
export async function kerasNetwork(core: Core & Ops, config: DocumentPart, weights: LayerWeights, kerasMajor: number): Promise<Network> {
  const kept: Tensor[] = []
  const dispose = (): void => {
    for (const tensor of kept) tensor.dispose()
    kept.length = 0
  }
  try {
    const model = await onBackend(core, 'wasm', () => buildTidy(core, kept, () => buildKeras(config, weights, { ops: core, kerasMajor, kept, fail })))
    return await describe(core, model, dispose)
  } catch (error) {
    dispose()
    throw error
  }
}

/** What is made on the way is freed; what layers keep is not. */
function buildTidy(core: Core & Ops, kept: Tensor[], build: () => KerasModel): KerasModel {
  let model: KerasModel | undefined
  core.tidy(() => {
    model = build()
    for (const tensor of kept) core.keep(tensor)
  })
  return model as KerasModel
}

async function describe(core: Core & Ops, model: KerasModel, dispose: () => void): Promise<Network> {
  const feeds = model.inputs.map(({ name, shape, dtype, codes }): FeedSpec => {
    const kind = kindOf(dtype === 'int64' || dtype === 'uint8' ? 'int32' : dtype === 'float16' || dtype === 'float64' ? 'float32' : dtype)
    if (kind === undefined) throw unsupported(title, `an input "${name}" of type ${dtype}`, 'Inputs are float32, int32 or bool.')
    return { name, shape, kind, missing: 'row', ...(codes === undefined ? {} : { codes }) }
  })
  const run = (given: readonly Filled[]): readonly Answer[] =>
    core.tidy(() => model.call(given.map((filled, k) => ({ tensor: toTensor(core, filled, feeds[k].kind) }))).map(value => toAnswer(value.tensor)))
  const { backend, answers, chunkRows, stepRows } = await tryNetwork(core, title, feeds, run)
  const isOpen = feeds.some(feed => feed.shape.includes(null))
  const [ending] = model.endings
  const names = outputNames(model.outputNames, { size: answers[0]?.dims.slice(1).reduce((p, d) => p * d, 1), ending: ending.className === 'Softmax' ? 'softmax' : ending.activation })
  return {
    title,
    format: 'keras',
    feeds,
    outputs: answers.map((answer, k) => ({ names: names[k], element: elementOf(answer), shape: answer.dims.slice(1).map((d, i) => (isOpen && i < answer.dims.length - 2 ? null : d)) })),
    chunkRows,
    stepRows,
    run: given => onBackend(core, backend, () => run(given)),
    memory: () => heldBy(core),
    dispose,
  }
}
