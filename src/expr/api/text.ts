/** Functions of text. Positions count characters (code points) from 1. */
import { call } from '../column.ts'
import type { Column, NullIn, Numeric } from '../column-types.ts'
import type { Bytes, Text } from './arguments.ts'

/** Number of characters (code points) of text, of bytes of a binary value. */
export function length<A extends Bytes>(value: A): Column<number | NullIn<A>> {
  return call('length', value)
}

/** Number of bytes; text counts in UTF-8. */
export function octetLength<A extends Bytes>(value: A): Column<number | NullIn<A>> {
  return call('octet_length', value)
}

/** Number of bits, eight times the bytes. */
export function bitLength<A extends Bytes>(value: A): Column<number | NullIn<A>> {
  return call('bit_length', value)
}

/** The first characters of a text, or bytes of a binary value; none for a count below 1. */
export function left<A extends Text, B extends Numeric>(text: A, count: B): Column<string | NullIn<A | B>> {
  return call('left', text, count)
}

/** The last characters of a text; none for a count below 1. */
export function right<A extends Text, B extends Numeric>(text: A, count: B): Column<string | NullIn<A | B>> {
  return call('right', text, count)
}

/** The text before the count-th delimiter, or for a negative count after the count-th from the right; the whole text where there are fewer. */
export function substringIndex<A extends Text, B extends Text, C extends Numeric>(text: A, delimiter: B, count: C): Column<string | NullIn<A | B | C>> {
  return call('substring_index', text, delimiter, count)
}

/** The text in upper case, by Unicode's full mapping. */
export function upper<A extends Text>(text: A): Column<string | NullIn<A>> {
  return call('upper', text)
}

/** The text in lower case, by Unicode's full mapping. */
export function lower<A extends Text>(text: A): Column<string | NullIn<A>> {
  return call('lower', text)
}

/** The first letter after each space in title case, all others in lower case. */
export function initcap<A extends Text>(text: A): Column<string | NullIn<A>> {
  return call('initcap', text)
}

/** The text without spaces (or any of the given characters) at both ends. */
export function btrim<A extends Text, B extends Text = never>(text: A, characters?: B): Column<string | NullIn<A | NoInfer<B>>> {
  return call('btrim', text, characters)
}

/** The value filled on the left to a width in characters (or bytes), or cut to it; spaces (or zeros) without a pad. */
export function lpad<A extends Text, B extends Numeric, C extends Text = never>(text: A, width: B, pad?: C): Column<string | NullIn<A | B | NoInfer<C>>> {
  return call('lpad', text, width, pad)
}

/** The value filled on the right to a width in characters (or bytes), or cut to it; spaces (or zeros) without a pad. */
export function rpad<A extends Text, B extends Numeric, C extends Text = never>(text: A, width: B, pad?: C): Column<string | NullIn<A | B | NoInfer<C>>> {
  return call('rpad', text, width, pad)
}

/** The text several times over; empty for a count below 1. */
export function repeat<A extends Text, B extends Numeric>(text: A, count: B): Column<string | NullIn<A | B>> {
  return call('repeat', text, count)
}

/** That many spaces; empty for a count below 1. */
export function space<A extends Numeric>(count: A): Column<string | NullIn<A>> {
  return call('space', count)
}

/** The position (from 1) of the first occurrence of a part, 0 where there is none. */
export function instr<A extends Text, B extends Text>(text: A, part: B): Column<number | NullIn<A | B>> {
  return call('instr', text, part)
}

/** The position (from 1) of the first occurrence of a part at or after a start, 0 where there is none. */
export function locate<A extends Text, B extends Text, C extends Numeric = never>(part: A, text: B, start?: C): Column<number | NullIn<A | B | NoInfer<C>>> {
  return call('locate', part, text, start)
}

/** The text with every occurrence of a search text replaced, or taken out. */
export function replace<A extends Text, B extends Text, C extends Text = never>(text: A, search: B, replacement?: C): Column<string | NullIn<A | B | NoInfer<C>>> {
  return call('replace', text, search, replacement)
}

/** Replaces each character of `from` by the one at the same place of `to`, or takes it out. */
export function translate<A extends Text, B extends Text, C extends Text>(text: A, from: B, to: C): Column<string | NullIn<A | B | C>> {
  return call('translate', text, from, to)
}

/** The value with the characters (or bytes) from a position on replaced. */
export function overlay<A extends Text, B extends Text, C extends Numeric, D extends Numeric = never>(text: A, replacement: B, position: C, length?: D): Column<string | NullIn<A | B | C | NoInfer<D>>> {
  return call('overlay', text, replacement, position, length)
}

/** The part-th piece between delimiters, from the end for a negative part; empty where there is none. */
export function splitPart<A extends Text, B extends Text, C extends Numeric>(text: A, delimiter: B, part: C): Column<string | NullIn<A | B | C>> {
  return call('split_part', text, delimiter, part)
}

/** The code point of the first character, 0 for empty text. */
export function ascii<A extends Text>(text: A): Column<number | NullIn<A>> {
  return call('ascii', text)
}

/** The character of a code modulo 256; empty for a negative code. */
export function chr<A extends Numeric>(code: A): Column<string | NullIn<A>> {
  return call('chr', code)
}

/** The position (from 1) of an item in a list with commas between, 0 where it is not in it. */
export function findInSet<A extends Text, B extends Text>(item: A, list: B): Column<number | NullIn<A | B>> {
  return call('find_in_set', item, list)
}

/** The number of single-character edits between two texts, −1 where it is above the limit. */
export function levenshtein<A extends Text, B extends Text, C extends Numeric = never>(left: A, right: B, limit?: C): Column<number | NullIn<A | B | NoInfer<C>>> {
  return call('levenshtein', left, right, limit)
}

/** The Soundex code of a word. */
export function soundex<A extends Text>(text: A): Column<string | NullIn<A>> {
  return call('soundex', text)
}

/** Whether a number in digits has a valid Luhn check digit. */
export function luhnCheck<A extends Text>(digits: A): Column<boolean | NullIn<A>> {
  return call('luhn_check', digits)
}

/** The text in single quotes, with a backslash before those inside. */
export function quote<A extends Text>(text: A): Column<string | NullIn<A>> {
  return call('quote', text)
}

/** The order in which text is compared: always that of its UTF-8 bytes. */
export function collation<A extends Text>(text: A): Column<string> {
  return call('collation', text)
}

/** The sentences of a text, each as the array of its words. */
export function sentences<A extends Text, B extends Text = never, C extends Text = never>(text: A, language?: B, country?: C): Column<string[][] | NullIn<A | NoInfer<B> | NoInfer<C>>> {
  return call('sentences', text, language, country)
}
