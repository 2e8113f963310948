import { type Argument, flag, isValue, type LayerKind, type Value, unsupportedOption } from '../layer.ts'
import type { Ops, Tensor } from '../ops.ts'

/** Query, value and key: given as a list, by position, or by name; the key is the value where there is none. */
function threeOf(inputs: readonly Value[], positional: readonly Argument[], named: ReadonlyMap<string, Argument>): [Value, Value, Value] {
  const others = [...inputs.slice(1), ...positional.filter(isValue)]
  const pick = (name: string, otherwise: Value | undefined): Value | undefined => {
    const given = named.get(name)
    return isValue(given) ? given : otherwise
  }
  const value = pick('value', others[0]) ?? inputs[0]
  return [inputs[0], value, pick('key', others[1]) ?? value]
}

/** A large negative number where a mask says that a score does not count. */
function masked(ops: Ops, scores: Tensor, mask: Tensor | undefined, shape: readonly number[]): Tensor {
  if (mask === undefined) return scores
  return ops.add(scores, ops.reshape(ops.mul(ops.sub(1, ops.cast(mask, 'float32')), -1e9), shape))
}

export const multiHeadAttention: LayerKind = (layer, tools) => {
  const { ops } = tools
  const { config } = layer
  if (config.find('attention_axes') !== undefined && config.get('attention_axes').list().length > 1) throw unsupportedOption(layer, 'several attention axes')
  const hasBias = flag(config, 'use_bias', true)
  const of = (part: string): readonly Tensor[] => tools.part(part).weights(hasBias ? 2 : 1)
  const [query, key, value, output] = [of('query_dense'), of('key_dense'), of('value_dense'), of('output_dense')]
  const [width, heads, size] = query[0].shape
  const scale = 1 / Math.sqrt(size)

  /** [rows, steps, width] → [rows · heads, steps, size]. */
  function project(x: Tensor, [kernel, bias]: readonly Tensor[]): Tensor {
    const [rows, steps] = x.shape
    const [, , each] = kernel.shape
    const flat = ops.matMul(ops.reshape(x, [rows * steps, kernel.shape[0]]), ops.reshape(kernel, [kernel.shape[0], heads * each]))
    const biased = hasBias ? ops.add(flat, ops.reshape(bias, [heads * each])) : flat
    return ops.reshape(ops.transpose(ops.reshape(biased, [rows, steps, heads, each]), [0, 2, 1, 3]), [rows * heads, steps, each])
  }

  return (inputs, { positional, named }) => {
    if (['attention_mask', 'use_causal_mask', 'return_attention_scores'].some(name => named.get(name) !== undefined && named.get(name) !== null && named.get(name) !== false)) {
      throw unsupportedOption(layer, 'an attention mask or scores')
    }
    const [q, v, k] = threeOf(inputs, positional, named)
    const [rows, steps] = q.tensor.shape
    if (q.tensor.shape.length !== 3 || q.tensor.shape[2] !== width) throw unsupportedOption(layer, `a query of shape [${q.tensor.shape.join(', ')}]`)
    const keys = project(k.tensor, key)
    const scores = ops.matMul(ops.mul(project(q.tensor, query), scale), keys, false, true)
    const mask = v.mask ?? k.mask
    const spread = mask === undefined ? scores : ops.reshape(masked(ops, ops.reshape(scores, [rows, heads, steps, keys.shape[1]]), mask, [rows, 1, 1, keys.shape[1]]), scores.shape)
    const mixed = ops.matMul(ops.softmax(spread), project(v.tensor, value))
    const each = mixed.shape[2]
    const joined = ops.reshape(ops.transpose(ops.reshape(mixed, [rows, heads, steps, each]), [0, 2, 1, 3]), [rows * steps, heads * each])
    const [kernel, bias] = output
    const wide = kernel.shape.slice(2).reduce((p, d) => p * d, 1)
    const flat = ops.matMul(joined, ops.reshape(kernel, [heads * each, wide]))
    const answer = ops.reshape(hasBias ? ops.add(flat, ops.reshape(bias, [wide])) : flat, [rows, steps, ...kernel.shape.slice(2)])
    return [{ tensor: answer, ...(q.mask === undefined ? {} : { mask: q.mask }) }]
  }
}

export const attention: LayerKind = (layer, tools) => {
  const { ops } = tools
  const { config } = layer
  const isAdditive = layer.className === 'AdditiveAttention'
  const hasScale = flag(config, 'use_scale', isAdditive)
  const [scale] = hasScale ? tools.weights(1) : []
  if (!isAdditive && (config.find('score_mode')?.text() ?? 'dot') !== 'dot') throw unsupportedOption(layer, 'a score mode other than "dot"')
  return (inputs, { positional, named }) => {
    if (named.get('use_causal_mask') === true || named.get('return_attention_scores') === true) throw unsupportedOption(layer, 'a causal mask or scores')
    const [q, v, k] = threeOf(inputs, positional, named)
    let scores: Tensor
    if (isAdditive) {
      const [rows, steps, width] = q.tensor.shape
      const sums = ops.tanh(ops.add(ops.reshape(q.tensor, [rows, steps, 1, width]), ops.reshape(k.tensor, [rows, 1, k.tensor.shape[1], width])))
      scores = ops.sum(scale === undefined ? sums : ops.mul(sums, scale), 3)
    } else {
      const products = ops.matMul(q.tensor, k.tensor, false, true)
      scores = scale === undefined ? products : ops.mul(products, scale)
    }
    const spread = masked(ops, scores, v.mask, [v.tensor.shape[0], 1, v.tensor.shape[1]])
    return [{ tensor: ops.matMul(ops.softmax(spread), v.tensor), ...(q.mask === undefined ? {} : { mask: q.mask }) }]
  }
}
