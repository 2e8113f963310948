import { activationOf } from '../activations.ts'
import { checkCells, counts, flag, type LayerConfig, type LayerKind, type LayerTools, unmasked, unsupportedOption } from '../layer.ts'
import type { Ops, Tensor } from '../ops.ts'

/** Spatial dimensions of a layer, from its name: Conv1D, AveragePooling3D. */
export function rankOf({ className }: LayerConfig): number {
  return Number(/([123])D/.exec(className)?.[1] ?? 2)
}

/** Runs a computation that has channels last on a tensor that may have them first. */
export function channelsLast(layer: LayerConfig, ops: Ops, call: (x: Tensor) => Tensor): (x: Tensor) => Tensor {
  if (layer.config.find('data_format')?.value !== 'channels_first') return call
  return x => {
    const rank = x.shape.length
    const y = call(ops.transpose(x, [0, ...range(2, rank), 1]))
    // What answers fewer dimensions has no places left.
    return y.shape.length === rank ? ops.transpose(y, [0, rank - 1, ...range(1, rank - 1)]) : y
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, k) => from + k)
}

/** One spatial dimension is computed as two, the first of length 1. */
export function widened(ops: Ops, x: Tensor, rank: number): Tensor {
  return rank === 1 ? ops.reshape(x, [x.shape[0], 1, x.shape[1], x.shape[2]]) : x
}

export function narrowed(ops: Ops, x: Tensor, rank: number): Tensor {
  return rank === 1 ? ops.reshape(x, [x.shape[0], x.shape[2], x.shape[3]]) : x
}

function widenedKernel(ops: Ops, kernel: Tensor, rank: number): Tensor {
  return rank === 1 ? ops.reshape(kernel, [1, ...kernel.shape]) : kernel
}

interface Geometry {
  readonly rank: number
  /** As the runtime takes them: two of them for one dimension. */
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly padding: 'same' | 'valid'
  /** Zeros in front of a causal convolution. */
  readonly before: number
}

function geometry(layer: LayerConfig, kernelLength: number): Geometry {
  const rank = rankOf(layer)
  const strides = counts(layer.config.find('strides'), rank, 1)
  const dilations = counts(layer.config.find('dilation_rate'), rank, 1)
  const padding = layer.config.find('padding')?.text() ?? 'valid'
  if (padding !== 'same' && padding !== 'valid' && !(padding === 'causal' && rank === 1)) throw unsupportedOption(layer, `the padding "${padding}"`)
  const wide = (list: readonly number[]): readonly number[] => (rank === 1 ? [1, list[0]] : list)
  return { rank, strides: wide(strides), dilations: wide(dilations), padding: padding === 'same' ? 'same' : 'valid', before: padding === 'causal' ? dilations[0] * (kernelLength - 1) : 0 }
}

/** Bias and activation after a convolution. */
function finish(layer: LayerConfig, tools: LayerTools, bias: Tensor | undefined, convolve: (x: Tensor) => Tensor): (x: Tensor) => Tensor {
  const activation = activationOf(layer.config.find('activation'), tools)
  return channelsLast(layer, tools.ops, x => {
    const y = convolve(x)
    return activation(bias === undefined ? y : tools.ops.add(y, bias))
  })
}

export const convolution: LayerKind = (layer, tools) => {
  const { ops } = tools
  const hasBias = flag(layer.config, 'use_bias', true)
  const [kernel, bias] = tools.weights(hasBias ? 2 : 1)
  const groups = layer.config.find('groups')?.count(kernel.shape[kernel.shape.length - 1]) ?? 1
  const { rank, strides, dilations, padding, before } = geometry(layer, kernel.shape[0])
  const one = (x: Tensor, k: Tensor): Tensor => (rank === 3 ? ops.conv3d(x, k, strides, padding, 'NDHWC', dilations) : ops.conv2d(x, widenedKernel(ops, k, rank), strides, padding, 'NHWC', dilations))
  return unmasked(
    finish(layer, tools, hasBias ? bias : undefined, x => {
      const padded = before === 0 ? x : ops.pad(x, [[0, 0], [before, 0], [0, 0]])
      const wide = widened(ops, padded, rank)
      if (groups === 1) return narrowed(ops, one(wide, kernel), rank)
      const parts = ops.split(wide, groups, wide.shape.length - 1)
      const kernels = ops.split(kernel, groups, kernel.shape.length - 1)
      return narrowed(ops, ops.concat(parts.map((part, g) => one(part, kernels[g])), wide.shape.length - 1), rank)
    }),
  )
}

export const depthwiseConvolution: LayerKind = (layer, tools) => {
  const { ops } = tools
  const hasBias = flag(layer.config, 'use_bias', true)
  const [kernel, bias] = tools.weights(hasBias ? 2 : 1)
  const depthwise = depthwiseOf(layer, ops, kernel)
  return unmasked(finish(layer, tools, hasBias ? bias : undefined, depthwise))
}

export const separableConvolution: LayerKind = (layer, tools) => {
  const { ops } = tools
  const hasBias = flag(layer.config, 'use_bias', true)
  const [kernel, pointwise, bias] = tools.weights(hasBias ? 3 : 2)
  const rank = rankOf(layer)
  const depthwise = depthwiseOf(layer, ops, kernel)
  return unmasked(
    finish(layer, tools, hasBias ? bias : undefined, x => {
      const y = widened(ops, depthwise(x), rank)
      return narrowed(ops, ops.conv2d(y, widenedKernel(ops, pointwise, rank), [1, 1], 'valid', 'NHWC', [1, 1]), rank)
    }),
  )
}

function depthwiseOf(layer: LayerConfig, ops: Ops, kernel: Tensor): (x: Tensor) => Tensor {
  const { rank, strides, dilations, padding, before } = geometry(layer, kernel.shape[0])
  const wideKernel = (): Tensor => widenedKernel(ops, kernel, rank)
  // The runtime takes one stride; a dimension of length 1 has no use for its own.
  const stride = rank === 1 ? [strides[1], strides[1]] : strides
  return x => {
    const padded = before === 0 ? x : ops.pad(x, [[0, 0], [before, 0], [0, 0]])
    return narrowed(ops, ops.depthwiseConv2d(widened(ops, padded, rank), wideKernel(), stride, padding, 'NHWC', dilations), rank)
  }
}

export const transposedConvolution: LayerKind = (layer, tools) => {
  const { ops } = tools
  const hasBias = flag(layer.config, 'use_bias', true)
  const [kernel, bias] = tools.weights(hasBias ? 2 : 1)
  const { rank, strides, dilations, padding } = geometry(layer, kernel.shape[0])
  if (dilations.some(d => d !== 1)) throw unsupportedOption(layer, 'a dilation')
  if (layer.config.find('output_padding') !== undefined) throw unsupportedOption(layer, 'output_padding')
  return unmasked(
    finish(layer, tools, hasBias ? bias : undefined, x => {
      const wide = widened(ops, x, rank)
      const wideKernel = widenedKernel(ops, kernel, rank)
      const spatial = strides.map((stride, k) => (padding === 'same' ? wide.shape[k + 1] * stride : wide.shape[k + 1] * stride + Math.max(wideKernel.shape[k] - stride, 0)))
      const shape = [wide.shape[0], ...spatial, wideKernel.shape[wideKernel.shape.length - 2]]
      checkCells(shape, layer)
      const y = rank === 3 ? ops.conv3dTranspose(wide, wideKernel, shape, strides, padding) : ops.conv2dTranspose(wide, wideKernel, shape, strides, padding)
      return narrowed(ops, y, rank)
    }),
  )
}
