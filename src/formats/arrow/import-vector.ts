import * as arrow from 'apache-arrow'
import { type Bitmap, bitmapBytes, getBit, setBit } from '../../columnar/bitmap.ts'
import { concat } from '../../columnar/concat.ts'
import { type ArrayType, type DataType, describeType, field, type VectorType } from '../../columnar/data-type.ts'
import { slice, take } from '../../columnar/take.ts'
import { nullCount, nullVector, Vector } from '../../columnar/vector.ts'
import { inside } from '../conform.ts'
import { type ColumnOrigin, unsupported } from '../file-errors.ts'
import { float16 } from '../float16.ts'
import { laneThousandth, lanesOf, laneValue } from '../int64-lanes.ts'
import { microseconds, ValueRangeError } from '../value-range.ts'
import { fromArrowType } from './arrow-types.ts'
import { viewBytes } from './view-bytes.ts'

/**
 * Arrow's buffers as a vector of the type that {@link fromArrowType} gives. Buffers of the same layout are wrapped;
 * lengths, offsets and codes are checked first, since they come from a file.
 */
export function importVector(data: arrow.Data, where: ColumnOrigin): Vector {
  try {
    return importData(data, fromArrowType(data.type, where), where)
  } catch (error) {
    if (error instanceof ValueRangeError) throw unsupported(where, error.message, 'Leave the column out of the schema, or have it written in another type.')
    throw error
  }
}

function importData(data: arrow.Data, type: DataType, where: ColumnOrigin): Vector {
  const { length } = data
  if (arrow.DataType.isDictionary(data.type)) return importDictionary(data, where)
  if (type.kind === 'null') return nullVector(type, length)
  const validity = bitsOf(data.nullBitmap, data.offset, length)
  switch (type.kind) {
    case 'boolean':
      return new Vector(type, length, validity, bitsOf(need(data.values as Uint8Array, 0), data.offset, length) ?? new Uint8Array(0))
    case 'int32':
      return new Vector(type, length, validity, toInt32(need(data.values as Int32Array, length), length))
    case 'date':
      return new Vector(type, length, validity, toDays(data, length))
    case 'int64':
      return new Vector(type, length, validity, toInt64(data, length, validity))
    case 'float64':
      return new Vector(type, length, validity, toFloat64(data, length))
    case 'timestamp':
      return new Vector(type, length, validity, toMicroseconds(data, length, validity))
    case 'string':
    case 'binary':
      return importBytes(data, type, validity)
    case 'array':
      return importList(data, type, validity, where)
    case 'vector':
      return importVectors(data, type, validity, where)
    case 'struct': {
      const children = type.fields.map((f, k) => sized(importData(data.children[k], f.type, inside(where, f.name)), length))
      return new Vector(type, length, validity, null, null, children)
    }
    default:
      throw new Error(`Arrow has no ${describeType(type)}`)
  }
}

/** Arrow slices values but not bitmaps: those have to begin at a bit. Null where there is no bitmap. */
function bitsOf(bits: Uint8Array | null | undefined, offset: number, length: number): Bitmap | null {
  if (bits === null || bits === undefined || bits.length === 0) return null
  if (bits.length < bitmapBytes(offset + length)) throw new Error(`a bitmap of ${bits.length} bytes for ${offset + length} rows`)
  if ((offset & 7) === 0) return bits.subarray(offset >> 3, (offset >> 3) + bitmapBytes(length))
  const out = new Uint8Array(bitmapBytes(length))
  for (let i = 0; i < length; i++) if (getBit(bits, offset + i)) setBit(out, i)
  return out
}

/** The buffer, if it has what it should; a buffer of nothing may be left out. */
function need<T extends { readonly length: number }>(values: T | undefined, count: number): T {
  if (values === undefined || values.length < count) throw new Error(`a buffer of ${values?.length ?? 0} values where ${count} are needed`)
  return values
}

function toInt32(values: Int32Array | Int8Array | Int16Array | Uint8Array | Uint16Array, length: number): Int32Array {
  return values instanceof Int32Array ? values.subarray(0, length) : Int32Array.from(values.subarray(0, length))
}

