import { getBit } from '../columnar/bitmap.ts'
import { type ArrayType, type DataType, describeType, type Field, float64Type, type StructType, type VectorType } from '../columnar/data-type.ts'
import { isNullAt, nullVector, plainStrings, retype, Vector } from '../columnar/vector.ts'
import { type ColumnOrigin, mismatch } from './file-errors.ts'
import { lanesOf, laneValue } from './int64-lanes.ts'
import { firstBadText } from './utf8.ts'

/**
 * From the types that a self-describing file has to those that the query declared. Only conversions that keep every
 * value are made: int32 → integer, int64, float64; int64 → integer (a value beyond ±(2^53 − 1) is an error); string ↔
 * binary (text is checked); array<float64> ↔ vector(n); structs by field name. Everything else is refused by name.
 */

/** Throws FORMAT_SCHEMA_MISMATCH where a column of type `from` can never be read as `to`. */
export function checkConvertible(from: DataType, to: DataType, where: ColumnOrigin): void {
  if (from.kind === 'null') return
  if (from.kind === 'array' && to.kind === 'array') return checkConvertible(from.element, to.element, inside(where, 'element'))
  if (from.kind === 'array' && to.kind === 'vector') return checkConvertible(from.element, float64Type, inside(where, 'element'))
  if (from.kind === 'vector' && to.kind === 'array') return checkConvertible(float64Type, to.element, inside(where, 'element'))
  if (from.kind === 'struct' && to.kind === 'struct') {
    for (const wanted of to.fields) {
      const found = from.fields.find(f => f.name === wanted.name)
      if (found !== undefined) checkConvertible(found.type, wanted.type, inside(where, wanted.name))
      else if (!wanted.nullable) throw missing(inside(where, wanted.name))
    }
    return
  }
  if (from.kind === 'vector' && to.kind === 'vector' ? from.size !== to.size : from.kind !== to.kind && !widens(from, to)) {
    throw mismatch(where, `holds ${describeType(from)}, but the schema says ${describeType(to)}`, `Declare it as ${describeType(from)} and cast it in the query.`)
  }
}

function widens(from: DataType, to: DataType): boolean {
  switch (from.kind) {
    case 'int32':
      return to.kind === 'integer' || to.kind === 'int64' || to.kind === 'float64'
    case 'int64':
      return to.kind === 'integer'
    case 'string':
      return to.kind === 'binary'
    case 'binary':
      return to.kind === 'string'
    default:
      return false
  }
}

/** The error of a column that the file does not have and that may not be null. */
export function missing(where: ColumnOrigin): Error {
  return mismatch(where, 'is not in the file, but the schema says that it is never null', 'Declare it nullable, or leave the file out.')
}

/** The column as the schema declares it. Nothing is copied where types agree. */
export function conform(v: Vector, to: Field, where: ColumnOrigin): Vector {
  if (!to.nullable) requireNoNulls(v, null, where)
  return convert(v, to.type, where)
}

function convert(v: Vector, to: DataType, where: ColumnOrigin): Vector {
  const from = v.type
  if (from.kind === 'null') return nullVector(to, v.length)
  switch (to.kind) {
    case 'string':
    case 'binary': {
      const text = to.kind === 'binary' ? plainStrings(v) : v
      if (to.kind === 'string') requireText(text, where)
      return from.kind === to.kind ? text : retype(text, to)
    }
    case 'int64':
      return from.kind === 'int32' ? new Vector(to, v.length, v.validity, int32ToInt64(v)) : v
    case 'float64':
      return from.kind === 'int32' ? new Vector(to, v.length, v.validity, int32ToFloat64(v)) : v
    case 'integer':
      return new Vector(to, v.length, v.validity, from.kind === 'int32' ? int32ToFloat64(v) : int64ToInteger(v, where))
    case 'array':
      return toArray(v, to, where)
    case 'vector':
      return from.kind === 'vector' ? v : arrayToVector(v, to, where)
    case 'struct':
      return toStruct(v, to, where)
    default:
      return v
  }
}

