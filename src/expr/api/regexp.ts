/** Regular expressions in linear time: no look-around, no back-references. `rlike` is a method of columns. */
import { call } from '../column.ts'
import type { Column, NullIn, Numeric } from '../column-types.ts'
import type { Text } from './arguments.ts'

/** A group (1, or 0 for all) of the first match; empty where there is no match. */
export function regexpExtract<A extends Text, B extends Text, C extends Numeric = never>(text: A, pattern: B, group?: C): Column<string | NullIn<A | B | NoInfer<C>>> {
  return call('regexp_extract', text, pattern, group)
}

/** A group (1, or 0 for all) of every match. */
export function regexpExtractAll<A extends Text, B extends Text, C extends Numeric = never>(text: A, pattern: B, group?: C): Column<string[] | NullIn<A | B | NoInfer<C>>> {
  return call('regexp_extract_all', text, pattern, group)
}

/** The text with every match at or after a position replaced; $1 in the replacement is the first group. */
export function regexpReplace<A extends Text, B extends Text, C extends Text, D extends Numeric = never>(text: A, pattern: B, replacement: C, position?: D): Column<string | NullIn<A | B | C | NoInfer<D>>> {
  return call('regexp_replace', text, pattern, replacement, position)
}

/** How many matches a text has. */
export function regexpCount<A extends Text, B extends Text>(text: A, pattern: B): Column<number | NullIn<A | B>> {
  return call('regexp_count', text, pattern)
}

/** The first match, null where there is none or it is empty. */
export function regexpSubstr<A extends Text, B extends Text>(text: A, pattern: B): Column<string | null> {
  return call('regexp_substr', text, pattern)
}

/** The position (from 1) of the first match, 0 where there is none. */
export function regexpInstr<A extends Text, B extends Text, C extends Numeric = never>(text: A, pattern: B, group?: C): Column<number | NullIn<A | B | NoInfer<C>>> {
  return call('regexp_instr', text, pattern, group)
}

/** The pieces between the matches of a regular expression, at most limit of them where it is positive. */
export function split<A extends Text, B extends Text, C extends Numeric = never>(text: A, pattern: B, limit?: C): Column<string[] | NullIn<A | B | NoInfer<C>>> {
  return call('split', text, pattern, limit)
}
