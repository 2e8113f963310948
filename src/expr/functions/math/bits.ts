import { booleanType, type DataType, int32Type, int64Type, integerType, isIntegral, isNumeric } from '../../../columnar/data-type.ts'
import { Vector } from '../../../columnar/vector.ts'
import { widerNumeric } from '../../coercion.ts'
import type { FunctionEntry, Kernel, ResolvedArgument, Signature } from '../../function-table.ts'
import { isPresent, rowFunction, signature } from '../define.ts'
import { overflow } from '../arithmetic.ts'
import { operandMismatch } from '../operands.ts'
import { invalidArgument } from '../invalid-argument.ts'

/**
 * Bits of whole numbers in two's complement: 32 for int32, 64 for int64. An `integer` is a bigint in other clothes: it is
 * computed in 64 bits and overflows where the result is beyond ±(2^53 − 1).
 */
interface BitOperation {
  readonly narrow: (x: number, y: number) => number
  readonly wide: (x: bigint, y: bigint) => bigint
}

function asInteger(value: bigint, what: string): number {
  const result = Number(value)
  if (!Number.isSafeInteger(result)) throw overflow(`${what} (integer)`)
  return result
}

/** x and y in one type; what it gives is of that type too. */
function bitKernel(type: DataType, op: BitOperation, what: string): Kernel {
  return ([a, b], length, validity) => {
    if (type.kind === 'int32') {
      const x = a.values as Int32Array
      const y = b.values as Int32Array
      const out = new Int32Array(length)
      for (let i = 0; i < length; i++) out[i] = op.narrow(x[i], y[i])
      return new Vector(type, length, validity, out)
    }
    if (type.kind === 'int64') {
      const x = a.values as BigInt64Array
      const y = b.values as BigInt64Array
      const out = new BigInt64Array(length)
      for (let i = 0; i < length; i++) if (isPresent(validity, i)) out[i] = op.wide(x[i], y[i])
      return new Vector(type, length, validity, out)
    }
    const x = a.values as Float64Array
    const y = b.values as Float64Array
    const out = new Float64Array(length)
    for (let i = 0; i < length; i++) {
      if (isPresent(validity, i)) out[i] = asInteger(op.wide(BigInt(x[i]), BigInt(y[i])), `${x[i]} ${what} ${y[i]}`)
    }
    return new Vector(type, length, validity, out)
  }
}

function wholeType(type: DataType): DataType | undefined {
  if (isIntegral(type)) return type
  if (type.kind === 'string') return integerType
  return type.kind === 'null' ? int32Type : undefined
}

function bitwise(name: string, op: BitOperation, doc: string): FunctionEntry {
  return {
    name,
    arity: [2, 2],
    usage: `left ${name} right (whole numbers)`,
    doc,
    mismatch: operandMismatch,
    resolve: args => {
      const [a, b] = args.map(arg => wholeType(arg.type))
      if (a === undefined || b === undefined) return undefined
      const type = widerNumeric(a, b)
      return signature([type, type], type, bitKernel(type, op, name))
    },
  }
}

/** The count is taken modulo the width, as the JVM does. */
function shift(name: string, aliases: readonly string[], op: BitOperation, doc: string): FunctionEntry {
  return {
    name,
    aliases,
    arity: [2, 2],
    usage: `${name}(value: int | bigint, count: int)`,
    doc,
    resolve: ([value]) => {
      // Text and fractions become an int, where other functions of bits refuse them.
      const type = isIntegral(value.type) ? value.type : value.type.kind === 'string' || value.type.kind === 'null' || isNumeric(value.type) ? int32Type : undefined
      if (type === undefined) return undefined
      const kernel: Kernel = ([a, counts], length, validity, context) => {
        if (type.kind === 'int32') return bitKernel(type, op, name)([a, counts], length, validity, context)
        const count = counts.values as Int32Array
        const wide = type.kind === 'int64' ? BigInt64Array.from(count.subarray(0, length), BigInt) : Float64Array.from(count.subarray(0, length))
        return bitKernel(type, op, name)([a, new Vector(type, length, null, wide)], length, validity, context)
      }
      return signature([type, int32Type], type, kernel)
    },
  }
}

