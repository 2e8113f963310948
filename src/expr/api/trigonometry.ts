/** Functions of angles, in radians. */
import { call } from '../column.ts'
import type { Column, NullIn, Numeric } from '../column-types.ts'

/** The sine of an angle in radians. */
export function sin<A extends Numeric>(x: A): Column<number | NullIn<A>> {
  return call('sin', x)
}

/** The cosine of an angle in radians. */
export function cos<A extends Numeric>(x: A): Column<number | NullIn<A>> {
  return call('cos', x)
}

/** The tangent of an angle in radians. */
export function tan<A extends Numeric>(x: A): Column<number | NullIn<A>> {
  return call('tan', x)
}

/** The cotangent of an angle in radians. */
export function cot<A extends Numeric>(x: A): Column<number | NullIn<A>> {
  return call('cot', x)
}

/** The secant of an angle in radians. */
export function sec<A extends Numeric>(x: A): Column<number | NullIn<A>> {
  return call('sec', x)
}

/** The cosecant of an angle in radians. */
export function csc<A extends Numeric>(x: A): Column<number | NullIn<A>> {
  return call('csc', x)
}

/** The angle whose sine is x, in radians; NaN outside [−1, 1]. */
export function asin<A extends Numeric>(x: A): Column<number | NullIn<A>> {
  return call('asin', x)
}

/** The angle whose cosine is x, in radians; NaN outside [−1, 1]. */
export function acos<A extends Numeric>(x: A): Column<number | NullIn<A>> {
  return call('acos', x)
}

/** The angle whose tangent is x, in radians. */
export function atan<A extends Numeric>(x: A): Column<number | NullIn<A>> {
  return call('atan', x)
}

/** The hyperbolic sine. */
export function sinh<A extends Numeric>(x: A): Column<number | NullIn<A>> {
  return call('sinh', x)
}

/** The hyperbolic cosine. */
export function cosh<A extends Numeric>(x: A): Column<number | NullIn<A>> {
  return call('cosh', x)
}

/** The hyperbolic tangent. */
export function tanh<A extends Numeric>(x: A): Column<number | NullIn<A>> {
  return call('tanh', x)
}

/** The inverse hyperbolic sine. */
export function asinh<A extends Numeric>(x: A): Column<number | NullIn<A>> {
  return call('asinh', x)
}

/** The inverse hyperbolic cosine; NaN below 1. */
export function acosh<A extends Numeric>(x: A): Column<number | NullIn<A>> {
  return call('acosh', x)
}

/** The inverse hyperbolic tangent; NaN outside [−1, 1]. */
export function atanh<A extends Numeric>(x: A): Column<number | NullIn<A>> {
  return call('atanh', x)
}

/** Radians as degrees. */
export function degrees<A extends Numeric>(x: A): Column<number | NullIn<A>> {
  return call('degrees', x)
}

/** Degrees as radians. */
export function radians<A extends Numeric>(x: A): Column<number | NullIn<A>> {
  return call('radians', x)
}

/** The angle of the point (x, y), in radians. */
export function atan2<A extends Numeric, B extends Numeric>(y: A, x: B): Column<number | NullIn<A | B>> {
  return call('atan2', y, x)
}