function toInt64(data: arrow.Data, length: number, validity: Bitmap | null): BigInt64Array {
  const values = need(data.values as BigInt64Array | BigUint64Array | Uint32Array, length)
  if (values instanceof BigInt64Array) return values.subarray(0, length)
  const out = new BigInt64Array(length)
  const lanes = lanesOf(out)
  if (values instanceof Uint32Array) {
    for (let i = 0; i < length; i++) lanes[2 * i] = values[i]
    return out
  }
  out.set(new BigInt64Array(values.buffer, values.byteOffset, length))
  for (let i = 0; i < length; i++) {
    if (lanes[2 * i + 1] < 0 && (validity === null || getBit(validity, i))) throw new ValueRangeError(`holds ${values[i]}, which does not fit into int64`)
  }
  return out
}

function toFloat64(data: arrow.Data, length: number): Float64Array {
  const values = need(data.values as Float64Array | Float32Array | Uint16Array, length)
  if (values instanceof Float64Array) return values.subarray(0, length)
  if (values instanceof Float32Array) return Float64Array.from(values.subarray(0, length))
  const out = new Float64Array(length)
  for (let i = 0; i < length; i++) out[i] = float16(values[i])
  return out
}

function toDays(data: arrow.Data, length: number): Int32Array {
  if ((data.type as arrow.Date_).unit === arrow.DateUnit.DAY) return need(data.values as Int32Array, length).subarray(0, length)
  const lanes = lanes64(data, length)
  const out = new Int32Array(length)
  for (let i = 0; i < length; i++) out[i] = Math.floor(laneValue(lanes, i) / 86_400_000)
  return out
}

function toMicroseconds(data: arrow.Data, length: number, validity: Bitmap | null): Float64Array {
  const lanes = lanes64(data, length)
  const { unit } = data.type as arrow.Timestamp
  const scale = unit === arrow.TimeUnit.SECOND ? 1_000_000 : unit === arrow.TimeUnit.MILLISECOND ? 1000 : 1
  const out = new Float64Array(length)
  for (let i = 0; i < length; i++) {
    if (validity !== null && !getBit(validity, i)) continue
    out[i] = microseconds(unit === arrow.TimeUnit.NANOSECOND ? laneThousandth(lanes, i) : laneValue(lanes, i) * scale)
  }
  return out
}

function lanes64(data: arrow.Data, length: number): Int32Array {
  const values = data.values as ArrayBufferView
  const bytes = need(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), length * 8)
  return new Int32Array(bytes.buffer, bytes.byteOffset, length * 2)
}

/** Offsets that rise from row to row and end within `available`; of 64 bits made 32 where they fit. */
function offsetsOf(data: arrow.Data, length: number, available: number): Int32Array {
  const raw = data.valueOffsets as Int32Array | BigInt64Array | undefined
  if (length === 0) return new Int32Array(1)
  let offsets: Int32Array
  if (raw instanceof BigInt64Array) {
    const lanes = lanesOf(need(raw, length + 1))
    offsets = new Int32Array(length + 1)
    for (let i = 0; i <= length; i++) {
      if (lanes[2 * i + 1] !== 0 || lanes[2 * i] < 0) throw new Error('a batch with more than 2 GiB in a column')
      offsets[i] = lanes[2 * i]
    }
  } else {
    offsets = need(raw, length + 1).subarray(0, length + 1)
  }
  let last = 0
  for (let i = 0; i <= length; i++) {
    if (offsets[i] < last) throw new Error('offsets of a column do not rise')
    last = offsets[i]
  }
  if (last > available) throw new Error(`offsets of a column reach ${last} of ${available}`)
  return offsets
}

function importBytes(data: arrow.Data, type: DataType, validity: Bitmap | null): Vector {
  const { length } = data
  const arrowType = data.type as arrow.DataType
  if (arrow.DataType.isUtf8View(arrowType) || arrow.DataType.isBinaryView(arrowType)) {
    const { bytes, offsets } = viewBytes(need(data.values as Uint8Array, length * 16), data.variadicBuffers, length, validity)
    return new Vector(type, length, validity, bytes, offsets)
  }
  const values = (data.values as Uint8Array | undefined) ?? new Uint8Array(0)
  if (arrow.DataType.isFixedSizeBinary(arrowType)) {
    const size = arrowType.byteWidth
    need(values, length * size)
    const offsets = new Int32Array(length + 1)
    for (let i = 0; i <= length; i++) offsets[i] = i * size
    return new Vector(type, length, validity, values, offsets)
  }
  return new Vector(type, length, validity, values, offsetsOf(data, length, values.length))
}

