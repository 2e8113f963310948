/** Arithmetic beyond the methods of columns: whole quotients, and twins that give null instead of an error. */
import { call } from '../column.ts'
import type { Arithmetic, Column, Nullable, Numeric } from '../column-types.ts'

/** Quotient without its fraction, toward zero; division by zero raises. */
export function div<const A extends Numeric, const B extends Numeric>(left: A, right: B): Column<Arithmetic<A, B>> {
  return call('div', left, right)
}

/** Remainder that is not negative for a positive divisor; a zero divisor raises. */
export function pmod<const A extends Numeric, const B extends Numeric>(left: A, right: B): Column<Arithmetic<A, B>> {
  return call('pmod', left, right)
}

/** Sum of two numbers, null where it overflows. */
export function tryAdd<const A extends Numeric, const B extends Numeric>(left: A, right: B): Column<Nullable<Arithmetic<A, B>>> {
  return call('try_add', left, right)
}

/** Difference of two numbers, null where it overflows. */
export function trySubtract<const A extends Numeric, const B extends Numeric>(left: A, right: B): Column<Nullable<Arithmetic<A, B>>> {
  return call('try_subtract', left, right)
}

/** Product of two numbers, null where it overflows. */
export function tryMultiply<const A extends Numeric, const B extends Numeric>(left: A, right: B): Column<Nullable<Arithmetic<A, B>>> {
  return call('try_multiply', left, right)
}

/** Quotient as a double, null where the divisor is zero. */
export function tryDivide<A extends Numeric, B extends Numeric>(left: A, right: B): Column<number | null> {
  return call('try_divide', left, right)
}

/** Remainder with the sign of the dividend, null where the divisor is zero. */
export function tryMod<const A extends Numeric, const B extends Numeric>(left: A, right: B): Column<Nullable<Arithmetic<A, B>>> {
  return call('try_mod', left, right)
}
