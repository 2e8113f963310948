import type { ModelResources, TensorElement } from '../model.ts'
import type { ElementKind } from '../tensor/element.ts'
import { unsupported } from '../errors.ts'
import type { Answer, Filled } from './network.ts'
import type { Core, Tensor } from './runtime.ts'

/** A tensor of TensorFlow.js, which knows float32, int32, bool and string. */
export function toTensor(core: Core, { data, dims }: Filled, kind: ElementKind): Tensor {
  if (Array.isArray(data)) return core.tensor(data, dims, 'string')
  if (data instanceof Float32Array || data instanceof Int32Array || data instanceof Uint8Array) return core.tensor(data, dims, kind)
  throw unsupported('TensorFlow.js', `a tensor of type ${kind}`, 'Its types are float32, int32, bool and string.')
}

/** Values read at once; the tensor itself is freed by who made it. */
export function toAnswer(tensor: Tensor): Answer {
  return { values: tensor.dataSync(), dims: tensor.shape }
}

/** By the memory of the values: booleans come as bytes. */
export function elementOf(answer: Answer | undefined): TensorElement {
  const values = answer?.values
  if (Array.isArray(values)) return 'string'
  if (values instanceof Int32Array) return 'int32'
  return values instanceof Uint8Array ? 'boolean' : 'float32'
}

/** What TensorFlow.js holds on this thread, over all models. */
export function heldBy(core: Core): ModelResources {
  const { numTensors, numBytes } = core.memory()
  return { tensors: numTensors, bytes: numBytes }
}
