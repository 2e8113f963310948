import { makeError } from '../../common/errors.ts'
import { type DataType, float64Type, int64Type, integerType } from '../../columnar/data-type.ts'
import { Vector } from '../../columnar/vector.ts'
import type { FunctionEntry, Kernel, ResolvedArgument, Signature } from '../function-table.ts'
import { Failures } from '../failures.ts'
import { dateOperator } from './datetime-operators.ts'
import { isPresent, signature } from './define.ts'
import { operandType, wrongOperands } from './operands.ts'

/**
 * Arithmetic in the operands' own width (functions.md, global rules 2 and 3): overflow and division by zero raise, the
 * `try_` twins give null. int32 op int32 is int32, with integer it is integer, with int64 int64, with float64 float64.
 */
type Operator = '+' | '-' | '*'

const maxSafe = Number.MAX_SAFE_INTEGER
const min64 = -(2n ** 63n)
const max64 = 2n ** 63n - 1n

export function overflow(what: string): Error {
  return makeError('EXPR_ARITHMETIC_OVERFLOW', `${what} is beyond its type. Cast the operands to a wider type, or use the try_ function to get null instead.`, {
    context: { what },
  })
}

function divideByZero(what: string): Error {
  return makeError('EXPR_DIVIDE_BY_ZERO', `${what}: division by zero. Use tryDivide() to get null instead, or test the divisor first.`, { context: { what } })
}

function remainderByZero(what: string): Error {
  return makeError('EXPR_REMAINDER_BY_ZERO', `${what}: remainder of a division by zero. Use tryMod() to get null instead, or test the divisor first.`, {
    context: { what },
  })
}

function addKernel(op: Operator, type: DataType, attempt: boolean): Kernel {
  switch (type.kind) {
    case 'float64':
      return ([a, b], length, validity) => {
        const x = a.values as Float64Array
        const y = b.values as Float64Array
        const out = new Float64Array(length)
        if (op === '+') for (let i = 0; i < length; i++) out[i] = x[i] + y[i]
        else if (op === '-') for (let i = 0; i < length; i++) out[i] = x[i] - y[i]
        else for (let i = 0; i < length; i++) out[i] = x[i] * y[i]
        return new Vector(type, length, validity, out)
      }
    case 'integer':
      return ([a, b], length, validity) => {
        const x = a.values as Float64Array
        const y = b.values as Float64Array
        const out = new Float64Array(length)
        const failures = new Failures(validity, length)
        for (let i = 0; i < length; i++) {
          // A product of whole numbers is never −0 in Spark's bigint; + 0 keeps it out here.
          const r = (op === '+' ? x[i] + y[i] : op === '-' ? x[i] - y[i] : x[i] * y[i]) + 0
          if ((r > maxSafe || r < -maxSafe) && isPresent(validity, i)) {
            if (!attempt) throw overflow(`${x[i]} ${op} ${y[i]} (integer)`)
            failures.add(i)
          }
          out[i] = r
        }
        return new Vector(type, length, failures.validity, out)
      }
    case 'int32':
      return ([a, b], length, validity) => {
        const x = a.values as Int32Array
        const y = b.values as Int32Array
        const out = new Int32Array(length)
        const failures = new Failures(validity, length)
        for (let i = 0; i < length; i++) {
          const r = op === '+' ? x[i] + y[i] : op === '-' ? x[i] - y[i] : x[i] * y[i]
          if ((r > 2147483647 || r < -2147483648) && isPresent(validity, i)) {
            if (!attempt) throw overflow(`${x[i]} ${op} ${y[i]} (int)`)
            failures.add(i)
          }
          out[i] = r
        }
        return new Vector(type, length, failures.validity, out)
      }
    default:
      return ([a, b], length, validity) => {
        const x = a.values as BigInt64Array
        const y = b.values as BigInt64Array
        const out = new BigInt64Array(length)
        const failures = new Failures(validity, length)
        for (let i = 0; i < length; i++) {
          if (!isPresent(validity, i)) continue
          const r = op === '+' ? x[i] + y[i] : op === '-' ? x[i] - y[i] : x[i] * y[i]
          if (r > max64 || r < min64) {
            if (!attempt) throw overflow(`${x[i]} ${op} ${y[i]} (bigint)`)
            failures.add(i)
          } else out[i] = r
        }
        return new Vector(type, length, failures.validity, out)
      }
  }
}

function sumLike(op: Operator, name: string, aliases: readonly string[], attempt: boolean, doc: string): FunctionEntry {
  return {
    name,
    aliases,
    arity: [2, 2],
    usage: attempt ? `${name}(left: number, right: number)` : `left ${op} right (numbers)`,
    doc,
    triesCasts: attempt,
    resolve: args => {
      const dated = op === '*' ? undefined : dateOperator(op, args)
      if (dated !== undefined) return dated
      const type = operandType(args)
      if (type === undefined) throw wrongOperands(`left ${op} right (numbers)`, args)
      return signature([type, type], type, addKernel(op, type, attempt), attempt)
    },
  }
}

function divideKernel(attempt: boolean): Kernel {
  return ([a, b], length, validity) => {
    const x = a.values as Float64Array
    const y = b.values as Float64Array
    const out = new Float64Array(length)
    const failures = new Failures(validity, length)
    for (let i = 0; i < length; i++) {
      if (y[i] === 0 && isPresent(validity, i)) {
        if (!attempt) throw divideByZero(`${x[i]} / ${y[i]}`)
        failures.add(i)
      }
      out[i] = x[i] / y[i]
    }
    return new Vector(float64Type, length, failures.validity, out)
  }
}

