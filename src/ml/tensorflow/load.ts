import { unreadable } from '../errors.ts'
import { onBackend } from './backend.ts'
import type { Core, Layers, LayersModel } from './runtime.ts'
import { firstLine } from './trial.ts'
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

/**
 * Builds a model from a checked topology and fills in its weights, all from memory. When it fails, what was allocated on
 * the way is freed.
 *
 * @throws AnalysisError ML_UNREADABLE
 */
export function buildModel(withCore: Core, layers: Layers, topology: object, weights: Weights): Promise<LayersModel> {
  return onBackend(withCore, 'wasm', async () => {
    core = withCore
    if (registeredWith !== core) core.serialization.registerClass(WeightInitializer)
    registeredWith = core
    // Some layers ask for a bias two or three times while they are made.
    budget = weights.count * 3
    const before = new Set(Object.keys(core.engine().registeredVariables))
    let decoded: object = {}
    try {
      const model = await layers.loadLayersModel({ load: async () => ({ modelTopology: topology }) })
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
  })
}
