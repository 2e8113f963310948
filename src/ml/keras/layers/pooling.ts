import { counts, flag, type LayerKind, unmasked, unsupportedOption } from '../layer.ts'
import { channelsLast, narrowed, rankOf, widened } from './convolution.ts'

export const pooling: LayerKind = (layer, { ops }) => {
  const rank = rankOf(layer)
  const isMax = layer.className.startsWith('Max')
  const pool = counts(layer.config.find('pool_size'), rank, 2)
  const given = layer.config.find('strides')
  const step = given === undefined ? pool : counts(given, rank, 1)
  const [size, strides] = rank === 1 ? [[1, pool[0]], [1, step[0]]] : [pool, step]
  const padding = layer.config.find('padding')?.text() ?? 'valid'
  if (padding !== 'same' && padding !== 'valid') throw unsupportedOption(layer, `the padding "${padding}"`)
  const call = rank === 3 ? (isMax ? ops.maxPool3d : ops.avgPool3d) : isMax ? ops.maxPool : ops.avgPool
  return unmasked(channelsLast(layer, ops, x => narrowed(ops, call(widened(ops, x, rank), size, strides, padding), rank)))
}

export const globalPooling: LayerKind = (layer, { ops }) => {
  const rank = rankOf(layer)
  const isMax = layer.className.startsWith('GlobalMax')
  const keeps = flag(layer.config, 'keepdims', false)
  const isFirst = layer.config.find('data_format')?.value === 'channels_first'
  const axes = Array.from({ length: rank }, (_, k) => k + (isFirst ? 2 : 1))
  return ([{ tensor, mask }]) => {
    if (isMax) return [{ tensor: ops.max(tensor, axes, keeps) }]
    if (mask === undefined || rank !== 1 || isFirst) return [{ tensor: ops.mean(tensor, axes, keeps) }]
    const counted = ops.reshape(ops.cast(mask, 'float32'), [...mask.shape, 1])
    return [{ tensor: ops.div(ops.sum(ops.mul(tensor, counted), axes, keeps), ops.sum(counted, axes, keeps)) }]
  }
}
