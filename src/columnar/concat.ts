import { assertNever } from '../common/assert.ts'
import { bitmapBytes, clearBit, getBit, newBitmap, setBit } from './bitmap.ts'
import type { DataType } from './data-type.ts'
import { emptyBatch, RecordBatch } from './record-batch.ts'
import type { Schema } from './schema.ts'
import { slice as sliceElements } from './take.ts'
import { isNullAt, nullVector, plainStrings, Vector } from './vector.ts'

/** The rows of all parts, one after the other. */
export function concat(type: DataType, parts: readonly Vector[]): Vector {
  if (parts.length === 1) return parts[0]
  let length = 0
  for (const part of parts) length += part.length
  if (type.kind === 'null') return nullVector(type, length)
  const validity = parts.some(p => p.validity !== null || p.type.kind === 'null') ? newBitmap(length, true) : null
  if (validity !== null) {
    let at = 0
    for (const part of parts) {
      for (let i = 0; i < part.length; i++, at++) if (isNullAt(part, i)) clearBit(validity, at)
    }
  }
  switch (type.kind) {
    case 'boolean': {
      const bits = new Uint8Array(bitmapBytes(length))
      let at = 0
      for (const part of parts) {
        for (let i = 0; i < part.length; i++, at++) if (getBit(part.values as Uint8Array, i)) setBit(bits, at)
      }
      return new Vector(type, length, validity, bits)
    }
    case 'int32':
    case 'date': {
      const out = new Int32Array(length)
      let at = 0
      for (const part of parts) {
        out.set((part.values as Int32Array).subarray(0, part.length), at)
        at += part.length
      }
      return new Vector(type, length, validity, out)
    }
    case 'int64': {
      const out = new BigInt64Array(length)
      let at = 0
      for (const part of parts) {
        out.set((part.values as BigInt64Array).subarray(0, part.length), at)
        at += part.length
      }
      return new Vector(type, length, validity, out)
    }
    case 'integer':
    case 'float64':
    case 'timestamp':
    case 'vector': {
      const size = type.kind === 'vector' ? type.size : 1
      const out = new Float64Array(length * size)
      let at = 0
      for (const part of parts) {
        out.set((part.values as Float64Array).subarray(0, part.length * size), at)
        at += part.length * size
      }
      return new Vector(type, length, validity, out)
    }
    case 'string':
    case 'binary':
      return concatBytes(type, parts.map(plainStrings), length, validity)
    case 'array': {
      const offsets = new Int32Array(length + 1)
      const inner: Vector[] = []
      let at = 0
      let total = 0
      for (const part of parts) {
        const from = part.offsets as Int32Array
        // Elements before the first offset belong to no row and stay behind.
        const first = from[0]
        for (let i = 0; i < part.length; i++) offsets[++at] = total + from[i + 1] - first
        inner.push(elementsOf(part, first, from[part.length]))
        total += from[part.length] - first
      }
      return new Vector(type, length, validity, null, offsets, [concat(type.element, inner)])
    }
    case 'struct':
      return new Vector(type, length, validity, null, null, type.fields.map((f, k) => concat(f.type, parts.map(p => p.children[k]))))
    default:
      return assertNever(type, 'type')
  }
}

export function concatBatches(schema: Schema, batches: readonly RecordBatch[]): RecordBatch {
  if (batches.length === 0) return emptyBatch(schema)
  if (batches.length === 1) return batches[0]
  const rows = batches.reduce((n, b) => n + b.numRows, 0)
  return new RecordBatch(schema, rows, schema.fields.map((f, k) => concat(f.type, batches.map(b => b.columns[k]))))
}

function elementsOf(list: Vector, start: number, end: number): Vector {
  const child = list.children[0]
  if (start === 0 && end === child.length) return child
  return sliceElements(child, start, end)
}

function concatBytes(type: DataType, parts: readonly Vector[], length: number, validity: Uint8Array | null): Vector {
  const offsets = new Int32Array(length + 1)
  let at = 0
  let total = 0
  for (const part of parts) {
    const from = part.offsets as Int32Array
    for (let i = 0; i < part.length; i++) {
      total += from[i + 1] - from[i]
      offsets[++at] = total
    }
  }
  const bytes = new Uint8Array(total)
  let to = 0
  for (const part of parts) {
    const from = part.offsets as Int32Array
    const chunk = (part.values as Uint8Array).subarray(from[0], from[part.length])
    bytes.set(chunk, to)
    to += chunk.length
  }
  return new Vector(type, length, validity, bytes, offsets)
}

