import { activationOf } from '../activations.ts'
import { axisFrom, flag, type LayerKind, unary, unmasked, unsupportedOption } from '../layer.ts'
import type { Ops, Tensor } from '../ops.ts'

/** The product of the last dimension with a matrix, whatever dimensions come before. */
export function dot(ops: Ops, x: Tensor, kernel: Tensor): Tensor {
  if (x.shape.length === 2) return ops.matMul(x, kernel)
  const width = x.shape[x.shape.length - 1]
  const rows = x.shape.slice(0, -1).reduce((product, d) => product * d, 1)
  return ops.reshape(ops.matMul(ops.reshape(x, [rows, width]), kernel), [...x.shape.slice(0, -1), kernel.shape[1]])
}

export const dense: LayerKind = ({ config }, tools) => {
  const { ops } = tools
  const hasBias = flag(config, 'use_bias', true)
  const [kernel, bias] = tools.weights(hasBias ? 2 : 1)
  const activation = activationOf(config.find('activation'), tools)
  return unary(x => {
    const product = dot(ops, x, kernel)
    return activation(hasBias ? ops.add(product, bias) : product)
  })
}

/** Products along the letters of an equation such as `abc,cd->abd`, in which one side of the kernel is summed. */
export const einsumDense: LayerKind = (layer, tools) => {
  const { ops } = tools
  const { config } = layer
  const match = /^([a-z]+),([a-z]+)->([a-z]+)$/.exec(config.get('equation').text().replaceAll(/\s/g, ''))
  if (match === null) throw unsupportedOption(layer, `the equation "${config.get('equation').text()}"`)
  const hasBias = config.find('bias_axes') !== undefined
  const [kernel, bias] = tools.weights(hasBias ? 2 : 1)
  const activation = activationOf(config.find('activation'), tools)
  const product = einsum(ops, match[1], match[2], match[3])
  if (product === undefined) throw unsupportedOption(layer, `the equation "${match[0]}"`)
  const biasShape = hasBias ? biasAlong(match[3], config.get('bias_axes').text(), bias.shape) : []
  return unary(x => {
    const y = product(x, kernel)
    return activation(hasBias ? ops.add(y, ops.reshape(bias, biasShape)) : y)
  })
}

function biasAlong(letters: string, axes: string, shape: readonly number[]): number[] {
  let next = 0
  return [...letters].map(letter => (axes.includes(letter) ? shape[next++] : 1))
}

/** Letters that are summed stand last on the left side and first, in that order, after a transposition of the kernel. */
function einsum(ops: Ops, a: string, b: string, out: string): ((x: Tensor, kernel: Tensor) => Tensor) | undefined {
  const summed = [...a].filter(letter => b.includes(letter) && !out.includes(letter))
  const keptA = [...a].filter(letter => !summed.includes(letter))
  const keptB = [...b].filter(letter => !summed.includes(letter))
  if (keptA.some(letter => keptB.includes(letter)) || new Set(a).size !== a.length || new Set(b).size !== b.length) return undefined
  const result = [...keptA, ...keptB]
  if (result.length !== out.length || result.some(letter => !out.includes(letter))) return undefined
  return (x, kernel) => {
    const left = ops.transpose(x, [...keptA, ...summed].map(letter => a.indexOf(letter)))
    const right = ops.transpose(kernel, [...summed, ...keptB].map(letter => b.indexOf(letter)))
    const inner = right.shape.slice(0, summed.length).reduce((product, d) => product * d, 1)
    const rows = left.shape.slice(0, keptA.length)
    const columns = right.shape.slice(summed.length)
    const flat = ops.matMul(ops.reshape(left, [rows.reduce((p, d) => p * d, 1), inner]), ops.reshape(right, [inner, columns.reduce((p, d) => p * d, 1)]))
    return ops.transpose(ops.reshape(flat, [...rows, ...columns]), [...out].map(letter => result.indexOf(letter)))
  }
}

