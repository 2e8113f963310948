import type { DocumentPart } from '../../document.ts'
import { axisFrom, flag, type LayerConfig, type LayerKind, unary, unsupportedOption } from '../layer.ts'
import type { Ops, Tensor } from '../ops.ts'

/** A vector reshaped so that it lies along some axes of a tensor. */
function along(ops: Ops, vector: Tensor, axes: readonly number[], shape: readonly number[]): Tensor {
  return ops.reshape(vector, shape.map((d, k) => (axes.includes(k) ? d : 1)))
}

function axesOf(part: DocumentPart | undefined, layer: LayerConfig): number[] {
  const list = part === undefined ? [-1] : part.isList ? part.list().map(item => item.number()) : [part.number()]
  if (list.some(axis => !Number.isInteger(axis))) throw unsupportedOption(layer, 'such an axis')
  return list
}

export const batchNormalization: LayerKind = (layer, tools) => {
  const { ops } = tools
  const { config } = layer
  const [hasScale, hasCenter] = [flag(config, 'scale', true), flag(config, 'center', true)]
  const weights = [...tools.weights(2 + Number(hasScale) + Number(hasCenter))]
  const gamma = hasScale ? weights.shift() : undefined
  const beta = hasCenter ? weights.shift() : undefined
  const [mean, variance] = weights
  const epsilon = config.find('epsilon')?.number() ?? 1e-3
  const [axis] = axesOf(config.find('axis'), layer)
  const factor = tools.keep(() => {
    const inverse = ops.rsqrt(ops.add(variance, epsilon))
    return gamma === undefined ? inverse : ops.mul(inverse, gamma)
  })
  const shift = tools.keep(() => {
    const centered = ops.mul(ops.neg(mean), factor)
    return beta === undefined ? centered : ops.add(centered, beta)
  })
  return unary(x => {
    const at = [axisFrom(axis, x.shape.length)]
    if (at[0] === x.shape.length - 1) return ops.add(ops.mul(x, factor), shift)
    return ops.add(ops.mul(x, along(ops, factor, at, x.shape)), along(ops, shift, at, x.shape))
  })
}

export const layerNormalization: LayerKind = (layer, tools) => {
  const { ops } = tools
  const { config } = layer
  if (flag(config, 'rms_scaling', false)) throw unsupportedOption(layer, 'rms_scaling')
  const [hasScale, hasCenter] = [flag(config, 'scale', true), flag(config, 'center', true)]
  const weights = [...tools.weights(Number(hasScale) + Number(hasCenter))]
  const gamma = hasScale ? weights.shift() : undefined
  const beta = hasCenter ? weights.shift() : undefined
  const epsilon = config.find('epsilon')?.number() ?? 1e-3
  const axes = axesOf(config.find('axis'), layer)
  return unary(x => {
    const at = axes.map(axis => axisFrom(axis, x.shape.length))
    return affine(ops, standardised(ops, x, at, epsilon), at, gamma, beta)
  })
}

function standardised(ops: Ops, x: Tensor, axes: readonly number[], epsilon: number): Tensor {
  const centered = ops.sub(x, ops.mean(x, axes, true))
  return ops.mul(centered, ops.rsqrt(ops.add(ops.mean(ops.square(centered), axes, true), epsilon)))
}

function affine(ops: Ops, x: Tensor, axes: readonly number[], gamma: Tensor | undefined, beta: Tensor | undefined): Tensor {
  const scaled = gamma === undefined ? x : ops.mul(x, along(ops, gamma, axes, x.shape))
  return beta === undefined ? scaled : ops.add(scaled, along(ops, beta, axes, x.shape))
}

export const groupNormalization: LayerKind = (layer, tools) => {
  const { ops } = tools
  const { config } = layer
  const [hasScale, hasCenter] = [flag(config, 'scale', true), flag(config, 'center', true)]
  const weights = [...tools.weights(Number(hasScale) + Number(hasCenter))]
  const gamma = hasScale ? weights.shift() : undefined
  const beta = hasCenter ? weights.shift() : undefined
  const epsilon = config.find('epsilon')?.number() ?? 1e-3
  const [axis] = axesOf(config.find('axis'), layer)
  const wanted = config.find('groups')?.number() ?? 32
  return unary(x => {
    const rank = x.shape.length
    if (axisFrom(axis, rank) !== rank - 1) throw unsupportedOption(layer, `the axis ${axis}`)
    const channels = x.shape[rank - 1]
    const groups = wanted === -1 ? channels : wanted
    const grouped = ops.reshape(x, [...x.shape.slice(0, -1), groups, channels / groups])
    const axes = Array.from({ length: rank - 2 }, (_, k) => k + 1)
    return affine(ops, ops.reshape(standardised(ops, grouped, [...axes, rank], epsilon), x.shape), [rank - 1], gamma, beta)
  })
}

export const rmsNormalization: LayerKind = (layer, tools) => {
  const { ops } = tools
  const [scale] = tools.weights(1)
  const epsilon = layer.config.find('epsilon')?.number() ?? 1e-6
  const axes = axesOf(layer.config.find('axis'), layer)
  return unary(x => {
    const at = axes.map(axis => axisFrom(axis, x.shape.length))
    return affine(ops, ops.mul(x, ops.rsqrt(ops.add(ops.mean(ops.square(x), at, true), epsilon))), at, scale, undefined)
  })
}

export const unitNormalization: LayerKind = (layer, { ops }) => {
  const axes = axesOf(layer.config.find('axis'), layer)
  return unary(x => {
    const at = axes.map(axis => axisFrom(axis, x.shape.length))
    return ops.mul(x, ops.rsqrt(ops.maximum(ops.sum(ops.square(x), at, true), 1e-12)))
  })
}

/** (x − mean) / standard deviation, both known from data, or given. */
export const normalization: LayerKind = (layer, tools) => {
  const { ops } = tools
  const { config } = layer
  const axes = config.find('axis') === undefined ? [] : axesOf(config.find('axis'), layer)
  const given = ['mean', 'variance'].map(key => config.find(key))
  const constant = (part: DocumentPart): Tensor => tools.keep(() => {
    const values = part.isList ? Float32Array.from(part.list().flatMap(numbersIn)) : Float32Array.of(part.number())
    return ops.tensor(values, [values.length])
  })
  const [mean, variance] = given[0] !== undefined && given[1] !== undefined ? [constant(given[0]), constant(given[1])] : tools.weights(3)
  const deviation = tools.keep(() => ops.maximum(ops.sqrt(variance), 1e-7))
  const isInverse = flag(config, 'invert', false)
  return unary(raw => {
    const x = ops.cast(raw, 'float32')
    const at = axes.map(axis => axisFrom(axis, x.shape.length))
    const fits = (v: Tensor): Tensor => (v.shape.reduce((p, d) => p * d, 1) === 1 ? ops.reshape(v, x.shape.map(() => 1)) : along(ops, v, at, x.shape))
    return isInverse ? ops.add(ops.mul(x, fits(deviation)), fits(mean)) : ops.div(ops.sub(x, fits(mean)), fits(deviation))
  })
}

function numbersIn(part: DocumentPart): number[] {
  return part.isList ? part.list().flatMap(numbersIn) : [part.number()]
}
