import { float64Type, int32Type, int64Type } from '../../../columnar/data-type.ts'
import { Vector } from '../../../columnar/vector.ts'
import { Failures } from '../../failures.ts'
import type { FunctionEntry, Kernel } from '../../function-table.ts'
import { fixed, float64Map, rowFunction, rowKernel, signature } from '../define.ts'
import { widthBucket } from './width-bucket.ts'

/**
 * Functions of doubles: exact where the platform's Math is (sqrt, and the logarithms by measurement), else within two
 * units in the last place of other implementations. Outside their domain they give NaN, the logarithms null.
 */
function unary(name: string, f: (x: number) => number, doc: string, aliases: readonly string[] = []): FunctionEntry {
  return fixed({
    name,
    aliases,
    args: [float64Type],
    result: float64Type,
    usage: `${name}(x: double) -> double`,
    doc,
    safe: true,
    kernel: float64Map(float64Type, f),
  })
}

/** Null where x is at or below `limit`. */
function logarithm(name: string, limit: number, f: (x: number) => number, doc: string): FunctionEntry {
  const kernel: Kernel = ([a], length, validity) => {
    const x = a.values as Float64Array
    const out = new Float64Array(length)
    const failures = new Failures(validity, length)
    for (let i = 0; i < length; i++) {
      if (x[i] <= limit) failures.add(i)
      else out[i] = f(x[i])
    }
    return new Vector(float64Type, length, failures.validity, out)
  }
  return fixed({ name, args: [float64Type], result: float64Type, usage: `${name}(x: double) -> double`, doc, safe: true, nullable: true, kernel })
}

function binary(name: string, f: (x: number, y: number) => number, usage: string, doc: string, aliases: readonly string[] = []): FunctionEntry {
  const kernel: Kernel = ([a, b], length, validity) => {
    const x = a.values as Float64Array
    const y = b.values as Float64Array
    const out = new Float64Array(length)
    for (let i = 0; i < length; i++) out[i] = f(x[i], y[i])
    return new Vector(float64Type, length, validity, out)
  }
  return fixed({ name, aliases, args: [float64Type, float64Type], result: float64Type, usage, doc, safe: true, kernel })
}

function constant(name: string, value: number, doc: string): FunctionEntry {
  return fixed({
    name,
    args: [],
    result: float64Type,
    usage: `${name}() -> double`,
    doc,
    safe: true,
    kernel: (_args, length, validity) => new Vector(float64Type, length, validity, new Float64Array(length).fill(value)),
  })
}

/** The logarithm of x to a base; null where one of them is not positive. */
const logBaseKernel = rowKernel([float64Type, float64Type], float64Type, (base, x) => (base <= 0 || x <= 0 ? null : Math.log(x) / Math.log(base)))

const naturalLog = logarithm('log', 0, Math.log, '')

const log: FunctionEntry = {
  ...naturalLog,
  arity: [1, 2],
  usage: 'log([base: double, ]x: double) -> double',
  doc: 'The natural logarithm, or with two arguments the logarithm of the second to the base of the first; null where an argument is not positive.',
  resolve: args => (args.length === 1 ? naturalLog.resolve(args) : signature([float64Type, float64Type], float64Type, logBaseKernel, true)),
}

/** As Java's pow: NaN where the base is ±1 and the exponent infinite, which is what ECMAScript has too. */
const pow = (x: number, y: number): number => x ** y

/** Half-way numbers go to the even neighbour. */
function rint(x: number): number {
  const floor = Math.floor(x)
  const part = x - floor
  if (part < 0.5) return floor === 0 && x < 0 ? -0 : floor
  if (part > 0.5) return signed(floor + 1, x)
  return signed(floor % 2 === 0 ? floor : floor + 1, x)
}

function signed(rounded: number, x: number): number {
  return rounded === 0 && (x < 0 || Object.is(x, -0)) ? -0 : rounded
}

const maxFactorial = 20
const factorials = [1n]
for (let n = 1; n <= maxFactorial; n++) factorials.push(factorials[n - 1] * BigInt(n))

export const elementaryFunctions: readonly FunctionEntry[] = [
  unary('sqrt', Math.sqrt, 'The square root; NaN for a negative number.'),
  unary('cbrt', Math.cbrt, 'The cube root.'),
  unary('exp', Math.exp, 'e to the power of x.'),
  unary('expm1', Math.expm1, 'e to the power of x, less one; exact near zero.'),
  unary('sin', Math.sin, 'The sine of an angle in radians.'),
  unary('cos', Math.cos, 'The cosine of an angle in radians.'),
  unary('tan', Math.tan, 'The tangent of an angle in radians.'),
  unary('cot', x => 1 / Math.tan(x), 'The cotangent of an angle in radians.'),
  unary('sec', x => 1 / Math.cos(x), 'The secant of an angle in radians.'),
  unary('csc', x => 1 / Math.sin(x), 'The cosecant of an angle in radians.'),
  unary('asin', Math.asin, 'The angle whose sine is x, in radians; NaN outside [−1, 1].'),
  unary('acos', Math.acos, 'The angle whose cosine is x, in radians; NaN outside [−1, 1].'),
  unary('atan', Math.atan, 'The angle whose tangent is x, in radians.'),
  unary('sinh', Math.sinh, 'The hyperbolic sine.'),
  unary('cosh', Math.cosh, 'The hyperbolic cosine.'),
  unary('tanh', Math.tanh, 'The hyperbolic tangent.'),
  unary('asinh', Math.asinh, 'The inverse hyperbolic sine.'),
  unary('acosh', Math.acosh, 'The inverse hyperbolic cosine; NaN below 1.'),
  unary('atanh', Math.atanh, 'The inverse hyperbolic tangent; NaN outside [−1, 1].'),
  unary('degrees', x => x * (180 / Math.PI), 'Radians as degrees.'),
  unary('radians', x => x * (Math.PI / 180), 'Degrees as radians.'),
  unary('rint', rint, 'The nearest whole number as a double, half-way numbers to the even one.'),
  unary('signum', x => (Number.isNaN(x) ? NaN : x > 0 ? 1 : x < 0 ? -1 : x), '−1, 0 or 1, by the sign of x.', ['sign']),
  logarithm('ln', 0, Math.log, 'The natural logarithm; null where x is not positive.'),
  logarithm('log2', 0, x => Math.log(x) / Math.LN2, 'The logarithm to base 2; null where x is not positive.'),
  logarithm('log10', 0, Math.log10, 'The logarithm to base 10; null where x is not positive.'),
  logarithm('log1p', -1, Math.log1p, 'The natural logarithm of 1 + x; null where x is −1 or below.'),
  log,
  binary('pow', pow, 'pow(x: double, y: double) -> double', 'x to the power of y.', ['power']),
  // Adding zero makes −0 a 0, so that atan2(−0, −1) is π and not −π.
  binary('atan2', (y, x) => Math.atan2(y + 0, x + 0), 'atan2(y: double, x: double) -> double', 'The angle of the point (x, y), in radians.'),
  binary('hypot', Math.hypot, 'hypot(x: double, y: double) -> double', 'The length of the vector (x, y).'),
  constant('e', Math.E, 'Euler\'s number.'),
  constant('pi', Math.PI, 'The ratio of a circle\'s circumference to its diameter.'),
  rowFunction({
    name: 'factorial',
    args: [int32Type],
    result: int64Type,
    nullable: true,
    usage: 'factorial(n: int) -> bigint',
    doc: 'The product of 1 … n for n from 0 to 20, else null.',
    safe: true,
    row: n => factorials[n] ?? null,
  }),
  widthBucket,
]
