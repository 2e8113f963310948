import { assertNever } from '../common/assert.ts'
import { type Bitmap, bitmapBytes, clearBit, getBit, newBitmap, setBit } from './bitmap.ts'
import { RecordBatch } from './record-batch.ts'
import { nullVector, Vector } from './vector.ts'

/**
 * The rows named by `indices[0..count)`, in that order. An index of −1 gives a null (the empty side of an outer join).
 */
export function take(v: Vector, indices: Int32Array, count = indices.length): Vector {
  const type = v.type
  if (type.kind === 'null') return nullVector(type, count)
  const validity = takeValidity(v.validity, indices, count)
  switch (type.kind) {
    case 'boolean': {
      const from = v.values as Uint8Array
      const out = new Uint8Array(bitmapBytes(count))
      for (let i = 0; i < count; i++) if (indices[i] >= 0 && getBit(from, indices[i])) setBit(out, i)
      return new Vector(type, count, validity, out)
    }
    case 'int32':
    case 'date':
      return new Vector(type, count, validity, takeInt32(v.values as Int32Array, indices, count))
    case 'int64': {
      const from = v.values as BigInt64Array
      const out = new BigInt64Array(count)
      for (let i = 0; i < count; i++) if (indices[i] >= 0) out[i] = from[indices[i]]
      return new Vector(type, count, validity, out)
    }
    case 'integer':
    case 'float64':
    case 'timestamp': {
      const from = v.values as Float64Array
      const out = new Float64Array(count)
      for (let i = 0; i < count; i++) if (indices[i] >= 0) out[i] = from[indices[i]]
      return new Vector(type, count, validity, out)
    }
    case 'string':
    case 'binary':
      if (v.dictionary !== null) {
        return new Vector(type, count, validity, takeInt32(v.values as Int32Array, indices, count), null, [], v.dictionary)
      }
      return takeBytes(v, indices, count, validity)
    case 'array': {
      const from = v.offsets as Int32Array
      const offsets = new Int32Array(count + 1)
      for (let i = 0; i < count; i++) {
        const k = indices[i]
        offsets[i + 1] = offsets[i] + (k < 0 ? 0 : from[k + 1] - from[k])
      }
      const inner = new Int32Array(offsets[count])
      for (let i = 0, at = 0; i < count; i++) {
        const k = indices[i]
        if (k >= 0) for (let e = from[k]; e < from[k + 1]; e++) inner[at++] = e
      }
      return new Vector(type, count, validity, null, offsets, [take(v.children[0], inner)])
    }
    case 'struct':
      return new Vector(type, count, validity, null, null, v.children.map(child => take(child, indices, count)))
    case 'vector': {
      const from = v.values as Float64Array
      const size = type.size
      const out = new Float64Array(count * size)
      for (let i = 0; i < count; i++) {
        const at = indices[i] * size
        if (at >= 0) for (let k = 0; k < size; k++) out[i * size + k] = from[at + k]
      }
      return new Vector(type, count, validity, out)
    }
    default:
      return assertNever(type, 'type')
  }
}

/** Rows of a batch by index; see {@link take}. */
export function takeRows(batch: RecordBatch, indices: Int32Array, count = indices.length): RecordBatch {
  return new RecordBatch(batch.schema, count, batch.columns.map(c => take(c, indices, count)))
}

/** Rows start .. end−1. Shares memory where the bitmaps allow (start divisible by 8), copies otherwise. */
export function slice(v: Vector, start: number, end: number): Vector {
  const count = end - start
  if (start === 0 && end === v.length) return v
  if ((start & 7) !== 0 && needsBits(v)) {
    const indices = new Int32Array(count)
    for (let i = 0; i < count; i++) indices[i] = start + i
    return take(v, indices)
  }
  const validity = v.validity === null ? null : v.validity.subarray(start >> 3)
  const type = v.type
  switch (type.kind) {
    case 'null':
      return nullVector(type, count)
    case 'boolean':
      return new Vector(type, count, validity, (v.values as Uint8Array).subarray(start >> 3))
    case 'string':
    case 'binary':
      if (v.dictionary === null) return new Vector(type, count, validity, v.values, (v.offsets as Int32Array).subarray(start, end + 1))
      return new Vector(type, count, validity, (v.values as Int32Array).subarray(start, end), null, [], v.dictionary)
    case 'array':
      return new Vector(type, count, validity, null, (v.offsets as Int32Array).subarray(start, end + 1), v.children)
    case 'struct':
      return new Vector(type, count, validity, null, null, v.children.map(c => slice(c, start, end)))
    case 'vector':
      return new Vector(type, count, validity, (v.values as Float64Array).subarray(start * type.size, end * type.size))
    default:
      return new Vector(type, count, validity, (v.values as Float64Array).subarray(start, end))
  }
}

export function sliceRows(batch: RecordBatch, start: number, end: number): RecordBatch {
  if (start === 0 && end === batch.numRows) return batch
  return new RecordBatch(batch.schema, end - start, batch.columns.map(c => slice(c, start, end)))
}

function needsBits(v: Vector): boolean {
  return v.validity !== null || v.type.kind === 'boolean' || (v.type.kind === 'struct' && v.children.some(needsBits))
}

function takeInt32(from: Int32Array, indices: Int32Array, count: number): Int32Array {
  const out = new Int32Array(count)
  for (let i = 0; i < count; i++) if (indices[i] >= 0) out[i] = from[indices[i]]
  return out
}

function takeValidity(validity: Bitmap | null, indices: Int32Array, count: number): Bitmap | null {
  let out: Bitmap | null = null
  for (let i = 0; i < count; i++) {
    const k = indices[i]
    if (k < 0 || (validity !== null && !getBit(validity, k))) {
      out ??= newBitmap(count, true)
      clearBit(out, i)
    }
  }
  return out
}

function takeBytes(v: Vector, indices: Int32Array, count: number, validity: Bitmap | null): Vector {
  const from = v.values as Uint8Array
  const fromOffsets = v.offsets as Int32Array
  const offsets = new Int32Array(count + 1)
  for (let i = 0; i < count; i++) {
    const k = indices[i]
    offsets[i + 1] = offsets[i] + (k < 0 ? 0 : fromOffsets[k + 1] - fromOffsets[k])
  }
  const bytes = new Uint8Array(offsets[count])
  for (let i = 0; i < count; i++) {
    const k = indices[i]
    if (k < 0) continue
    let at = offsets[i]
    const start = fromOffsets[k]
    const end = fromOffsets[k + 1]
    if (end - start < 32) for (let b = start; b < end; b++) bytes[at++] = from[b]
    else bytes.set(from.subarray(start, end), at)
  }
  return new Vector(v.type, count, validity, bytes, offsets)
}
