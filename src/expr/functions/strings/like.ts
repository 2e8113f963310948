import { booleanType, stringType } from '../../../columnar/data-type.ts'
import { BytesReader, type Vector } from '../../../columnar/vector.ts'
import type { FunctionEntry, Kernel } from '../../function-table.ts'
import { bytesAt, charBytes, indexOfBytes } from '../../utf8.ts'
import { booleanRows, fixed, StringReader } from '../define.ts'
import { invalidArgument } from '../invalid-argument.ts'

const anyChar = -1
const anyText = -2

/** A LIKE pattern: bytes, and the two wildcards as negative numbers. */
type Pattern = readonly number[]
type Matcher = (bytes: Uint8Array, start: number, end: number) => boolean

const encoder = new TextEncoder()

/**
 * `%` is any text (line ends too), `_` one character; the escape character takes the meaning of these two and of itself
 * away and may stand before nothing else.
 */
export function parseLike(pattern: string, escape: string): Pattern {
  const out: number[] = []
  const chars = [...pattern]
  for (let k = 0; k < chars.length; k++) {
    let c = chars[k]
    if (c === escape) {
      k++
      if (k === chars.length) throw invalidEscape(pattern, 'ends with its escape character', 'ESC_AT_THE_END')
      c = chars[k]
      if (c !== '_' && c !== '%' && c !== escape) throw invalidEscape(pattern, `escapes ${JSON.stringify(c)}`, 'ESC_IN_THE_MIDDLE')
      out.push(...encoder.encode(c))
    } else if (c === '%') {
      if (out.at(-1) !== anyText) out.push(anyText)
    } else if (c === '_') out.push(anyChar)
    else out.push(...encoder.encode(c))
  }
  return out
}

function invalidEscape(pattern: string, what: string, condition: string): Error {
  return invalidArgument('like', `the pattern ${JSON.stringify(pattern)}, which ${what}`, 'Escape only _, % and the escape character itself.', `INVALID_FORMAT.${condition}`)
}

/** Chooses the cheapest test once per pattern: equal, prefix, suffix, contains, or the general walk. */
export function likeMatcher(pattern: Pattern): Matcher {
  const first = pattern[0] === anyText ? 1 : 0
  const last = pattern.at(-1) === anyText && pattern.length > first ? pattern.length - 1 : pattern.length
  const middle = pattern.slice(first, last)
  if (middle.some(c => c < 0)) return (bytes, start, end) => walk(pattern, bytes, start, end)
  const literal = Uint8Array.from(middle)
  const n = literal.length
  const openStart = first === 1
  const openEnd = last < pattern.length
  if (openStart && openEnd) return (bytes, start, end) => indexOfBytes(bytes, start, end, literal, 0, n) >= 0
  if (openEnd) return (bytes, start, end) => end - start >= n && bytesAt(bytes, start, literal, 0, n)
  // A lone % is a suffix of nothing: true for all.
  if (openStart) return (bytes, start, end) => end - start >= n && bytesAt(bytes, end - n, literal, 0, n)
  return (bytes, start, end) => end - start === n && bytesAt(bytes, start, literal, 0, n)
}

/** Two positions move on together; where they part, the last % takes in one character more. Never exponential. */
function walk(pattern: Pattern, bytes: Uint8Array, start: number, end: number): boolean {
  let at = start
  let p = 0
  let starAt = -1
  let starP = -1
  while (at < end) {
    const want = p < pattern.length ? pattern[p] : NaN
    if (want === anyText) {
      starP = ++p
      starAt = at
    } else if (want === anyChar) {
      at += charBytes(bytes[at])
      p++
    } else if (want === bytes[at]) {
      at++
      p++
    } else if (starP >= 0) {
      starAt += charBytes(bytes[starAt])
      at = starAt
      p = starP
    } else return false
  }
  while (p < pattern.length && pattern[p] === anyText) p++
  return p === pattern.length
}

/** The matcher of row i. A pattern is compiled when it changes from row to row: once, for a literal. */
function matchers(patterns: Vector, escapes: Vector | undefined, fold: boolean): (i: number) => Matcher {
  const pattern = new StringReader(patterns)
  const escape = escapes === undefined ? null : new StringReader(escapes)
  let known: string | null = null
  let knownEscape = defaultEscape
  let matcher: Matcher = () => false
  return i => {
    const p = pattern.at(i)
    const e = escape === null ? defaultEscape : escape.at(i)
    if (p === known && e === knownEscape) return matcher
    if ([...e].length !== 1) throw invalidArgument('like', `the escape ${JSON.stringify(e)}`, 'Give one character.', 'INVALID_ESCAPE_CHAR')
    matcher = likeMatcher(parseLike(fold ? p.toLowerCase() : p, e))
    known = p
    knownEscape = e
    return matcher
  }
}

const defaultEscape = '\\'

const likeKernel: Kernel = ([texts, patterns, escapes], length, validity) => {
  const text = new BytesReader(texts)
  const matcher = matchers(patterns, escapes, false)
  return booleanRows(length, validity, i => matcher(i)(text.bytes, text.start(i), text.end(i)))
}

const ilikeKernel: Kernel = ([texts, patterns, escapes], length, validity) => {
  const text = new StringReader(texts)
  const matcher = matchers(patterns, escapes, true)
  return booleanRows(length, validity, i => {
    const folded = encoder.encode(text.at(i).toLowerCase())
    return matcher(i)(folded, 0, folded.length)
  })
}

function like(name: string, kernel: Kernel, doc: string): FunctionEntry {
  return fixed({
    name,
    args: [stringType, stringType, stringType],
    required: 2,
    result: booleanType,
    usage: `text ${name} pattern -> boolean, or ${name}(text: string, pattern: string[, escape: string])`,
    doc,
    kernel,
  })
}

export const likeFunctions: readonly FunctionEntry[] = [
  like('like', likeKernel, 'Whether the whole text fits a pattern, where % stands for any text and _ for one character.'),
  like('ilike', ilikeKernel, 'As like, without regard to upper and lower case.'),
]
