/** Functions of numbers. */
import { call } from '../column.ts'
import type { Column, NullIn, Numeric } from '../column-types.ts'
import type { NumberIn, WholeOf } from './arguments.ts'

/** The number without its sign; overflow raises. */
export function abs<A extends Numeric>(x: A): Column<NumberIn<A> | NullIn<A>> {
  return call('abs', x)
}

/** The number with the other sign; overflow raises. */
export function negative<A extends Numeric>(x: A): Column<NumberIn<A> | NullIn<A>> {
  return call('negative', x)
}

/** The number itself. */
export function positive<A extends Numeric>(x: A): Column<NumberIn<A> | NullIn<A>> {
  return call('positive', x)
}

/** The number to scale digits after the point (0, and negative for tens), half-way numbers away from zero. */
export function round<A extends Numeric, B extends Numeric = never>(x: A, scale?: B): Column<NumberIn<A> | NullIn<A | NoInfer<B>>> {
  return call('round', x, scale)
}

/** The number to scale digits after the point, half-way numbers to the even digit. */
export function bround<A extends Numeric, B extends Numeric = never>(x: A, scale?: B): Column<NumberIn<A> | NullIn<A | NoInfer<B>>> {
  return call('bround', x, scale)
}

/** The smallest whole number that is not below x; with a scale, the smallest such number with that many digits after the point. */
export function ceil<A extends Numeric, B extends Numeric = never>(x: A, scale?: B): Column<WholeOf<A, NoInfer<B>> | NullIn<A | NoInfer<B>>> {
  return call('ceil', x, scale)
}

/** The largest whole number that is not above x; with a scale, the largest such number with that many digits after the point. */
export function floor<A extends Numeric, B extends Numeric = never>(x: A, scale?: B): Column<WholeOf<A, NoInfer<B>> | NullIn<A | NoInfer<B>>> {
  return call('floor', x, scale)
}

/** The nearest whole number as a double, half-way numbers to the even one. */
export function rint<A extends Numeric>(x: A): Column<number | NullIn<A>> {
  return call('rint', x)
}

/** −1, 0 or 1, by the sign of x. */
export function signum<A extends Numeric>(x: A): Column<number | NullIn<A>> {
  return call('signum', x)
}

/** The square root; NaN for a negative number. */
export function sqrt<A extends Numeric>(x: A): Column<number | NullIn<A>> {
  return call('sqrt', x)
}

/** The cube root. */
export function cbrt<A extends Numeric>(x: A): Column<number | NullIn<A>> {
  return call('cbrt', x)
}

/** e to the power of x. */
export function exp<A extends Numeric>(x: A): Column<number | NullIn<A>> {
  return call('exp', x)
}

/** e to the power of x, less one; exact near zero. */
export function expm1<A extends Numeric>(x: A): Column<number | NullIn<A>> {
  return call('expm1', x)
}

/** The natural logarithm; null where x is not positive. */
export function ln<A extends Numeric>(x: A): Column<number | null> {
  return call('ln', x)
}

/** The natural logarithm, or with two arguments the logarithm of the second to the base of the first; null where an argument is not positive. */
export function log<A extends Numeric, B extends Numeric = never>(baseOrX: A, x?: B): Column<number | null> {
  return call('log', baseOrX, x)
}

/** The logarithm to base 2; null where x is not positive. */
export function log2<A extends Numeric>(x: A): Column<number | null> {
  return call('log2', x)
}

/** The logarithm to base 10; null where x is not positive. */
export function log10<A extends Numeric>(x: A): Column<number | null> {
  return call('log10', x)
}

/** The natural logarithm of 1 + x; null where x is −1 or below. */
export function log1p<A extends Numeric>(x: A): Column<number | null> {
  return call('log1p', x)
}

/** x to the power of y. */
export function pow<A extends Numeric, B extends Numeric>(x: A, y: B): Column<number | NullIn<A | B>> {
  return call('pow', x, y)
}

/** The length of the vector (x, y). */
export function hypot<A extends Numeric, B extends Numeric>(x: A, y: B): Column<number | NullIn<A | B>> {
  return call('hypot', x, y)
}

/** The product of 1 … n for n from 0 to 20, else null. */
export function factorial<A extends Numeric>(n: A): Column<bigint | null> {
  return call('factorial', n)
}

/** The number of the bucket, of equal ones between min and max, that the value falls into; 0 and buckets + 1 lie outside. */
export function widthBucket<A extends Numeric, B extends Numeric, C extends Numeric, D extends Numeric>(value: A, min: B, max: C, buckets: D): Column<number | null> {
  return call('width_bucket', value, min, max, buckets)
}

/** Euler's number. */
export function e(): Column<number> {
  return call('e')
}

/** The ratio of a circle's circumference to its diameter. */
export function pi(): Column<number> {
  return call('pi')
}
