import type { DocumentPart } from '../document.ts'
import { unsupported } from '../errors.ts'
import type { LayerTools } from './layer.ts'
import type { Ops, Tensor } from './ops.ts'

export type Activation = (x: Tensor) => Tensor

type Maker = (ops: Ops, kerasMajor: number) => Activation

/** keras.activations by name, with Keras's default arguments. */
const activations: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  ['linear', () => x => x],
  ['relu', ops => ops.relu],
  ['relu6', ops => x => ops.clipByValue(x, 0, 6)],
  ['leaky_relu', ops => x => ops.maximum(x, ops.mul(x, 0.2))],
  ['elu', ops => ops.elu],
  ['selu', ops => ops.selu],
  ['celu', ops => x => ops.add(ops.relu(x), ops.sub(ops.exp(ops.minimum(x, 0)), 1))],
  ['gelu', ops => x => ops.mul(ops.mul(x, 0.5), ops.add(ops.erf(ops.mul(x, Math.SQRT1_2)), 1))],
  ['silu', ops => x => ops.mul(x, ops.sigmoid(x))],
  ['swish', ops => x => ops.mul(x, ops.sigmoid(x))],
  ['hard_sigmoid', hardSigmoid],
  ['hard_silu', (ops, major) => x => ops.mul(x, hardSigmoid(ops, major)(x))],
  ['hard_swish', (ops, major) => x => ops.mul(x, hardSigmoid(ops, major)(x))],
  ['softplus', ops => ops.softplus],
  ['softsign', ops => x => ops.div(x, ops.add(ops.abs(x), 1))],
  ['squareplus', ops => x => ops.mul(ops.add(x, ops.sqrt(ops.add(ops.square(x), 4))), 0.5)],
  ['sparse_plus', ops => x => ops.add(ops.mul(ops.square(ops.add(ops.clipByValue(x, -1, 1), 1)), 0.25), ops.relu(ops.sub(x, 1)))],
  ['sparse_sigmoid', ops => x => ops.mul(ops.add(ops.clipByValue(x, -1, 1), 1), 0.5)],
  ['tanh', ops => ops.tanh],
  ['hard_tanh', ops => x => ops.clipByValue(x, -1, 1)],
  ['tanh_shrink', ops => x => ops.sub(x, ops.tanh(x))],
  ['soft_shrink', ops => x => ops.add(ops.relu(ops.sub(x, 0.5)), ops.minimum(ops.add(x, 0.5), 0))],
  ['hard_shrink', ops => x => ops.mul(x, ops.cast(ops.greater(ops.abs(x), 0.5), 'float32'))],
  ['sigmoid', ops => ops.sigmoid],
  ['log_sigmoid', ops => x => ops.neg(ops.softplus(ops.neg(x)))],
  ['exponential', ops => ops.exp],
  ['mish', ops => x => ops.mul(x, ops.tanh(ops.softplus(x)))],
  ['softmax', ops => x => ops.softmax(x)],
  ['log_softmax', ops => x => logSoftmax(ops, x)],
  ['glu', ops => x => {
    const [a, b] = ops.split(x, 2, x.shape.length - 1)
    return ops.mul(a, ops.sigmoid(b))
  }],
])

/** x / 6 + 0.5 since Keras 3, 0.2 x + 0.5 before, both cut to 0 .. 1. */
function hardSigmoid(ops: Ops, kerasMajor: number): Activation {
  return x => ops.clipByValue(ops.add(kerasMajor >= 3 ? ops.div(x, 6) : ops.mul(x, 0.2), 0.5), 0, 1)
}

function logSoftmax(ops: Ops, x: Tensor): Tensor {
  const shifted = ops.sub(x, ops.max(x, x.shape.length - 1, true))
  return ops.sub(shifted, ops.log(ops.sum(ops.exp(shifted), x.shape.length - 1, true)))
}

export function isActivation(name: string): boolean {
  return activations.has(name)
}

export function activationNamed(name: string, ops: Ops, kerasMajor: number): Activation {
  const make = activations.get(name)
  if (make === undefined) throw unsupported('Keras', `the activation "${name}"`, `Custom functions are program code, which is never run. Supported are ${[...activations.keys()].join(', ')}.`)
  return make(ops, kerasMajor)
}

/** The activation that a configuration names: by name, as a serialised function, or as a layer such as LeakyReLU. */
export function activationOf(part: DocumentPart | undefined, tools: LayerTools): Activation {
  if (part === undefined) return x => x
  if (typeof part.value === 'string') return activationNamed(part.text(), tools.ops, tools.kerasMajor)
  const className = part.get('class_name').text()
  const config = part.find('config')
  if (className === 'function' && config !== undefined) return activationNamed(config.text(), tools.ops, tools.kerasMajor)
  const layer = tools.inner(part, 'activation')
  return x => layer([{ tensor: x }], { positional: [], named: new Map() })[0].tensor
}
