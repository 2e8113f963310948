import { activationNamed, isActivation } from '../activations.ts'
import { type Argument, axisFrom, isValue, type LayerCall, type LayerConfig, type LayerTools, unsupportedOption } from '../layer.ts'
import type { Ops, Tensor } from '../ops.ts'
import { snakeCase } from '../weights.ts'
import { resolved } from './shape.ts'

type Binary = (ops: Ops, a: Tensor, b: Tensor | number) => Tensor

const binary: ReadonlyMap<string, Binary> = new Map<string, Binary>([
  ['Add', (ops, a, b) => ops.add(a, b)],
  ['Subtract', (ops, a, b) => ops.sub(a, b)],
  ['Multiply', (ops, a, b) => ops.mul(a, b)],
  ['Divide', (ops, a, b) => ops.div(a, b)],
  ['TrueDivide', (ops, a, b) => ops.div(a, b)],
  ['Power', (ops, a, b) => ops.pow(a, b)],
  ['Maximum', (ops, a, b) => ops.maximum(a, b)],
  ['Minimum', (ops, a, b) => ops.minimum(a, b)],
])

const unary: ReadonlyMap<string, (ops: Ops, x: Tensor) => Tensor> = new Map<string, (ops: Ops, x: Tensor) => Tensor>([
  ['Absolute', (ops, x) => ops.abs(x)],
  ['Abs', (ops, x) => ops.abs(x)],
  ['Negative', (ops, x) => ops.neg(x)],
  ['Exp', (ops, x) => ops.exp(x)],
  ['Log', (ops, x) => ops.log(x)],
  ['Sqrt', (ops, x) => ops.sqrt(x)],
  ['Rsqrt', (ops, x) => ops.rsqrt(x)],
  ['Square', (ops, x) => ops.square(x)],
  ['Sin', (ops, x) => ops.sin(x)],
  ['Cos', (ops, x) => ops.cos(x)],
])

const reductions = ['Mean', 'Sum', 'Max', 'Min'] as const
const others = ['Reshape', 'Transpose', 'ExpandDims', 'Squeeze', 'Concatenate', 'Clip', 'Flatten'] as const

/** Whether a node of the functional API that is no layer but a function of keras.ops is computed here. */
export function isOperation(className: string): boolean {
  return binary.has(className) || unary.has(className) || isActivation(snakeCase(className)) || [...reductions, ...others].some(name => name === className)
}

/** A function of keras.ops in a functional model. Its arguments are in the call, and some in its configuration. */
export function operation(layer: LayerConfig, { ops, kerasMajor }: LayerTools): LayerCall {
  const { className, config } = layer
  return (inputs, given) => {
    const argument = (name: string, position: number): Argument | undefined => {
      const found = given.named.get(name) ?? given.positional[position]
      if (found !== undefined) return found
      const part = config.find(name)
      return part === undefined ? undefined : plain(part.value)
    }
    const x = inputs[0].tensor
    const answer = (tensor: Tensor): { tensor: Tensor }[] => [{ tensor }]
    const fold = binary.get(className)
    if (fold !== undefined) {
      const b = argument('x2', 0)
      const right = isValue(b) ? b.tensor : (inputs[1]?.tensor ?? b)
      if (typeof right !== 'number' && !isTensor(right)) throw unsupportedOption(layer, 'such an argument')
      return answer(fold(ops, x, right))
    }
    const plainCall = unary.get(className)
    if (plainCall !== undefined) return answer(plainCall(ops, x))
    const rank = x.shape.length
    switch (className) {
      case 'Mean':
      case 'Sum':
      case 'Max':
      case 'Min': {
        const axes = numbers(argument('axis', 0))?.map(axis => axisFrom(axis, rank))
        if (axes === undefined || axes.includes(0)) throw unsupportedOption(layer, 'a reduction over the rows')
        const keeps = argument('keepdims', 1) === true
        return answer({ Mean: ops.mean, Sum: ops.sum, Max: ops.max, Min: ops.min }[className](x, axes, keeps))
      }
      case 'Reshape':
      case 'Flatten': {
        const target = className === 'Flatten' ? [-1, -1] : numbers(argument('newshape', 0))
        if (target === undefined || target[0] === undefined) throw unsupportedOption(layer, 'such a shape')
        return answer(ops.reshape(x, [x.shape[0], ...resolved(target.slice(1), x.shape.slice(1))]))
      }
      case 'Transpose': {
        const axes = numbers(argument('axes', 0))
        if (axes === undefined || axes[0] !== 0) throw unsupportedOption(layer, 'a transposition of the rows')
        return answer(ops.transpose(x, axes))
      }
      case 'ExpandDims': {
        const [axis] = numbers(argument('axis', 0)) ?? [-1]
        const at = axis < 0 ? axis + rank + 1 : axis
        return answer(ops.reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]))
      }
      case 'Squeeze': {
        const axes = numbers(argument('axis', 0))?.map(axis => axisFrom(axis, rank))
        return answer(ops.reshape(x, x.shape.filter((d, k) => k === 0 || (axes === undefined ? d !== 1 : !axes.includes(k)))))
      }
      case 'Concatenate': {
        const [axis] = numbers(argument('axis', 0)) ?? [0]
        if (axisFrom(axis, rank) === 0) throw unsupportedOption(layer, 'a concatenation of the rows')
        return answer(ops.concat(inputs.map(input => input.tensor), axisFrom(axis, rank)))
      }
      case 'Clip': {
        const [low, high] = [argument('x_min', 0), argument('x_max', 1)]
        if (typeof low !== 'number' || typeof high !== 'number') throw unsupportedOption(layer, 'limits that are no numbers')
        return answer(ops.clipByValue(x, low, high))
      }
      default:
        return answer(activationNamed(snakeCase(className), ops, kerasMajor)(x))
    }
  }
}

function isTensor(value: unknown): value is Tensor {
  return typeof value === 'object' && value !== null && 'dataSync' in value
}

function numbers(argument: Argument | undefined): number[] | undefined {
  if (typeof argument === 'number') return [argument]
  if (!Array.isArray(argument)) return undefined
  const all = argument.filter(item => typeof item === 'number')
  return all.length === argument.length ? all : undefined
}

/** Only what a call could have as well. */
function plain(value: unknown): Argument | undefined {
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean' || value === null) return value
  return Array.isArray(value) ? value.map(item => plain(item) ?? null) : undefined
}
