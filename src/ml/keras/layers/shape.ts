import type { DocumentPart } from '../../document.ts'
import { checkCells, counts, flag, type LayerKind, unary, unmasked, unsupportedOption } from '../layer.ts'
import type { Ops, Tensor } from '../ops.ts'
import { channelsLast, rankOf } from './convolution.ts'

export const flatten: LayerKind = ({ config }, { ops }) => {
  const isFirst = config.find('data_format')?.value === 'channels_first'
  return unmasked(x => {
    const rank = x.shape.length
    const last = isFirst && rank > 2 ? ops.transpose(x, [0, ...Array.from({ length: rank - 2 }, (_, k) => k + 2), 1]) : x
    return ops.reshape(last, [x.shape[0], x.shape.slice(1).reduce((p, d) => p * d, 1)])
  })
}

export const reshape: LayerKind = ({ config }, { ops }) => {
  const target = config.get('target_shape').list().map(item => item.number())
  return unmasked(x => ops.reshape(x, [x.shape[0], ...resolved(target, x.shape.slice(1))]))
}

/** A −1 stands for what is left over. */
export function resolved(target: readonly number[], from: readonly number[]): number[] {
  const known = target.reduce((p, d) => (d === -1 ? p : p * d), 1)
  const total = from.reduce((p, d) => p * d, 1)
  return target.map(d => (d === -1 ? total / known : d))
}

export const permute: LayerKind = ({ config }, { ops }) => {
  const dims = config.get('dims').list().map(item => item.count())
  return unmasked(x => ops.transpose(x, [0, ...dims]))
}

export const repeatVector: LayerKind = (layer, { ops }) => {
  const n = layer.config.get('n').count()
  return unmasked(x => {
    checkCells([x.shape[0], n, x.shape[1]], layer)
    return ops.tile(ops.reshape(x, [x.shape[0], 1, x.shape[1]]), [1, n, 1])
  })
}

/** `n`, or `[before, after]`, or one of either for each dimension. */
function pairs(part: DocumentPart | undefined, rank: number, otherwise: number): [number, number][] {
  const most = 1_000_000
  if (part === undefined || !part.isList) {
    const n = part?.count(most) ?? otherwise
    return Array.from({ length: rank }, () => [n, n])
  }
  const list = part.list()
  if (rank === 1) {
    const [before, after] = counts(part, 2, 0)
    return [[before, after]]
  }
  if (list.length !== rank) throw part.wrong(`has ${list.length} entries instead of ${rank}`)
  return list.map(item => {
    const [before, after] = counts(item, 2, 0)
    return [before, after]
  })
}

export const zeroPadding: LayerKind = (layer, { ops }) => {
  const padding = pairs(layer.config.find('padding'), rankOf(layer), 1)
  return unmasked(channelsLast(layer, ops, x => {
    const all: [number, number][] = [[0, 0], ...padding, [0, 0]]
    checkCells(x.shape.map((d, k) => d + all[k][0] + all[k][1]), layer)
    return ops.pad(x, all)
  }))
}

export const cropping: LayerKind = (layer, { ops }) => {
  const crop = pairs(layer.config.find('cropping'), rankOf(layer), 1)
  return unmasked(channelsLast(layer, ops, x => {
    const begin = [0, ...crop.map(([before]) => before), 0]
    const size = x.shape.map((d, k) => (k === 0 || k > crop.length ? d : d - crop[k - 1][0] - crop[k - 1][1]))
    if (size.some(d => d <= 0)) throw unsupportedOption(layer, 'a cropping that leaves nothing')
    return ops.slice(x, begin, size)
  }))
}

export const upSampling: LayerKind = (layer, { ops }) => {
  const rank = rankOf(layer)
  const sizes = counts(layer.config.find('size'), rank, 2)
  const way = layer.config.find('interpolation')?.text() ?? 'nearest'
  if (way !== 'nearest' && !(way === 'bilinear' && rank === 2)) throw unsupportedOption(layer, `the interpolation "${way}"`)
  return unmasked(channelsLast(layer, ops, x => {
    const shape = x.shape.map((d, k) => (k === 0 || k > rank ? d : d * sizes[k - 1]))
    checkCells(shape, layer)
    if (way === 'bilinear') return ops.image.resizeBilinear(x, [shape[1], shape[2]], false, true)
    return sizes.reduce((y, n, k) => repeated(ops, y, k + 1, n), x)
  }))
}

