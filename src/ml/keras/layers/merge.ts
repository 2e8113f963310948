import { axisFrom, flag, type LayerKind, type LayerCall, unsupportedOption } from '../layer.ts'
import type { Ops, Tensor } from '../ops.ts'

type Fold = (a: Tensor, b: Tensor) => Tensor

/** Layers that put several tensors of one shape into one, from left to right. */
function folding(fold: (ops: Ops) => Fold, after: (ops: Ops, x: Tensor, count: number) => Tensor = (_, x) => x): LayerKind {
  return (layer, { ops }): LayerCall => inputs => {
    if (inputs.length < 2) throw unsupportedOption(layer, 'fewer than two tensors')
    const all = inputs.map(input => input.tensor)
    return [{ tensor: after(ops, all.slice(1).reduce(fold(ops), all[0]), all.length) }]
  }
}

export const add = folding(ops => (a, b) => ops.add(a, b))
export const subtract = folding(ops => (a, b) => ops.sub(a, b))
export const multiply = folding(ops => (a, b) => ops.mul(a, b))
export const average = folding(ops => (a, b) => ops.add(a, b), (ops, x, count) => ops.div(x, count))
export const maximum = folding(ops => (a, b) => ops.maximum(a, b))
export const minimum = folding(ops => (a, b) => ops.minimum(a, b))

export const concatenate: LayerKind = ({ config }, { ops }) => {
  const axis = config.find('axis')?.number() ?? -1
  return inputs => [{ tensor: ops.concat(inputs.map(input => input.tensor), axisFrom(axis, inputs[0].tensor.shape.length)) }]
}

/** Products summed along one dimension of each of two tensors of at most three dimensions. */
export const dotProduct: LayerKind = (layer, { ops }) => {
  const given = layer.config.get('axes')
  const axes = given.isList ? given.list().map(item => item.number()) : [given.number(), given.number()]
  const isNormalized = flag(layer.config, 'normalize', false)
  return inputs => {
    const [a, b] = inputs.map((input, k) => {
      const x = input.tensor
      const axis = axisFrom(axes[k], x.shape.length)
      if (x.shape.length > 3 || axis < 1) throw unsupportedOption(layer, `tensors of shape [${x.shape.join(', ')}]`)
      const normal = isNormalized ? ops.mul(x, ops.rsqrt(ops.maximum(ops.sum(ops.square(x), axis, true), 1e-12))) : x
      const deep = normal.shape.length === 2 ? ops.reshape(normal, [normal.shape[0], 1, normal.shape[1]]) : normal
      return axis === 1 && x.shape.length === 3 ? ops.transpose(deep, [0, 2, 1]) : deep
    })
    const product = ops.matMul(a, b, false, true)
    const kept = [product.shape[0], ...(inputs[0].tensor.shape.length === 3 ? [product.shape[1]] : []), ...(inputs[1].tensor.shape.length === 3 ? [product.shape[2]] : [])]
    return [{ tensor: ops.reshape(product, kept.length === 1 ? [...kept, 1] : kept) }]
  }
}