function int32ToInt64(v: Vector): BigInt64Array {
  const from = v.values as Int32Array
  const out = new BigInt64Array(v.length)
  const lanes = lanesOf(out)
  for (let i = 0; i < v.length; i++) {
    lanes[2 * i] = from[i]
    lanes[2 * i + 1] = from[i] >> 31
  }
  return out
}

function int32ToFloat64(v: Vector): Float64Array {
  const from = v.values as Int32Array
  const out = new Float64Array(v.length)
  for (let i = 0; i < v.length; i++) out[i] = from[i]
  return out
}

function int64ToInteger(v: Vector, where: ColumnOrigin): Float64Array {
  const lanes = lanesOf(v.values as BigInt64Array)
  const out = new Float64Array(v.length)
  for (let i = 0; i < v.length; i++) {
    out[i] = laneValue(lanes, i)
    if (Math.abs(out[i]) > Number.MAX_SAFE_INTEGER) {
      if (!isNullAt(v, i)) {
        throw mismatch(where, `holds ${(v.values as BigInt64Array)[i]}, which is beyond the range of integer, ±(2^53 − 1)`, 'Declare it int64.')
      }
      out[i] = 0
    }
  }
  return out
}

function toArray(v: Vector, to: ArrayType, where: ColumnOrigin): Vector {
  const element = inside(where, 'element')
  if (v.type.kind === 'vector') {
    const size = v.type.size
    const offsets = new Int32Array(v.length + 1)
    for (let i = 0; i <= v.length; i++) offsets[i] = i * size
    return new Vector(to, v.length, v.validity, null, offsets, [new Vector(float64Type, v.length * size, null, v.values)])
  }
  const child = v.children[0]
  if (!to.containsNull) requireNoNulls(child, null, element)
  return new Vector(to, v.length, v.validity, null, v.offsets, [convert(child, to.element, element)])
}

function arrayToVector(v: Vector, to: VectorType, where: ColumnOrigin): Vector {
  const offsets = v.offsets as Int32Array
  const from = convert(v.children[0], float64Type, inside(where, 'element'))
  const values = from.values as Float64Array
  const size = to.size
  const out = new Float64Array(v.length * size)
  for (let i = 0; i < v.length; i++) {
    if (isNullAt(v, i)) continue
    const count = offsets[i + 1] - offsets[i]
    if (count !== size) {
      throw mismatch(where, `holds an array of ${count} elements, but the schema says vector(${size})`, 'Declare it as array<float64>.')
    }
    for (let k = 0; k < size; k++) {
      if (from.validity !== null && !getBit(from.validity, offsets[i] + k)) {
        throw mismatch(where, `holds an array with a null element, but the schema says vector(${size})`, 'Declare it as array<float64>.')
      }
      out[i * size + k] = values[offsets[i] + k]
    }
  }
  return new Vector(to, v.length, v.validity, out)
}

function toStruct(v: Vector, to: StructType, where: ColumnOrigin): Vector {
  const found = (v.type as StructType).fields
  const children = to.fields.map(f => {
    const k = found.findIndex(other => other.name === f.name)
    if (k < 0) return nullVector(f.type, v.length)
    const at = inside(where, f.name)
    if (!f.nullable) requireNoNulls(v.children[k], v, at)
    return convert(v.children[k], f.type, at)
  })
  return new Vector(to, v.length, v.validity, null, null, children)
}

function requireText(v: Vector, where: ColumnOrigin): void {
  const row = firstBadText(v)
  if (row >= 0) throw mismatch(where, 'holds bytes that are not UTF-8 text', 'Declare it as binary.')
}

/** A null inside a null struct is nobody's value. */
function requireNoNulls(v: Vector, parent: Vector | null, where: ColumnOrigin): void {
  if (v.validity === null && v.type.kind !== 'null') return
  for (let i = 0; i < v.length; i++) {
    if (isNullAt(v, i) && (parent === null || !isNullAt(parent, i))) {
      throw mismatch(where, 'holds a null, but the schema says that it is never null', 'Declare it nullable.')
    }
  }
}

export function inside(where: ColumnOrigin, name: string): ColumnOrigin {
  return { file: where.file, column: `${where.column}.${name}` }
}