const notKernel = (type: DataType): Kernel => ([a], length, validity) => {
  if (type.kind === 'int32') return new Vector(type, length, validity, Int32Array.from((a.values as Int32Array).subarray(0, length), x => ~x))
  if (type.kind === 'int64') return new Vector(type, length, validity, BigInt64Array.from((a.values as BigInt64Array).subarray(0, length), x => ~x))
  // ~x is −x − 1, which stays within ±2^53 − 1 but for the largest integer.
  const x = a.values as Float64Array
  const out = new Float64Array(length)
  for (let i = 0; i < length; i++) {
    if (x[i] === Number.MAX_SAFE_INTEGER && isPresent(validity, i)) throw overflow(`~${x[i]} (integer)`)
    out[i] = -x[i] - 1
  }
  return new Vector(type, length, validity, out)
}

function ones(value: bigint): number {
  let n = 0
  for (let rest = BigInt.asUintN(64, value); rest > 0n; rest &= rest - 1n) n++
  return n
}

/** Counts over 64 bits whatever the type: −1 has 64 ones as an int too. */
function bitCountSignature([value]: readonly ResolvedArgument[]): Signature | undefined {
  if (value.type.kind === 'boolean') {
    return signature([booleanType], int32Type, ([a], length, validity) => {
      const bits = a.values as Uint8Array
      const out = new Int32Array(length)
      for (let i = 0; i < length; i++) out[i] = (bits[i >> 3] >> (i & 7)) & 1
      return new Vector(int32Type, length, validity, out)
    })
  }
  if (!isIntegral(value.type) && value.type.kind !== 'null') return undefined
  return signature([int64Type], int32Type, ([a], length, validity) => {
    const x = a.values as BigInt64Array
    const out = new Int32Array(length)
    for (let i = 0; i < length; i++) if (isPresent(validity, i)) out[i] = ones(x[i])
    return new Vector(int32Type, length, validity, out)
  })
}

/** Bit `position` of a number as wide as its type (an `integer` is 64 bits wide). */
function bitGetEntry(): FunctionEntry {
  const ofWidth = (width: number): FunctionEntry =>
    rowFunction({
      name: 'bit_get',
      aliases: ['getbit'],
      args: [int64Type, int32Type],
      result: int32Type,
      usage: 'bit_get(value: int | bigint, position: int) -> int',
      doc: 'The bit (0 or 1) at a position, counted from the right from 0.',
      row: (value, position) => {
        if (position < 0 || position >= width) {
          throw invalidArgument('bit_get', `the position ${position}`, `Bits count from 0 to ${width - 1}.`, 'INVALID_PARAMETER_VALUE.BIT_POSITION_RANGE')
        }
        return Number((value >> BigInt(position)) & 1n)
      },
    })
  const narrow = ofWidth(32)
  const wide = ofWidth(64)
  return {
    ...wide,
    resolve: args => (isIntegral(args[0].type) || args[0].type.kind === 'null' ? (args[0].type.kind === 'int32' ? narrow : wide).resolve(args) : undefined),
  }
}

const asInt64 = (x: bigint): bigint => BigInt.asIntN(64, x)

export const bitFunctions: readonly FunctionEntry[] = [
  bitwise('&', { narrow: (x, y) => x & y, wide: (x, y) => x & y }, 'Bits set in both numbers.'),
  bitwise('|', { narrow: (x, y) => x | y, wide: (x, y) => x | y }, 'Bits set in one of the numbers or both.'),
  bitwise('^', { narrow: (x, y) => x ^ y, wide: (x, y) => x ^ y }, 'Bits set in exactly one of the numbers.'),
  {
    name: '~',
    arity: [1, 1],
    usage: '~x (whole number)',
    doc: 'Every bit turned over.',
    resolve: ([x]) => {
      const type = x.type.kind === 'string' ? undefined : wholeType(x.type)
      return type === undefined ? undefined : signature([type], type, notKernel(type))
    },
  },
  shift('shiftleft', ['<<'], { narrow: (x, n) => x << n, wide: (x, n) => asInt64(x << (n & 63n)) }, 'The bits moved to the left.'),
  shift('shiftright', ['>>'], { narrow: (x, n) => x >> n, wide: (x, n) => x >> (n & 63n) }, 'The bits moved to the right, the sign kept.'),
  shift(
    'shiftrightunsigned',
    ['>>>'],
    { narrow: (x, n) => (x >>> n) | 0, wide: (x, n) => asInt64(BigInt.asUintN(64, x) >> (n & 63n)) },
    'The bits moved to the right, zeros coming in.',
  ),
  {
    name: 'bit_count',
    arity: [1, 1],
    usage: 'bit_count(value: int | bigint | boolean) -> int',
    doc: 'How many bits of a number are set, in 64 bits.',
    safe: true,
    resolve: bitCountSignature,
  },
  bitGetEntry(),
]
