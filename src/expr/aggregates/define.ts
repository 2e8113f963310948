import { andValidity, type Bitmap, clearBit, newBitmap } from '../../columnar/bitmap.ts'
import { type DataType, float64Type, isNumeric } from '../../columnar/data-type.ts'
import { Vector } from '../../columnar/vector.ts'
import type { MillraceError } from '../../common/errors.ts'
import { makeError } from '../../common/errors.ts'
import type { ResolvedArgument } from '../function-table.ts'

/** Rows that an aggregate looks at: every argument is there and the filter accepts them. Null: all rows. */
export function presentRows(args: readonly Vector[], include: Bitmap | null, length: number): Bitmap | null {
  let rows = include
  for (const v of args) {
    if (v.type.kind === 'null') return newBitmap(length, false)
    rows = andValidity(rows, v.validity, length)
  }
  return rows
}

/** The values of a numeric vector as float64, in one pass where they are not already. */
export function asFloat64(v: Vector, length: number): Float64Array {
  const { values } = v
  if (values instanceof Float64Array) return values
  const out = new Float64Array(length)
  if (values instanceof Int32Array) {
    for (let i = 0; i < length; i++) out[i] = values[i]
  } else if (values instanceof BigInt64Array) {
    const halves = lanes(values)
    // The sum of an exact and a 32-bit term is rounded once, as a cast of the whole number is.
    for (let i = 0; i < length; i++) out[i] = halves[2 * i + 1] * 4294967296 + (halves[2 * i] >>> 0)
  }
  return out
}

/** 64-bit whole numbers as 32-bit halves, low (unsigned) before high (signed): no BigInt per row. */
export function lanes(values: BigInt64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2)
}

/** The type in which an aggregate over numbers takes its argument; text counts as a double, as in arithmetic. */
export function numericArgument(type: DataType): DataType | undefined {
  if (isNumeric(type)) return type
  return type.kind === 'string' || type.kind === 'null' ? float64Type : undefined
}

/** Validity of results: present where the buffer says so. */
export function validWhere(length: number, isPresent: (i: number) => boolean): Bitmap | null {
  let validity: Bitmap | null = null
  for (let i = 0; i < length; i++) {
    if (isPresent(i)) continue
    validity ??= newBitmap(length, true)
    clearBit(validity, i)
  }
  return validity
}

/** One number (or null) per slot, for results that are not hot. */
export function numberResults(type: DataType, slots: Int32Array, length: number, result: (slot: number) => number | null): Vector {
  const out = new Float64Array(length)
  let validity: Bitmap | null = null
  for (let i = 0; i < length; i++) {
    const r = result(slots[i])
    if (r !== null) {
      out[i] = r
      continue
    }
    validity ??= newBitmap(length, true)
    clearBit(validity, i)
  }
  return new Vector(type, length, validity, out)
}

export function sumOverflow(name: string, type: string): MillraceError {
  const remedy = type === 'integer' ? 'Cast the argument to int64 or float64' : 'Cast the argument to float64'
  return makeError('EXPR_ARITHMETIC_OVERFLOW', `The ${name} of a group is beyond ${type}. ${remedy}, or use trySum() to get null instead.`, {
    context: { name, type },
  })
}

export function divideByZero(what: string, remedy: string): MillraceError {
  return makeError('EXPR_DIVIDE_BY_ZERO', `${what}: division by zero. ${remedy}`, { context: { what } })
}

/** The value of a constant number argument, undefined where it is none. */
export function numberArgument(arg: ResolvedArgument): number | undefined {
  return constantNumber(arg.literal)
}

/** A literal's JSON value as a number: doubles that JSON lacks and 64-bit numbers are text there. */
export function constantNumber(literal: unknown): number | undefined {
  if (typeof literal === 'number') return literal
  if (typeof literal === 'bigint') return Number(literal)
  return typeof literal === 'string' && literal.trim() !== '' && (literal === 'NaN' || !Number.isNaN(Number(literal))) ? Number(literal) : undefined
}

export function invalidArgument(name: string, argument: string, value: unknown, wanted: string): MillraceError {
  const got = value === undefined ? 'an expression over columns' : JSON.stringify(value)
  return makeError('PLAN_INVALID_ARGUMENT', `${name}() got ${got} as ${argument}, which must be ${wanted}. Give another value.`, {
    context: { name, argument, value: value ?? null },
  })
}