/** Codes become rows of a matrix. A code outside is cut to its ends: what can be known of the input is checked before. */
export const embedding: LayerKind = ({ config }, tools) => {
  const { ops } = tools
  const [table] = tools.weights(1)
  const isMasked = flag(config, 'mask_zero', false)
  return ([{ tensor }]) => {
    const codes = ops.cast(ops.clipByValue(ops.cast(tensor, 'float32'), 0, table.shape[0] - 1), 'int32')
    const found = { tensor: ops.gather(table, codes) }
    return [isMasked ? { ...found, mask: ops.notEqual(tensor, 0) } : found]
  }
}

export const activation: LayerKind = ({ config }, tools) => unary(activationOf(config.find('activation'), tools))

export const relu: LayerKind = ({ config }, { ops }) => {
  const most = config.find('max_value')?.number() ?? Infinity
  const slope = config.find('negative_slope')?.number() ?? 0
  const threshold = config.find('threshold')?.number() ?? 0
  return unary(x => {
    if (most === Infinity && slope === 0 && threshold === 0) return ops.relu(x)
    const isAbove = ops.cast(ops.greaterEqual(x, threshold), 'float32')
    const above = ops.mul(most === Infinity ? x : ops.minimum(x, most), isAbove)
    return slope === 0 ? above : ops.add(above, ops.mul(ops.mul(ops.sub(x, threshold), slope), ops.sub(1, isAbove)))
  })
}

export const leakyRelu: LayerKind = ({ config }, { ops }) => {
  // Keras 2 says alpha.
  const slope = (config.find('negative_slope') ?? config.find('alpha'))?.number() ?? 0.3
  return unary(x => ops.add(ops.relu(x), ops.mul(ops.minimum(x, 0), slope)))
}

export const elu: LayerKind = ({ config }, { ops }) => {
  const alpha = config.find('alpha')?.number() ?? 1
  return unary(x => (alpha === 1 ? ops.elu(x) : ops.add(ops.relu(x), ops.mul(ops.sub(ops.exp(ops.minimum(x, 0)), 1), alpha))))
}

export const prelu: LayerKind = (_, tools) => {
  const { ops } = tools
  const [alpha] = tools.weights(1)
  return unary(x => ops.add(ops.relu(x), ops.mul(ops.minimum(x, 0), alpha)))
}

export const thresholdedRelu: LayerKind = ({ config }, { ops }) => {
  const theta = config.find('theta')?.number() ?? 1
  return unary(x => ops.mul(x, ops.cast(ops.greater(x, theta), 'float32')))
}

export const softmaxLayer: LayerKind = (layer, { ops }) => {
  const axis = layer.config.find('axis')
  if (axis?.isList) throw unsupportedOption(layer, 'a softmax over several dimensions')
  const at = axis?.number() ?? -1
  return unary(x => softmaxAlong(ops, x, at))
}

/** The runtime's softmax works on the last dimension. */
export function softmaxAlong(ops: Ops, x: Tensor, axis: number): Tensor {
  const rank = x.shape.length
  const at = axisFrom(axis, rank)
  if (at === rank - 1) return ops.softmax(x)
  const order = Array.from({ length: rank }, (_, k) => (k === at ? rank - 1 : k === rank - 1 ? at : k))
  return ops.transpose(ops.softmax(ops.transpose(x, order)), order)
}

/** Layers that do something only while training. */
export const same: LayerKind = () => inputs => inputs

export const rescaling: LayerKind = (layer, tools) => {
  const { ops } = tools
  const [scale, offset] = ['scale', 'offset'].map(key => layer.config.find(key))
  const constant = (part: typeof scale, otherwise: number): Tensor | number =>
    part === undefined ? otherwise : part.isList ? tools.keep(() => ops.tensor(part.float32s(), [part.float32s().length])) : part.number()
  const [factor, shift] = [constant(scale, 1), constant(offset, 0)]
  return unmasked(x => ops.add(ops.mul(ops.cast(x, 'float32'), factor), shift))
}
