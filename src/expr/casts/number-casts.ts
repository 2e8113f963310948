import { getBit, newBitmap, setBit } from '../../columnar/bitmap.ts'
import { type DataType, float64Type, int32Type, isNumeric } from '../../columnar/data-type.ts'
import { booleanVector, isNullAt, retype, Vector } from '../../columnar/vector.ts'
import { type CastKernel, safe } from './cast-kernel.ts'
import { Failures } from '../failures.ts'
import { castOverflow } from './cast-errors.ts'

/**
 * Casts among numbers and booleans: fractions are cut off toward zero, and what does not fit raises (or is null in a
 * try_cast). Widening casts never fail and are marked safe.
 */
export function numberCastKernel(from: DataType, to: DataType, mode: 'ansi' | 'try'): CastKernel | undefined {
  if (from.kind === 'boolean' && isNumeric(to)) return safe(booleanToNumber(to))
  if (!isNumeric(from)) return undefined
  if (to.kind === 'boolean') return safe(numberToBoolean)
  if (!isNumeric(to)) return undefined
  if (from.kind === 'int64') return to.kind === 'float64' ? safe(bigintToDouble) : narrowBigint(to, mode)
  if (to.kind === 'int64') return from.kind === 'float64' ? doubleToBigint(to, mode) : safe(wholeToBigint(to))
  if (to.kind === 'float64' || (to.kind === 'integer' && from.kind === 'int32')) return safe(widen(to))
  return cutOff(from, to, mode)
}

/** int32 or integer as float64 memory. */
function widen(to: DataType): CastKernel {
  return input => {
    if (input.values instanceof Float64Array) return retype(input, to)
    return new Vector(to, input.length, input.validity, Float64Array.from(input.values as Int32Array))
  }
}

/** float64 or integer cut to int32, float64 cut to integer. */
function cutOff(from: DataType, to: DataType, mode: 'ansi' | 'try'): CastKernel {
  const limit = to.kind === 'int32' ? 2147483647 : Number.MAX_SAFE_INTEGER
  const lowest = to.kind === 'int32' ? -2147483648 : -limit
  return (input, length) => {
    const x = input.values as Float64Array
    const out = to.kind === 'int32' ? new Int32Array(length) : new Float64Array(length)
    const failures = new Failures(input.validity, length)
    for (let i = 0; i < length; i++) {
      // + 0 turns −0 into 0.
      const whole = Math.trunc(x[i]) + 0
      if (whole <= limit && whole >= lowest) out[i] = whole
      else if (!isNullAt(input, i)) {
        if (mode === 'ansi') throw castOverflow(x[i], from, to)
        failures.add(i)
      }
    }
    return new Vector(to, length, failures.validity, out)
  }
}

function doubleToBigint(to: DataType, mode: 'ansi' | 'try'): CastKernel {
  return (input, length) => {
    const x = input.values as Float64Array
    const out = new BigInt64Array(length)
    const failures = new Failures(input.validity, length)
    for (let i = 0; i < length; i++) {
      if (isNullAt(input, i)) continue
      const whole = Math.trunc(x[i])
      // 2^63 itself is let through and becomes the largest value, as the JVM's comparison with a rounded limit has it.
      if (whole >= -9223372036854775808 && whole <= 9223372036854775808) {
        out[i] = whole === 9223372036854775808 ? 9223372036854775807n : BigInt(whole)
      } else {
        if (mode === 'ansi') throw castOverflow(x[i], float64Type, to)
        failures.add(i)
      }
    }
    return new Vector(to, length, failures.validity, out)
  }
}

function wholeToBigint(to: DataType): CastKernel {
  return (input, length) => {
    const x = input.values as Float64Array | Int32Array
    const out = new BigInt64Array(length)
    for (let i = 0; i < length; i++) if (!isNullAt(input, i)) out[i] = BigInt(x[i])
    return new Vector(to, length, input.validity, out)
  }
}

const bigintToDouble: CastKernel = (input, length) => {
  const x = input.values as BigInt64Array
  const out = new Float64Array(length)
  for (let i = 0; i < length; i++) out[i] = Number(x[i])
  return new Vector(float64Type, length, input.validity, out)
}

/** int64 as int32 or integer. */
function narrowBigint(to: DataType, mode: 'ansi' | 'try'): CastKernel {
  const limit = to.kind === 'int32' ? 2147483647n : BigInt(Number.MAX_SAFE_INTEGER)
  const lowest = to.kind === 'int32' ? -2147483648n : -limit
  return (input, length) => {
    const x = input.values as BigInt64Array
    const out = to.kind === 'int32' ? new Int32Array(length) : new Float64Array(length)
    const failures = new Failures(input.validity, length)
    for (let i = 0; i < length; i++) {
      if (x[i] <= limit && x[i] >= lowest) out[i] = Number(x[i])
      else if (!isNullAt(input, i)) {
        if (mode === 'ansi') throw castOverflow(x[i], input.type, to)
        failures.add(i)
      }
    }
    return new Vector(to, length, failures.validity, out)
  }
}

function booleanToNumber(to: DataType): CastKernel {
  return (input, length) => {
    const bits = input.values as Uint8Array
    if (to.kind === 'int64') {
      const out = new BigInt64Array(length)
      for (let i = 0; i < length; i++) if (getBit(bits, i)) out[i] = 1n
      return new Vector(to, length, input.validity, out)
    }
    const out = to.kind === int32Type.kind ? new Int32Array(length) : new Float64Array(length)
    for (let i = 0; i < length; i++) if (getBit(bits, i)) out[i] = 1
    return new Vector(to, length, input.validity, out)
  }
}

/** Everything but zero is true, NaN included. */
const numberToBoolean: CastKernel = (input, length) => {
  const bits = newBitmap(length, false)
  if (input.type.kind === 'int64') {
    const x = input.values as BigInt64Array
    for (let i = 0; i < length; i++) if (x[i] !== 0n) setBit(bits, i)
  } else {
    const x = input.values as Float64Array | Int32Array
    for (let i = 0; i < length; i++) if (x[i] !== 0) setBit(bits, i)
  }
  return booleanVector(bits, length, input.validity)
}
