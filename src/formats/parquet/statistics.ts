import type { Statistics } from 'hyparquet'
import { getBit } from '../../columnar/bitmap.ts'
import { compareBytes } from './compare-bytes.ts'
import { BytesReader, type Vector } from '../../columnar/vector.ts'
import { lanesOf } from '../int64-lanes.ts'

type Bounds = Pick<Statistics, 'min_value' | 'max_value'>

/** The smallest and largest of values `index[0..count)`, for readers that skip row groups. */
export function boundsOf(v: Vector, index: Int32Array, count: number): Bounds {
  if (count === 0) return {}
  switch (v.type.kind) {
    case 'boolean':
      return booleanBounds(v, index, count)
    case 'int64':
      return int64Bounds(v.values as BigInt64Array, index, count)
    case 'int32':
    case 'date':
      return numberBounds(v.values as Int32Array, index, count)
    case 'integer':
    case 'timestamp': {
      const { min_value: min, max_value: max } = numberBounds(v.values as Float64Array, index, count)
      return { min_value: BigInt(min as number), max_value: BigInt(max as number) }
    }
    case 'float64':
      return floatBounds(v.values as Float64Array, index, count)
    case 'string':
    case 'binary':
      return textBounds(v, index, count)
    default:
      return {}
  }
}

function booleanBounds(v: Vector, index: Int32Array, count: number): Bounds {
  const bits = v.values as Uint8Array
  let trues = 0
  for (let i = 0; i < count; i++) if (getBit(bits, index[i])) trues++
  return { min_value: trues === count, max_value: trues > 0 }
}

function numberBounds(values: Int32Array | Float64Array, index: Int32Array, count: number): Bounds {
  let min = values[index[0]]
  let max = min
  for (let i = 1; i < count; i++) {
    const value = values[index[i]]
    if (value < min) min = value
    if (value > max) max = value
  }
  return { min_value: min, max_value: max }
}

/** NaN is left out, and a zero stands for both zeros, as the format demands. */
function floatBounds(values: Float64Array, index: Int32Array, count: number): Bounds {
  let min = Infinity
  let max = -Infinity
  let numbers = 0
  for (let i = 0; i < count; i++) {
    const value = values[index[i]]
    if (Number.isNaN(value)) continue
    numbers++
    if (value < min) min = value
    if (value > max) max = value
  }
  if (numbers === 0) return {}
  return { min_value: min === 0 ? -0 : min, max_value: max === 0 ? 0 : max }
}

function int64Bounds(values: BigInt64Array, index: Int32Array, count: number): Bounds {
  const lanes = lanesOf(values)
  let min = index[0]
  let max = index[0]
  for (let i = 1; i < count; i++) {
    if (compareLanes(lanes, index[i], min) < 0) min = index[i]
    if (compareLanes(lanes, index[i], max) > 0) max = index[i]
  }
  return { min_value: values[min], max_value: values[max] }
}

function compareLanes(lanes: Int32Array, a: number, b: number): number {
  return lanes[2 * a + 1] - lanes[2 * b + 1] || (lanes[2 * a] >>> 0) - (lanes[2 * b] >>> 0)
}

function textBounds(v: Vector, index: Int32Array, count: number): Bounds {
  const reader = new BytesReader(v)
  let min = index[0]
  let max = index[0]
  for (let i = 1; i < count; i++) {
    if (compareBytes(reader, index[i], min) < 0) min = index[i]
    if (compareBytes(reader, index[i], max) > 0) max = index[i]
  }
  const bytesAt = (i: number): Uint8Array => reader.bytes.slice(reader.start(i), reader.end(i))
  return { min_value: bytesAt(min), max_value: bytesAt(max) }
}
