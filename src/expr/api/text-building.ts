/** Text put together, cut and formatted. */
import { call } from '../column.ts'
import type { Column, ColumnLike, NullIn, Numeric, ValueIn } from '../column-types.ts'
import type { Bytes, ElementIn, List, Text, Value } from './arguments.ts'

/** Binary of binary values, arrays of arrays, else text. */
type Concatenated<A extends Value> = [NonNullable<ValueIn<A>>] extends [Uint8Array] ? Uint8Array : [NonNullable<ValueIn<A>>] extends [readonly unknown[]] ? ElementIn<A>[] : string

/** The values one after the other; other types are written as text. Null if any is null. */
export function concat<const A extends readonly [Value, ...Value[]]>(...values: A): Column<Concatenated<A[number]> | NullIn<A[number]>> {
  return call('concat', ...values)
}

/** The values joined by a separator; nulls are left out, arrays give their items. Null where the separator is null. */
export function concatWs<A extends Text>(separator: A, ...values: readonly (Value | ColumnLike<readonly (string | null)[] | null>)[]): Column<string | NullIn<A>> {
  return call('concat_ws', separator, ...values)
}

/** The characters of a text, the bytes of a binary value, or the items of an array, in opposite order. */
export function reverse<A extends Text | List>(value: A): Column<(NonNullable<ValueIn<A>> extends readonly unknown[] ? ElementIn<A>[] : string) | NullIn<A>> {
  return call('reverse', value)
}

/** The characters from a position on (1 is the first, negative counts from the end), at most length of them. */
export function substring<A extends Bytes, B extends Numeric, C extends Numeric = never>(value: A, position: B, length?: C): Column<NonNullable<ValueIn<A>> | NullIn<A | B | NoInfer<C>>> {
  return call('substring', value, position, length)
}

/** The text without spaces (or any of the given characters) at both ends. */
export function trim<A extends Text, B extends Text = never>(text: A, characters?: B): Column<string | NullIn<A | NoInfer<B>>> {
  return trimCall('trim', text, characters)
}

/** The text without spaces (or any of the given characters) at its start. */
export function ltrim<A extends Text, B extends Text = never>(text: A, characters?: B): Column<string | NullIn<A | NoInfer<B>>> {
  return trimCall('ltrim', text, characters)
}

/** The text without spaces (or any of the given characters) at its end. */
export function rtrim<A extends Text, B extends Text = never>(text: A, characters?: B): Column<string | NullIn<A | NoInfer<B>>> {
  return trimCall('rtrim', text, characters)
}

/** The table, as Spark, has the characters before the text. */
function trimCall<T>(name: string, text: Text, characters: Text | undefined): Column<T> {
  return characters === undefined ? call(name, text) : call(name, characters, text)
}

/** The text at an index (from 1) among the arguments; an index outside raises. */
export function elt<A extends Numeric, const B extends readonly [Text, ...Text[]]>(index: A, ...texts: B): Column<string | NullIn<A | B[number]>> {
  return call('elt', index, ...texts)
}

/**
 * Text from bytes of a character set; with more arguments, the result beside the first search value that is equal.
 * Those are when() here, or fn('decode', …).
 */
export function decode<A extends ColumnLike<Uint8Array | null> | Uint8Array, B extends Text>(bytes: A, charset: B): Column<string | NullIn<A | B>> {
  return call('decode', bytes, charset)
}

/** A text with values put in by conversions such as %s, %05d, %,.2f, by the rules of Java's Formatter. */
export function formatString<A extends Text>(format: A, ...values: readonly Value[]): Column<string | NullIn<A>> {
  return call('format_string', format, ...values)
}

/** A number with thousands separators and a fixed number of digits after the point, or by a pattern such as #,##0.00. */
export function formatNumber(value: Numeric, digits: Numeric | Text): Column<string | null> {
  return call('format_number', value, digits)
}

/** Characters that mask() puts in place of others; null keeps those of a kind. */
export interface MaskOptions {
  /** @default 'X' */
  readonly upper?: string | null
  /** @default 'x' */
  readonly lower?: string | null
  /** @default 'n' */
  readonly digit?: string | null
  /** @default null */
  readonly other?: string | null
}

/** The text with upper-case letters, lower-case letters, digits and other characters replaced by X, x, n and themselves, or by the given ones; null keeps a kind. */
export function mask<A extends Text>(text: A, options: MaskOptions = {}): Column<string | NullIn<A>> {
  const { upper = 'X', lower = 'x', digit = 'n', other = null } = options
  return call('mask', text, upper, lower, digit, other)
}
