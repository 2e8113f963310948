import { assert, assertNever } from '../../common/assert.ts'
import type { VectorBuilder } from '../../columnar/builder.ts'
import { getBit } from '../../columnar/bitmap.ts'
import type { DataType } from '../../columnar/data-type.ts'
import { BytesReader, isNullAt, type Vector } from '../../columnar/vector.ts'

/**
 * A single value of any type as bytes, for aggregate state that keeps values whole (collect_list, max of a struct).
 *
 *   value   = 0 (null) | 1 payload
 *   payload = boolean: 1 byte · int32, date: 4 · int64, integer, float64, timestamp: 8, little-endian
 *             vector: 8 each · string, binary: 4-byte length, bytes · array: 4-byte count, values · struct: its values
 *
 * The layout is that of grouping keys, but zeros keep their sign: values come out as they went in. Part of the
 * checkpoint format.
 */
export class ByteSink {
  bytes: Uint8Array = new Uint8Array(256)
  length = 0
  #view = new DataView(this.bytes.buffer)

  byte(value: number): void {
    this.#reserve(1)
    this.bytes[this.length++] = value
  }

  int32(value: number): void {
    this.#reserve(4)
    this.#view.setInt32(this.length, value, true)
    this.length += 4
  }

  float64(value: number): void {
    this.#reserve(8)
    this.#view.setFloat64(this.length, value, true)
    this.length += 8
  }

  append(source: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start)
    if (end - start < 32) for (let i = start, k = this.length; i < end; i++, k++) this.bytes[k] = source[i]
    else this.bytes.set(source.subarray(start, end), this.length)
    this.length += end - start
  }

  #reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(this.length + more, this.bytes.length * 2))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}

export type RowWriter = (sink: ByteSink, i: number) => void

/** Writes rows of a vector with their null mark. Made once per batch and column. */
export function valueWriter(v: Vector): RowWriter {
  const payload = payloadWriter(v)
  return (sink, i) => {
    if (isNullAt(v, i)) {
      sink.byte(0)
      return
    }
    sink.byte(1)
    payload(sink, i)
  }
}

/** Writes rows that are known to be present, without the null mark. */
export function payloadWriter(v: Vector): RowWriter {
  const type = v.type
  switch (type.kind) {
    case 'null':
      return () => {}
    case 'boolean': {
      const bits = v.values as Uint8Array
      return (sink, i) => sink.byte(getBit(bits, i) ? 1 : 0)
    }
    case 'int32':
    case 'date': {
      const values = v.values as Int32Array
      return (sink, i) => sink.int32(values[i])
    }
    case 'int64': {
      const { buffer, byteOffset, length } = v.values as BigInt64Array
      const halves = new Int32Array(buffer, byteOffset, length * 2)
      return (sink, i) => {
        sink.int32(halves[2 * i])
        sink.int32(halves[2 * i + 1])
      }
    }
    case 'integer':
    case 'float64':
    case 'timestamp': {
      const values = v.values as Float64Array
      return (sink, i) => sink.float64(values[i])
    }
    case 'vector': {
      const values = v.values as Float64Array
      const { size } = type
      return (sink, i) => {
        for (let k = i * size; k < (i + 1) * size; k++) sink.float64(values[k])
      }
    }
    case 'string':
    case 'binary': {
      const r = new BytesReader(v)
      return (sink, i) => {
        sink.int32(r.end(i) - r.start(i))
        sink.append(r.bytes, r.start(i), r.end(i))
      }
    }
    case 'array': {
      const offsets = v.offsets as Int32Array
      const element = valueWriter(v.children[0])
      return (sink, i) => {
        sink.int32(offsets[i + 1] - offsets[i])
        for (let k = offsets[i]; k < offsets[i + 1]; k++) element(sink, k)
      }
    }
    case 'struct': {
      const fields = v.children.map(valueWriter)
      return (sink, i) => {
        for (const write of fields) write(sink, i)
      }
    }
    default:
      return assertNever(type, 'type')
  }
}

const wordBytes = new Uint8Array(8)
const wordFloat64 = new Float64Array(wordBytes.buffer)
const wordInt64 = new BigInt64Array(wordBytes.buffer)

export function readInt32(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
}

export function readFloat64(bytes: Uint8Array, at: number): number {
  for (let i = 0; i < 8; i++) wordBytes[i] = bytes[at + i]
  return wordFloat64[0]
}

export function writeFloat64(bytes: Uint8Array, at: number, value: number): void {
  wordFloat64[0] = value
  for (let i = 0; i < 8; i++) bytes[at + i] = wordBytes[i]
}

function readInt64(bytes: Uint8Array, at: number): bigint {
  for (let i = 0; i < 8; i++) wordBytes[i] = bytes[at + i]
  return wordInt64[0]
}

/** Appends the value (with null mark) at bytes[at ..) to a builder of its type; answers where the next one starts. */
export function appendValue(builder: VectorBuilder, bytes: Uint8Array, at: number): number {
  if (bytes[at] === 0) {
    builder.appendNull()
    return at + 1
  }
  return appendPayload(builder, bytes, at + 1)
}

