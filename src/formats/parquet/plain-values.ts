import { getBit } from '../../columnar/bitmap.ts'
import { BytesReader, type Vector } from '../../columnar/vector.ts'
import { lanesOf, storeLanes } from '../int64-lanes.ts'

/** Values `index[0..count)` of a vector in Parquet's PLAIN encoding. */
export function plainBytes(v: Vector, index: Int32Array, count: number): Uint8Array {
  switch (v.type.kind) {
    case 'boolean': {
      const from = v.values as Uint8Array
      const out = new Uint8Array((count + 7) >> 3)
      for (let i = 0; i < count; i++) if (getBit(from, index[i])) out[i >> 3] |= 1 << (i & 7)
      return out
    }
    case 'int32':
    case 'date': {
      const from = v.values as Int32Array
      const out = new Int32Array(count)
      for (let i = 0; i < count; i++) out[i] = from[index[i]]
      return new Uint8Array(out.buffer)
    }
    case 'int64': {
      const from = lanesOf(v.values as BigInt64Array)
      const out = new Int32Array(count * 2)
      for (let i = 0; i < count; i++) {
        out[2 * i] = from[2 * index[i]]
        out[2 * i + 1] = from[2 * index[i] + 1]
      }
      return new Uint8Array(out.buffer)
    }
    case 'integer':
    case 'timestamp': {
      const from = v.values as Float64Array
      const out = new Int32Array(count * 2)
      for (let i = 0; i < count; i++) storeLanes(out, i, from[index[i]])
      return new Uint8Array(out.buffer)
    }
    case 'string':
    case 'binary':
      return plainText(new BytesReader(v), index, count)
    case 'null':
      return new Uint8Array(0)
    default: {
      const from = v.values as Float64Array
      const out = new Float64Array(count)
      for (let i = 0; i < count; i++) out[i] = from[index[i]]
      return new Uint8Array(out.buffer)
    }
  }
}

/** Each value with its length (4 bytes, little-endian) in front. */
function plainText(reader: BytesReader, index: Int32Array, count: number): Uint8Array {
  let total = 4 * count
  for (let i = 0; i < count; i++) total += reader.end(index[i]) - reader.start(index[i])
  const out = new Uint8Array(total)
  const { bytes } = reader
  let at = 0
  for (let i = 0; i < count; i++) {
    const start = reader.start(index[i])
    const end = reader.end(index[i])
    const length = end - start
    out[at++] = length
    out[at++] = length >> 8
    out[at++] = length >> 16
    out[at++] = length >> 24
    if (length < 32) for (let b = start; b < end; b++) out[at++] = bytes[b]
    else {
      out.set(bytes.subarray(start, end), at)
      at += length
    }
  }
  return out
}
