import { assert } from '../common/assert.ts'
import { type Bitmap, bitmapBytes, countBits, getBit, newBitmap } from './bitmap.ts'
import { type DataType, stringType } from './data-type.ts'

export type Values = Uint8Array | Int32Array | Float64Array | BigInt64Array

/**
 * One column of a record batch: immutable once made, every field a typed array, in Arrow's layout.
 *
 * | type | values | offsets | children |
 * |---|---|---|---|
 * | boolean | Uint8Array, one bit a row | | |
 * | int32, date | Int32Array | | |
 * | int64 | BigInt64Array | | |
 * | integer, float64, timestamp | Float64Array | | |
 * | string, binary | Uint8Array of bytes | Int32Array, length + 1 | |
 * | string with dictionary | Int32Array of codes | | (dictionary: a string vector without nulls) |
 * | array | | Int32Array, length + 1 | [elements] |
 * | struct | | | one per field, each of the struct's length |
 * | vector(n) | Float64Array, n a row | | |
 * | null | | | |
 *
 * What stands in the slot of a null is undefined: read validity first. Typed arrays may be longer than needed.
 * One class for all types keeps property access monomorphic.
 */
export class Vector {
  readonly type: DataType
  readonly length: number
  /** Null when every value is present. */
  readonly validity: Bitmap | null
  readonly values: Values | null
  readonly offsets: Int32Array | null
  readonly children: readonly Vector[]
  readonly dictionary: Vector | null

  constructor(
    type: DataType,
    length: number,
    validity: Bitmap | null,
    values: Values | null,
    offsets: Int32Array | null = null,
    children: readonly Vector[] = noChildren,
    dictionary: Vector | null = null,
  ) {
    this.type = type
    this.length = length
    this.validity = validity
    this.values = values
    this.offsets = offsets
    this.children = children
    this.dictionary = dictionary
  }
}

const noChildren: readonly Vector[] = Object.freeze([])

export function isNullAt(v: Vector, i: number): boolean {
  if (v.type.kind === 'null') return true
  return v.validity !== null && !getBit(v.validity, i)
}

export function nullCount(v: Vector): number {
  if (v.type.kind === 'null') return v.length
  return v.validity === null ? 0 : v.length - countBits(v.validity, v.length)
}

/** The validity bitmap, made where there is none. */
export function validityOf(v: Vector): Bitmap {
  if (v.type.kind === 'null') return newBitmap(v.length, false)
  return v.validity ?? newBitmap(v.length, true)
}

/** The same values with another validity bitmap. */
export function withValidity(v: Vector, validity: Bitmap | null): Vector {
  return new Vector(v.type, v.length, validity, v.values, v.offsets, v.children, v.dictionary)
}

/** The same memory under another type of the same layout (integer read as float64, int32 as date …). */
export function retype(v: Vector, type: DataType): Vector {
  return new Vector(type, v.length, v.validity, v.values, v.offsets, v.children, v.dictionary)
}

export function float64Vector(type: DataType, values: Float64Array, validity: Bitmap | null = null, length = values.length): Vector {
  return new Vector(type, length, validity, values)
}

export function int32Vector(type: DataType, values: Int32Array, validity: Bitmap | null = null, length = values.length): Vector {
  return new Vector(type, length, validity, values)
}

export function booleanVector(bits: Bitmap, length: number, validity: Bitmap | null = null): Vector {
  assert(bits.length >= bitmapBytes(length), 'A boolean vector needs a bit for each row.', { length, bytes: bits.length })
  return new Vector({ kind: 'boolean' }, length, validity, bits)
}

export function stringVector(bytes: Uint8Array, offsets: Int32Array, length: number, validity: Bitmap | null = null): Vector {
  return new Vector(stringType, length, validity, bytes, offsets)
}

export function dictionaryVector(codes: Int32Array, dictionary: Vector, length: number, validity: Bitmap | null = null): Vector {
  return new Vector(stringType, length, validity, codes, null, noChildren, dictionary)
}

/** `length` nulls of any type, with valid (empty) buffers behind them. */
export function nullVector(type: DataType, length: number): Vector {
  const validity = newBitmap(length, false)
  switch (type.kind) {
    case 'null':
      return new Vector(type, length, null, null)
    case 'boolean':
      return new Vector(type, length, validity, new Uint8Array(bitmapBytes(length)))
    case 'int32':
    case 'date':
      return new Vector(type, length, validity, new Int32Array(length))
    case 'int64':
      return new Vector(type, length, validity, new BigInt64Array(length))
    case 'integer':
    case 'float64':
    case 'timestamp':
      return new Vector(type, length, validity, new Float64Array(length))
    case 'string':
    case 'binary':
      return new Vector(type, length, validity, new Uint8Array(0), new Int32Array(length + 1))
    case 'array':
      return new Vector(type, length, validity, null, new Int32Array(length + 1), [nullVector(type.element, 0)])
    case 'struct':
      return new Vector(type, length, validity, null, null, type.fields.map(f => nullVector(f.type, length)))
    case 'vector':
      return new Vector(type, length, validity, new Float64Array(length * type.size))
  }
}

/**
 * Reads the bytes of a string or binary vector without making a string: row i is bytes[start(i) .. end(i)).
 * Hides whether there is a dictionary; a kernel asks for one reader per call, never per row.
 */
export class BytesReader {
  readonly bytes: Uint8Array
  readonly offsets: Int32Array
  readonly codes: Int32Array | null

  constructor(v: Vector) {
    const plain = v.dictionary ?? v
    this.bytes = plain.values as Uint8Array
    this.offsets = plain.offsets as Int32Array
    this.codes = v.dictionary === null ? null : (v.values as Int32Array)
  }

  /** Index into offsets: the row itself, or its code. */
  index(i: number): number {
    return this.codes === null ? i : this.codes[i]
  }

  start(i: number): number {
    return this.offsets[this.codes === null ? i : this.codes[i]]
  }

  end(i: number): number {
    return this.offsets[(this.codes === null ? i : this.codes[i]) + 1]
  }
}

const emptyBytes = new Uint8Array(0)

/** A string vector as plain bytes and offsets, dictionary resolved. */
export function plainStrings(v: Vector): Vector {
  if (v.dictionary === null) return v
  const reader = new BytesReader(v)
  const offsets = new Int32Array(v.length + 1)
  let total = 0
  for (let i = 0; i < v.length; i++) {
    if (v.validity === null || getBit(v.validity, i)) total += reader.end(i) - reader.start(i)
    offsets[i + 1] = total
  }
  const bytes = total === 0 ? emptyBytes : new Uint8Array(total)
  for (let i = 0; i < v.length; i++) {
    if (offsets[i + 1] > offsets[i]) bytes.set(reader.bytes.subarray(reader.start(i), reader.end(i)), offsets[i])
  }
  return new Vector(v.type, v.length, v.validity, bytes, offsets)
}

/** Bytes held by the vector's buffers, for memory accounting. */
export function vectorBytes(v: Vector): number {
  let n = (v.validity?.byteLength ?? 0) + (v.values?.byteLength ?? 0) + (v.offsets?.byteLength ?? 0)
  for (const child of v.children) n += vectorBytes(child)
  return v.dictionary === null ? n : n + vectorBytes(v.dictionary)
}