/** Every entry along an axis n times. */
function repeated(ops: Ops, x: Tensor, axis: number, n: number): Tensor {
  if (n === 1) return x
  const { shape } = x
  const before = shape.slice(0, axis + 1).reduce((p, d) => p * d, 1)
  const after = shape.slice(axis + 1).reduce((p, d) => p * d, 1)
  return ops.reshape(ops.tile(ops.reshape(x, [before, 1, after]), [1, n, 1]), shape.map((d, k) => (k === axis ? d * n : d)))
}

export const resizing: LayerKind = (layer, { ops }) => {
  const [height, width] = ['height', 'width'].map(key => layer.config.get(key).count(100_000))
  const way = layer.config.find('interpolation')?.text() ?? 'bilinear'
  if (way !== 'bilinear' && way !== 'nearest') throw unsupportedOption(layer, `the interpolation "${way}"`)
  for (const key of ['crop_to_aspect_ratio', 'pad_to_aspect_ratio', 'antialias']) if (flag(layer.config, key, false)) throw unsupportedOption(layer, key)
  const resize = way === 'bilinear' ? ops.image.resizeBilinear : ops.image.resizeNearestNeighbor
  return unmasked(channelsLast(layer, ops, x => {
    checkCells([x.shape[0], height, width, x.shape[3]], layer)
    return resize(ops.cast(x, 'float32'), [height, width], false, true)
  }))
}

export const centerCrop: LayerKind = (layer, { ops }) => {
  const [height, width] = ['height', 'width'].map(key => layer.config.get(key).count(100_000))
  return unmasked(channelsLast(layer, ops, x => {
    if (height > x.shape[1] || width > x.shape[2]) throw unsupportedOption(layer, 'a crop larger than the image')
    const begin = [0, Math.floor((x.shape[1] - height) / 2), Math.floor((x.shape[2] - width) / 2), 0]
    return ops.cast(ops.slice(x, begin, [x.shape[0], height, width, x.shape[3]]), 'float32')
  }))
}

export const masking: LayerKind = ({ config }, { ops }) => {
  const value = config.find('mask_value')?.number() ?? 0
  return ([{ tensor }]) => {
    const mask = ops.any(ops.notEqual(tensor, value), tensor.shape.length - 1)
    return [{ tensor: ops.mul(tensor, ops.reshape(ops.cast(mask, 'float32'), [...mask.shape, 1])), mask }]
  }
}

export const discretization: LayerKind = (layer, { ops }) => {
  const bounds = layer.config.find('bin_boundaries')
  if (bounds === undefined) throw unsupportedOption(layer, 'boundaries learned from data that the file does not have')
  const mode = layer.config.find('output_mode')?.text() ?? 'int'
  if (mode !== 'int') throw unsupportedOption(layer, `the output mode "${mode}"`)
  const edges = bounds.float64s()
  return unary(x => edges.reduce((sum: Tensor, edge) => ops.add(sum, ops.cast(ops.greaterEqual(x, edge), 'int32')), ops.cast(ops.mul(x, 0), 'int32')))
}

export const categoryEncoding: LayerKind = (layer, { ops }) => {
  const tokens = layer.config.get('num_tokens').count(1_000_000)
  const mode = layer.config.find('output_mode')?.text() ?? 'multi_hot'
  if (mode !== 'one_hot' && mode !== 'multi_hot') throw unsupportedOption(layer, `the output mode "${mode}"`)
  return unmasked(x => {
    const flat = mode === 'one_hot' && x.shape[x.shape.length - 1] === 1 ? ops.reshape(x, x.shape.slice(0, -1)) : x
    const hot = ops.cast(ops.oneHot(ops.cast(flat, 'int32'), tokens), 'float32')
    return mode === 'one_hot' ? hot : ops.max(hot, hot.shape.length - 2)
  })
}
