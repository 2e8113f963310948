import { arrayType, booleanType, type DataType, int32Type, stringType } from '../../../columnar/data-type.ts'
import type { FunctionEntry, Kernel } from '../../function-table.ts'
import { appendRows, booleanRows, fixed, rowFunction, StringReader } from '../define.ts'
import { invalidArgument } from '../invalid-argument.ts'
import { type CompiledPattern, compiledPattern } from './compiled-pattern.ts'
import { expand, parseReplacement, type Replacement } from './replacement.ts'

/** Calls of a function with a literal pattern fail when the query is built, not at the first row. */
function checked(entry: FunctionEntry): FunctionEntry {
  return {
    ...entry,
    resolve: args => {
      const pattern = args[1]
      if (pattern?.type.kind === 'string' && typeof pattern.literal === 'string') compiledPattern(pattern.literal)
      return entry.resolve(args)
    },
  }
}

const rlikeKernel: Kernel = ([texts, patterns], length, validity) => {
  const text = new StringReader(texts)
  const pattern = new StringReader(patterns)
  // A row costs a look into the pattern's cache only when the pattern changes.
  let source: string | null = null
  let compiled: CompiledPattern | null = null
  return booleanRows(length, validity, i => {
    const p = pattern.at(i)
    if (p !== source || compiled === null) {
      compiled = compiledPattern(p)
      source = p
    }
    return compiled.test(text.at(i))
  })
}

function checkGroup(name: string, pattern: CompiledPattern, group: number): void {
  if (group < 0 || group > pattern.groupCount) {
    throw invalidArgument(name, `group ${group} of a pattern with ${pattern.groupCount}`, 'Groups count from 1; 0 is the whole match.', 'INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX')
  }
}

function extract(text: string, source: string, group = 1): string {
  const pattern = compiledPattern(source)
  return (
    pattern.first(text, match => {
      checkGroup('regexp_extract', pattern, group)
      return match.group(group)
    }) ?? ''
  )
}

function extractAll(text: string, source: string, group = 1): string[] {
  const pattern = compiledPattern(source)
  const found: string[] = []
  pattern.forEachMatch(text, match => {
    checkGroup('regexp_extract_all', pattern, group)
    found.push(match.group(group) ?? '')
    return true
  })
  return found
}

/** From a position on (1 is the start of the text) every match is replaced; what stands before is left. */
const replaceKernel: Kernel = ([texts, patterns, replacements, positions], length, validity) => {
  const text = new StringReader(texts)
  const pattern = new StringReader(patterns)
  const replacement = new StringReader(replacements)
  const position = positions === undefined ? null : (positions.values as Int32Array)
  let known: { readonly pattern: CompiledPattern; readonly text: string; readonly parts: Replacement } | null = null
  const partsFor = (compiled: CompiledPattern, source: string): Replacement => {
    if (known === null || known.pattern !== compiled || known.text !== source) {
      known = { pattern: compiled, text: source, parts: parseReplacement(source, compiled) }
    }
    return known.parts
  }
  return appendRows(stringType, length, validity, (out, i) => {
    const from = position === null ? 1 : position[i]
    if (from < 1) throw invalidArgument('regexp_replace', `the position ${from}`, 'Positions count from 1.', 'DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE')
    const compiled = compiledPattern(pattern.at(i))
    const whole = text.at(i)
    const rest = whole.slice(from - 1)
    let result = whole.slice(0, from - 1)
    let at = 0
    compiled.forEachMatch(rest, match => {
      // A bad replacement only matters where something is replaced.
      result += rest.slice(at, match.start) + expand(partsFor(compiled, replacement.at(i)), match)
      at = match.end
      return true
    })
    out.appendString(result + rest.slice(at))
  })
}

function count(text: string, source: string): number {
  let n = 0
  compiledPattern(source).forEachMatch(text, () => {
    n++
    return true
  })
  return n
}

/**
 * Java's split with all trailing pieces kept: at most `limit` pieces where it is positive; an empty match at the very
 * start makes no piece; an empty pattern gives the characters.
 */
function split(text: string, source: string, limit = -1): string[] {
  if (source === '') return splitCharacters(text, limit)
  const pieces: string[] = []
  let at = 0
  compiledPattern(source).forEachMatch(text, match => {
    if (limit > 0 && pieces.length === limit - 1) return false
    if (match.end === 0) return true
    pieces.push(text.slice(at, match.start))
    at = match.end
    return true
  })
  pieces.push(text.slice(at))
  return pieces
}

function splitCharacters(text: string, limit: number): string[] {
  const chars = [...text]
  if (chars.length === 0) return ['']
  if (limit <= 0 || limit >= chars.length) return chars
  return [...chars.slice(0, limit - 1), chars.slice(limit - 1).join('')]
}

const stringArray: DataType = arrayType(stringType, false)

export const regexpFunctions: readonly FunctionEntry[] = [
  fixed({
    name: 'rlike',
    aliases: ['regexp', 'regexp_like'],
    args: [stringType, stringType],
    result: booleanType,
    usage: 'rlike(text: string, pattern: string) -> boolean',
    doc: 'Whether a regular expression is found anywhere in a text.',
    kernel: rlikeKernel,
  }),
  rowFunction({
    name: 'regexp_extract',
    args: [stringType, stringType, int32Type],
    required: 2,
    result: stringType,
    usage: 'regexp_extract(text: string, pattern: string[, group: int]) -> string',
    doc: 'A group (1, or 0 for all) of the first match; empty where there is no match.',
    row: extract,
  }),
  rowFunction({
    name: 'regexp_extract_all',
    args: [stringType, stringType, int32Type],
    required: 2,
    result: stringArray,
    usage: 'regexp_extract_all(text: string, pattern: string[, group: int]) -> array<string>',
    doc: 'A group (1, or 0 for all) of every match.',
    row: extractAll,
  }),
  fixed({
    name: 'regexp_replace',
    args: [stringType, stringType, stringType, int32Type],
    required: 3,
    result: stringType,
    usage: 'regexp_replace(text: string, pattern: string, replacement: string[, position: int]) -> string',
    doc: 'The text with every match at or after a position replaced; $1 in the replacement is the first group.',
    kernel: replaceKernel,
  }),
  rowFunction({
    name: 'regexp_count',
    args: [stringType, stringType],
    result: int32Type,
    usage: 'regexp_count(text: string, pattern: string) -> int',
    doc: 'How many matches a text has.',
    row: count,
  }),
  rowFunction({
    name: 'regexp_substr',
    args: [stringType, stringType],
    result: stringType,
    nullable: true,
    usage: 'regexp_substr(text: string, pattern: string) -> string',
    doc: 'The first match, null where there is none or it is empty.',
    row: (text, source) => compiledPattern(source).first(text, match => match.group(0)) || null,
  }),
  rowFunction({
    name: 'regexp_instr',
    args: [stringType, stringType, int32Type],
    required: 2,
    result: int32Type,
    usage: 'regexp_instr(text: string, pattern: string[, group: int]) -> int',
    doc: 'The position (from 1) of the first match, 0 where there is none.',
    row: (text, source) => (compiledPattern(source).first(text, match => match.start) ?? -1) + 1,
  }),
  rowFunction({
    name: 'split',
    args: [stringType, stringType, int32Type],
    required: 2,
    result: stringArray,
    usage: 'split(text: string, pattern: string[, limit: int]) -> array<string>',
    doc: 'The pieces between the matches of a regular expression, at most limit of them where it is positive.',
    row: split,
  }),
].map(checked)
