import { type DataType, float64Type, int32Type, int64Type, integerType, isNumeric, typeName } from '../../../columnar/data-type.ts'
import { makeError } from '../../../common/errors.ts'
import { digitsToNumber, roundDigits, shortestDigits } from '../../../columnar/text/decimal-digits.ts'
import { Vector } from '../../../columnar/vector.ts'
import type { FunctionEntry, Kernel, ResolvedArgument, Signature } from '../../function-table.ts'
import { overflow } from '../arithmetic.ts'
import { isPresent, signature } from '../define.ts'

const powersOfTen = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`))

/**
 * A double rounded in its decimal text (see decimal-digits.ts). Where the product with the power of ten is clearly not
 * half-way, which is nearly always, the text is not needed: the nearest whole number over the power is the same double.
 * The result is never −0 (+ 0 sees to it), since decimal text has no such thing.
 */
export function roundDouble(x: number, scale: number, mode: 'halfUp' | 'halfEven'): number {
  if (!Number.isFinite(x)) return x
  if (scale >= 0 && scale <= 15) {
    const power = powersOfTen[scale]
    const scaled = Math.abs(x) * power
    if (scaled < 2 ** 40) {
      const floor = Math.floor(scaled)
      const part = scaled - floor
      if (Math.abs(part - 0.5) > 0.001) return ((x < 0 ? -1 : 1) * (part > 0.5 ? floor + 1 : floor)) / power + 0
    }
  }
  return digitsToNumber(roundDigits(shortestDigits(x), scale, mode)) + 0
}

/** A whole number rounded to tens, hundreds, …; a scale of 0 or more leaves it. */
function roundWhole(x: bigint, scale: number, mode: 'halfUp' | 'halfEven'): bigint {
  if (scale >= 0) return x
  if (scale < -20) return 0n
  const unit = 10n ** BigInt(-scale)
  const magnitude = x < 0n ? -x : x
  const rest = magnitude % unit
  const down = magnitude - rest
  const twice = rest * 2n
  const up = twice > unit || (twice === unit && (mode === 'halfUp' || (down / unit) % 2n === 1n))
  const rounded = up ? down + unit : down
  return x < 0n ? -rounded : rounded
}

/** The power of ten at which Java's whole numbers end. */
const maxPower = 646_456_993

/** Powers of ten that Java cannot compute are an overflow, but for numbers that need none. */
function checkScale(name: string, x: number | bigint, scale: number, needsNone: boolean): void {
  if (Math.abs(scale) > maxPower && !needsNone) throw overflow(`${name}(${x}, ${scale})`)
}

function roundKernel(type: DataType, mode: 'halfUp' | 'halfEven'): Kernel {
  return ([a, scales], length, validity) => {
    const scale = scales === undefined ? new Int32Array(length) : (scales.values as Int32Array)
    if (type.kind === 'float64') {
      const x = a.values as Float64Array
      const out = new Float64Array(length)
      for (let i = 0; i < length; i++) {
        if (!isPresent(validity, i)) continue
        checkScale('round', x[i], scale[i], !Number.isFinite(x[i]))
        out[i] = roundDouble(x[i], scale[i], mode)
      }
      return new Vector(type, length, validity, out)
    }
    if (type.kind === 'int64') {
      const x = a.values as BigInt64Array
      const out = new BigInt64Array(length)
      for (let i = 0; i < length; i++) {
        if (!isPresent(validity, i)) continue
        checkScale('round', x[i], scale[i], scale[i] >= 0)
        const rounded = roundWhole(x[i], scale[i], mode)
        if (BigInt.asIntN(64, rounded) !== rounded) throw overflow(`round(${x[i]}, ${scale[i]}) (bigint)`)
        out[i] = rounded
      }
      return new Vector(type, length, validity, out)
    }
    const x = a.values as Int32Array | Float64Array
    const out = type.kind === 'int32' ? new Int32Array(length) : new Float64Array(length)
    const limit = type.kind === 'int32' ? 2147483647 : Number.MAX_SAFE_INTEGER
    for (let i = 0; i < length; i++) {
      if (!isPresent(validity, i)) continue
      checkScale('round', x[i], scale[i], scale[i] >= 0)
      const rounded = scale[i] >= 0 ? x[i] : Number(roundWhole(BigInt(x[i]), scale[i], mode))
      if (rounded > limit || rounded < -limit) {
        if (rounded !== x[i]) throw overflow(`round(${x[i]}, ${scale[i]}) (${type.kind === 'int32' ? 'int' : 'bigint'})`)
      }
      out[i] = rounded
    }
    return new Vector(type, length, validity, out)
  }
}

function rounding(name: string, mode: 'halfUp' | 'halfEven', doc: string): FunctionEntry {
  return {
    name,
    arity: [1, 2],
    usage: `${name}(x: number[, scale: int])`,
    doc,
    resolve: args => {
      const type = numberOrText(args[0].type)
      return type === undefined ? undefined : signature([type, int32Type].slice(0, args.length), type, roundKernel(type, mode))
    },
  }
}

function numberOrText(type: DataType): DataType | undefined {
  if (isNumeric(type)) return type
  return type.kind === 'string' || type.kind === 'null' ? float64Type : undefined
}

/** Up or down to a whole number: `integer`, or int64 for an int64. */
function wholeSignature(name: string, args: readonly ResolvedArgument[], f: (x: number) => number): Signature | undefined {
  const type = numberOrText(args[0].type)
  if (type === undefined) return undefined
  if (args.length === 2) {
    const scale = args[1].type
    if (scale.kind === 'int32' || scale.kind === 'integer') return scaledSignature(name === 'ceil')
    throw makeError('PLAN_TYPE_MISMATCH', `${name}() takes a whole number for its scale, but got ${typeName(scale)}. Write a literal such as 2.`, {
      context: { name, type: typeName(scale) },
      spark: 'NON_FOLDABLE_ARGUMENT',
    })
  }
  if (type.kind === 'int64') return signature([int64Type], int64Type, ([a]) => a)
  if (type.kind !== 'float64') return signature([integerType], integerType, ([a]) => a)
  const kernel: Kernel = ([a], length, validity) => {
    const x = a.values as Float64Array
    const out = new Float64Array(length)
    for (let i = 0; i < length; i++) {
      const whole = f(x[i]) + 0
      if (Math.abs(whole) <= Number.MAX_SAFE_INTEGER) out[i] = whole
      else if (!Number.isNaN(whole) && isPresent(validity, i)) throw overflow(`${name}(${x[i]}) (bigint)`)
    }
    return new Vector(integerType, length, validity, out)
  }
  return signature([float64Type], integerType, kernel)
}

/** ceil(x, scale) and floor(x, scale) of a double stay doubles and go through the decimal text as round does. */
function scaledSignature(isUp: boolean): Signature {
  const kernel: Kernel = ([a, scales], length, validity) => {
    const x = a.values as Float64Array
    const scale = scales.values as Int32Array
    const out = new Float64Array(length)
    for (let i = 0; i < length; i++) {
      if (!isPresent(validity, i)) continue
      checkScale(isUp ? 'ceil' : 'floor', x[i], scale[i], !Number.isFinite(x[i]))
      const away = x[i] > 0 === isUp
      out[i] = Number.isFinite(x[i]) ? digitsToNumber(roundDigits(shortestDigits(x[i]), scale[i], away ? 'up' : 'down')) + 0 : x[i]
    }
    return new Vector(float64Type, length, validity, out)
  }
  return signature([float64Type, int32Type], float64Type, kernel)
}

export const roundingFunctions: readonly FunctionEntry[] = [
  rounding('round', 'halfUp', 'The number to scale digits after the point (0, and negative for tens), half-way numbers away from zero.'),
  rounding('bround', 'halfEven', 'The number to scale digits after the point, half-way numbers to the even digit.'),
  {
    name: 'ceil',
    aliases: ['ceiling'],
    arity: [1, 2],
    usage: 'ceil(x: number[, scale: int])',
    doc: 'The smallest whole number that is not below x; with a scale, the smallest such number with that many digits after the point.',
    resolve: args => wholeSignature('ceil', args, Math.ceil),
  },
  {
    name: 'floor',
    arity: [1, 2],
    usage: 'floor(x: number[, scale: int])',
    doc: 'The largest whole number that is not above x; with a scale, the largest such number with that many digits after the point.',
    resolve: args => wholeSignature('floor', args, Math.floor),
  },
]
