import { messageOf } from '../../common/errors.ts'
import { unreadable, unsupported } from '../errors.ts'
import { type Core, type LayersModel, type Runtime, useWasm } from './runtime.ts'
import type { Weights } from './weights.ts'

/** Name under which the initialiser below is registered with TensorFlow.js. */
export const initializerName = 'MillraceWeights'

let registeredWith: Core | undefined
/** Numbers that the model being built may still allocate. Building is synchronous, and one model is loaded at a time. */
let budget = 0
let core: Core

/**
 * Makes every weight of a model while it is built: zeros, for the real values come next. It counts, so that a topology
 * whose layers are larger than the weights that came with it ends here and not when memory does.
 */
class WeightInitializer {
  static readonly className = initializerName
  static fromConfig(): WeightInitializer {
    return new WeightInitializer()
  }

  apply(shape: readonly number[], dtype: string): object {
    budget -= shape.reduce((product, dimension) => product * dimension, 1)
    if (!(budget >= 0)) throw new Error('its layers are larger than the weights that came with it')
    return core.zeros(shape, dtype)
  }

  getConfig(): object {
    return {}
  }
}

let queue: Promise<unknown> = Promise.resolve()

/**
 * Builds a model from a checked topology and fills in its weights, all from memory. When it fails, what was allocated on
 * the way is freed.
 *
 * @throws AnalysisError ML_UNREADABLE
 */
export function buildModel(runtime: Runtime, topology: object, weights: Weights): Promise<LayersModel> {
  const result = queue.then(() => build(runtime, topology, weights))
  queue = result.catch(() => undefined)
  return result
}

async function build(runtime: Runtime, topology: object, weights: Weights): Promise<LayersModel> {
  core = runtime.core
  await useWasm(core)
  if (registeredWith !== core) core.serialization.registerClass(WeightInitializer)
  registeredWith = core
  // Some layers ask for a bias two or three times while they are made.
  budget = weights.count * 3
  const before = new Set(Object.keys(core.engine().registeredVariables))
  let decoded: object = {}
  try {
    const model = await runtime.layers.loadLayersModel({ load: async () => ({ modelTopology: topology }) })
    decoded = core.io.decodeWeights(weights.bytes, weights.specs)
    model.loadWeights(decoded, true)
    if (model.getClassName() === 'Sequential') model.build()
    return model
  } catch (error) {
    for (const [name, variable] of Object.entries(core.engine().registeredVariables)) if (!before.has(name)) variable.dispose()
    throw unreadable('TensorFlow.js', `TensorFlow.js refuses it: ${firstLine(error)}`, error)
  } finally {
    core.dispose(decoded)
  }
}

/**
 * Runs the model once, so that an operation that the backend lacks shows while loading and not in a batch.
 * @throws AnalysisError ML_UNSUPPORTED
 */
export function tryOut(model: LayersModel, run: () => unknown): void {
  try {
    run()
  } catch (error) {
    model.dispose()
    throw unsupported('TensorFlow.js', `something that its WebAssembly backend cannot compute (${firstLine(error)})`, 'Rewrite that layer, or export the model to ONNX.')
  }
}

function firstLine(error: unknown): string {
  return messageOf(error).split('\n')[0].slice(0, 300).replace(/\.+$/, '')
}