function divideSignature(args: readonly ResolvedArgument[], attempt: boolean): Signature {
  if (operandType(args) === undefined) throw wrongOperands('left / right (numbers)', args)
  return signature([float64Type, float64Type], float64Type, divideKernel(attempt), attempt)
}

/** Whole-number division, truncated toward zero. */
function divKernel(type: DataType): Kernel {
  return ([a, b], length, validity) => {
    if (type.kind === 'int64') {
      const x = a.values as BigInt64Array
      const y = b.values as BigInt64Array
      const out = new BigInt64Array(length)
      for (let i = 0; i < length; i++) {
        if (!isPresent(validity, i)) continue
        if (y[i] === 0n) throw divideByZero(`${x[i]} div 0`)
        const r = x[i] / y[i]
        if (r > max64) throw overflow(`${x[i]} div ${y[i]} (bigint)`)
        out[i] = r
      }
      return new Vector(type, length, validity, out)
    }
    const x = a.values as Float64Array
    const y = b.values as Float64Array
    const out = new Float64Array(length)
    for (let i = 0; i < length; i++) {
      if (!isPresent(validity, i)) continue
      if (y[i] === 0) throw divideByZero(`${x[i]} div 0`)
      // The quotient of two safe integers, rounded to a double, can round up to the next whole number; the remainder is exact.
      out[i] = (x[i] - (x[i] % y[i])) / y[i] + 0
    }
    return new Vector(type, length, validity, out)
  }
}

function modKernel(type: DataType, attempt: boolean, positive: boolean): Kernel {
  return ([a, b], length, validity) => {
    const failures = new Failures(validity, length)
    if (type.kind === 'int64') {
      const x = a.values as BigInt64Array
      const y = b.values as BigInt64Array
      const out = new BigInt64Array(length)
      for (let i = 0; i < length; i++) {
        if (!isPresent(validity, i)) continue
        if (y[i] === 0n) {
          if (!attempt) throw remainderByZero(`${x[i]} % 0`)
          failures.add(i)
          continue
        }
        const r = x[i] % y[i]
        out[i] = positive && r < 0n ? (r + y[i]) % y[i] : r
      }
      return new Vector(type, length, failures.validity, out)
    }
    const x = a.values as Float64Array
    const y = b.values as Float64Array
    const out = type.kind === 'int32' ? new Int32Array(length) : new Float64Array(length)
    const keepsZeroSign = type.kind === 'float64'
    for (let i = 0; i < length; i++) {
      if (!isPresent(validity, i)) continue
      if (y[i] === 0) {
        if (!attempt) throw remainderByZero(`${x[i]} % ${y[i]}`)
        failures.add(i)
        continue
      }
      const r = x[i] % y[i]
      const s = positive && r < 0 ? (r + y[i]) % y[i] : r
      out[i] = keepsZeroSign ? s : s + 0
    }
    return new Vector(type, length, failures.validity, out)
  }
}

function modLike(name: string, aliases: readonly string[], attempt: boolean, positive: boolean, doc: string): FunctionEntry {
  return {
    name,
    aliases,
    arity: [2, 2],
    usage: name === '%' ? 'left % right (numbers)' : `${name}(left: number, right: number)`,
    doc,
    rightFirst: true,
    triesCasts: attempt,
    resolve: args => {
      const type = operandType(args)
      if (type === undefined) throw wrongOperands(`${name}(left, right) (numbers)`, args)
      return signature([type, type], type, modKernel(type, attempt, positive), attempt)
    },
  }
}

export const arithmeticFunctions: readonly FunctionEntry[] = [
  sumLike('+', '+', [], false, 'Sum of two numbers; overflow raises.'),
  sumLike('-', '-', [], false, 'Difference of two numbers; overflow raises.'),
  sumLike('*', '*', [], false, 'Product of two numbers; overflow raises.'),
  sumLike('+', 'try_add', [], true, 'Sum of two numbers, null where it overflows.'),
  sumLike('-', 'try_subtract', [], true, 'Difference of two numbers, null where it overflows.'),
  sumLike('*', 'try_multiply', [], true, 'Product of two numbers, null where it overflows.'),
  {
    name: '/',
    arity: [2, 2],
    usage: 'left / right (numbers) -> double',
    doc: 'Quotient as a double; division by zero raises.',
    rightFirst: true,
    resolve: args => divideSignature(args, false),
  },
  {
    name: 'try_divide',
    arity: [2, 2],
    usage: 'try_divide(left: number, right: number) -> double',
    doc: 'Quotient as a double, null where the divisor is zero.',
    triesCasts: true,
    rightFirst: true,
    resolve: args => divideSignature(args, true),
  },
  {
    name: 'div',
    arity: [2, 2],
    usage: 'left div right (whole numbers) -> bigint',
    doc: 'Quotient without its fraction, toward zero; division by zero raises.',
    rightFirst: true,
    resolve: args => {
      const type = operandType(args)
      if (type === undefined || (type.kind === 'float64' && args.some(a => a.type.kind !== 'null'))) {
        throw wrongOperands('left div right (whole numbers)', args)
      }
      const wide = type.kind === 'int64' ? int64Type : integerType
      return signature([wide, wide], wide, divKernel(wide))
    },
  },
  modLike('%', ['mod'], false, false, 'Remainder with the sign of the dividend; a zero divisor raises.'),
  modLike('try_mod', [], true, false, 'Remainder with the sign of the dividend, null where the divisor is zero.'),
  modLike('pmod', [], false, true, 'Remainder that is not negative for a positive divisor; a zero divisor raises.'),
]