function importList(data: arrow.Data, type: ArrayType, validity: Bitmap | null, where: ColumnOrigin): Vector {
  const { length } = data
  const child = importData(data.children[0], type.element, inside(where, 'element'))
  if (arrow.DataType.isFixedSizeList(data.type)) {
    const size = (data.type as arrow.FixedSizeList).listSize
    const offsets = new Int32Array(length + 1)
    for (let i = 0; i <= length; i++) offsets[i] = i * size
    return new Vector(type, length, validity, null, offsets, [sized(child, length * size)])
  }
  const offsets = offsetsOf(data, length, child.length)
  // Only elements that belong to rows: others might be nulls that the schema forbids.
  const first = offsets[0]
  const inner = first === 0 && offsets[length] === child.length ? child : slice(child, first, offsets[length])
  return new Vector(type, length, validity, null, first === 0 ? offsets : offsets.map(o => o - first), [inner])
}

function importVectors(data: arrow.Data, type: VectorType, validity: Bitmap | null, where: ColumnOrigin): Vector {
  const { length } = data
  const count = length * type.size
  const at = inside(where, 'element')
  const child = importData(data.children[0], field('element', fromArrowType((data.type as arrow.FixedSizeList).children[0].type, at)).type, at)
  sized(child, count)
  if (child.validity !== null) {
    for (let i = 0; i < count; i++) {
      if (!getBit(child.validity, i) && (validity === null || getBit(validity, Math.floor(i / type.size)))) {
        throw unsupported(at, 'holds a null in a list of fixed size, and a vector has none', 'Have it written as a list of variable length.')
      }
    }
  }
  return new Vector(type, length, validity, child.values)
}

/** Slices may leave children longer than their parent says. */
function sized(child: Vector, length: number): Vector {
  if (child.length < length) throw new Error(`a nested column has ${child.length} values where ${length} are needed`)
  return child.length === length ? child : slice(child, 0, length)
}

const dictionaries = new WeakMap<arrow.Vector, Vector>()

function importDictionary(data: arrow.Data, where: ColumnOrigin): Vector {
  const { length } = data
  const validity = bitsOf(data.nullBitmap, data.offset, length)
  const type = fromArrowType(data.type as arrow.DataType, where)
  const values = dictionaryOf(data.dictionary as arrow.Vector, type, where)
  const codes = codesOf(data, length)
  const asCodes = type.kind === 'string' && values.dictionary === null && nullCount(values) === 0
  const checked = new Int32Array(length)
  for (let i = 0; i < length; i++) {
    if (validity !== null && !getBit(validity, i)) {
      checked[i] = asCodes ? 0 : -1
      continue
    }
    if (codes[i] < 0 || codes[i] >= values.length) throw new Error(`code ${codes[i]} of a dictionary with ${values.length} values`)
    checked[i] = codes[i]
  }
  return asCodes ? new Vector(type, length, validity, checked, null, [], values) : take(values, checked)
}

/** A dictionary serves many batches; it is imported once. */
function dictionaryOf(dictionary: arrow.Vector, type: DataType, where: ColumnOrigin): Vector {
  let values = dictionaries.get(dictionary)
  if (values === undefined) {
    const chunks = dictionary.data.map(chunk => importData(chunk, type, where))
    values = chunks.length === 0 ? nullVector(type, 0) : concat(type, chunks)
    dictionaries.set(dictionary, values)
  }
  return values
}

function codesOf(data: arrow.Data, length: number): ArrayLike<number> {
  const values = need(data.values as Int32Array | BigInt64Array, length)
  if (!(values instanceof BigInt64Array || (values as unknown) instanceof BigUint64Array)) return values as Int32Array
  const lanes = lanesOf(values as BigInt64Array)
  return Float64Array.from({ length }, (_, i) => laneValue(lanes, i))
}