/** Like {@link appendValue} without the null mark. */
export function appendPayload(builder: VectorBuilder, bytes: Uint8Array, at: number): number {
  const type = builder.type
  switch (type.kind) {
    case 'null':
      builder.appendNull()
      return at
    case 'boolean':
      builder.appendBoolean(bytes[at] === 1)
      return at + 1
    case 'int32':
    case 'date':
      builder.appendInt32(readInt32(bytes, at))
      return at + 4
    case 'int64':
      builder.appendInt64(readInt64(bytes, at))
      return at + 8
    case 'integer':
    case 'float64':
    case 'timestamp':
      builder.appendFloat64(readFloat64(bytes, at))
      return at + 8
    case 'vector': {
      const values = new Float64Array(type.size)
      for (let k = 0; k < type.size; k++) values[k] = readFloat64(bytes, at + 8 * k)
      builder.appendVector(values)
      return at + 8 * type.size
    }
    case 'string':
    case 'binary': {
      const end = at + 4 + readInt32(bytes, at)
      builder.appendBytes(bytes, at + 4, end)
      return end
    }
    case 'array': {
      let next = at + 4
      for (let left = readInt32(bytes, at); left > 0; left--) next = appendValue(builder.children[0], bytes, next)
      builder.appendList()
      return next
    }
    case 'struct': {
      let next = at
      for (const child of builder.children) next = appendValue(child, bytes, next)
      builder.appendStruct()
      return next
    }
    default:
      return assertNever(type, 'type')
  }
}

/** Where the payload at bytes[at ..) ends. */
export function payloadEnd(type: DataType, bytes: Uint8Array, at: number): number {
  switch (type.kind) {
    case 'null':
      return at
    case 'boolean':
      return at + 1
    case 'int32':
    case 'date':
      return at + 4
    case 'int64':
    case 'integer':
    case 'float64':
    case 'timestamp':
      return at + 8
    case 'vector':
      return at + 8 * type.size
    case 'string':
    case 'binary':
      return at + 4 + readInt32(bytes, at)
    case 'array': {
      let next = at + 4
      for (let left = readInt32(bytes, at); left > 0; left--) next = valueEnd(type.element, bytes, next)
      return next
    }
    case 'struct': {
      let next = at
      for (const f of type.fields) next = valueEnd(f.type, bytes, next)
      return next
    }
    default:
      return assertNever(type, 'type')
  }
}

export function valueEnd(type: DataType, bytes: Uint8Array, at: number): number {
  return bytes[at] === 0 ? at + 1 : payloadEnd(type, bytes, at + 1)
}

/** Unsigned bytes, a prefix before what it begins: the order of text and binary. */
export function compareBytes(a: Uint8Array, aStart: number, aEnd: number, b: Uint8Array, bStart: number, bEnd: number): number {
  const n = Math.min(aEnd - aStart, bEnd - bStart)
  for (let i = 0; i < n; i++) {
    const d = a[aStart + i] - b[bStart + i]
    if (d !== 0) return d
  }
  return aEnd - aStart - (bEnd - bStart)
}

/** The order of doubles: NaN equals NaN and is above everything, the zeros are equal (functions.md, global rule 5). */
export function compareFloat64(a: number, b: number): number {
  if (a < b) return -1
  if (a > b) return 1
  if (a === b) return 0
  return a === a ? -1 : b === b ? 1 : 0
}

/**
 * Order of two payloads of one type: inside structs and arrays null is below every value, an array below what it is
 * a prefix of.
 */
export function comparePayloads(type: DataType, a: Uint8Array, at: number, b: Uint8Array, bt: number): number {
  switch (type.kind) {
    case 'boolean':
      return a[at] - b[bt]
    case 'int32':
    case 'date':
      return Math.sign(readInt32(a, at) - readInt32(b, bt))
    case 'int64': {
      const high = readInt32(a, at + 4) - readInt32(b, bt + 4)
      return Math.sign(high !== 0 ? high : (readInt32(a, at) >>> 0) - (readInt32(b, bt) >>> 0))
    }
    case 'integer':
    case 'float64':
    case 'timestamp':
      return compareFloat64(readFloat64(a, at), readFloat64(b, bt))
    case 'string':
    case 'binary':
      return compareBytes(a, at + 4, at + 4 + readInt32(a, at), b, bt + 4, bt + 4 + readInt32(b, bt))
    case 'array': {
      const n = readInt32(a, at)
      const m = readInt32(b, bt)
      let i = at + 4
      let k = bt + 4
      for (let left = Math.min(n, m); left > 0; left--) {
        const d = compareValues(type.element, a, i, b, k)
        if (d !== 0) return d
        i = valueEnd(type.element, a, i)
        k = valueEnd(type.element, b, k)
      }
      return n - m
    }
    case 'struct': {
      let i = at
      let k = bt
      for (const f of type.fields) {
        const d = compareValues(f.type, a, i, b, k)
        if (d !== 0) return d
        i = valueEnd(f.type, a, i)
        k = valueEnd(f.type, b, k)
      }
      return 0
    }
    case 'null':
      return 0
    case 'vector':
      assert(false, 'Vectors have no order.')
      return 0
    default:
      return assertNever(type, 'type')
  }
}

function compareValues(type: DataType, a: Uint8Array, at: number, b: Uint8Array, bt: number): number {
  if (a[at] === 0 || b[bt] === 0) return a[at] - b[bt]
  return comparePayloads(type, a, at + 1, b, bt + 1)
}
