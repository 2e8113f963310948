/** Bits and other bases. */
import { call } from '../column.ts'
import type { Column, NullIn, Numeric } from '../column-types.ts'
import type { NumberIn, NumericOrBytes, NumericOrTruth, Text, TextOrNumeric } from './arguments.ts'

/** The bits moved to the left. */
export function shiftleft<A extends Numeric, B extends Numeric>(value: A, count: B): Column<NumberIn<A> | NullIn<A | B>> {
  return call('shiftleft', value, count)
}

/** The bits moved to the right, the sign kept. */
export function shiftright<A extends Numeric, B extends Numeric>(value: A, count: B): Column<NumberIn<A> | NullIn<A | B>> {
  return call('shiftright', value, count)
}

/** The bits moved to the right, zeros coming in. */
export function shiftrightunsigned<A extends Numeric, B extends Numeric>(value: A, count: B): Column<NumberIn<A> | NullIn<A | B>> {
  return call('shiftrightunsigned', value, count)
}

/** How many bits of a number are set, in 64 bits. */
export function bitCount<A extends NumericOrTruth>(value: A): Column<number | NullIn<A>> {
  return call('bit_count', value)
}

/** The bit (0 or 1) at a position, counted from the right from 0. */
export function bitGet<A extends Numeric, B extends Numeric>(value: A, position: B): Column<number | NullIn<A | B>> {
  return call('bit_get', value, position)
}

/** A number in base 2, negative ones in two's complement of 64 bits. */
export function bin<A extends Numeric>(value: A): Column<string | NullIn<A>> {
  return call('bin', value)
}

/** A number in base 16 (negative ones in two's complement), or the bytes of a value, in upper-case digits. */
export function hex<A extends NumericOrBytes>(value: A): Column<string | NullIn<A>> {
  return call('hex', value)
}

/** The bytes that hexadecimal digits name; null where a character is no such digit. */
export function unhex<A extends Text>(digits: A): Column<Uint8Array | null> {
  return call('unhex', digits)
}

/** A number written in another base, from 2 to 36; beyond 64 bits it raises. */
export function conv<A extends TextOrNumeric, B extends Numeric, C extends Numeric>(number: A, fromBase: B, toBase: C): Column<string | null> {
  return call('conv', number, fromBase, toBase)
}
