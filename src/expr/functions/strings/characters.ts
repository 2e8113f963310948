import { int32Type, int64Type, integerType, stringType } from '../../../columnar/data-type.ts'
import { BytesReader, isNullAt, Vector } from '../../../columnar/vector.ts'
import { take } from '../../../columnar/take.ts'
import { concat } from '../../../columnar/concat.ts'
import type { FunctionEntry, Kernel } from '../../function-table.ts'
import { codePointAt } from '../../utf8.ts'
import { fixed, isPresent, rowFunction, signature } from '../define.ts'
import { invalidArgument } from '../invalid-argument.ts'

const asciiKernel: Kernel = ([a], length, validity) => {
  const text = new BytesReader(a)
  const out = new Int32Array(length)
  for (let i = 0; i < length; i++) {
    if (isPresent(validity, i) && text.start(i) < text.end(i)) out[i] = codePointAt(text.bytes, text.start(i))
  }
  return new Vector(int32Type, length, validity, out)
}

/** The low eight bits as a character of Latin-1; nothing for a negative number. */
function chr(n: number | bigint): string {
  return n < 0 ? '' : String.fromCharCode(typeof n === 'bigint' ? Number(n & 255n) : n % 256)
}

const chrOfInteger = rowFunction({
  name: 'chr',
  aliases: ['char'],
  args: [integerType],
  result: stringType,
  usage: 'chr(code: bigint) -> string',
  doc: 'The character of a code modulo 256; empty for a negative code.',
  safe: true,
  row: chr,
})
const chrOfInt64 = rowFunction({ ...chrOfInteger, args: [int64Type], result: stringType, row: chr })

/** The position of an item in a list with commas, 0 where it is missing or has a comma itself. */
function findInSet(item: string, list: string): number {
  return item.includes(',') ? 0 : list.split(',').indexOf(item) + 1
}

/** Picks argument n of each row; only that argument's null matters. */
const eltKernel: Kernel = (args, length) => {
  const [indices, ...items] = args
  const n = indices.values as Int32Array
  const all = concat(stringType, items)
  const where = new Int32Array(length)
  for (let i = 0; i < length; i++) {
    if (isNullAt(indices, i)) where[i] = -1
    else if (n[i] < 1 || n[i] > items.length) {
      throw invalidArgument('elt', `the index ${n[i]} for ${items.length} values`, 'Indices count from 1.', 'INVALID_ARRAY_INDEX')
    } else where[i] = (n[i] - 1) * length + i
  }
  return take(all, where)
}

/** Single substitutions, insertions and deletions from one text to the other; −1 where they are more than `limit`. */
export function levenshtein(left: string, right: string, limit: number | undefined): number {
  const a = [...left]
  const b = [...right]
  if (limit !== undefined && (limit < 0 || Math.abs(a.length - b.length) > limit)) return -1
  let above = Int32Array.from({ length: b.length + 1 }, (_, j) => j)
  let row = new Int32Array(b.length + 1)
  for (let i = 1; i <= a.length; i++) {
    row[0] = i
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? above[j - 1] : above[j - 1] + 1
      row[j] = Math.min(change, above[j] + 1, row[j - 1] + 1)
    }
    const done = above
    above = row
    row = done
  }
  const distance = above[b.length]
  return limit !== undefined && distance > limit ? -1 : distance
}

/** Soundex codes of A to Z: 0 is a vowel, which parts equal codes; 7 is H and W, which do not. */
const soundexCodes = '01230127022455012623017202'

/** The letter and three digits of the Soundex code; text that does not begin with an ASCII letter is returned as it is. */
export function soundex(text: string): string {
  const letters = Array.from(text, c => c.charCodeAt(0) & ~32)
  const isLetter = (c: number, original: string): boolean => c >= 65 && c <= 90 && original.charCodeAt(0) < 128
  if (letters.length === 0 || !isLetter(letters[0], text)) return text
  let code = String.fromCharCode(letters[0])
  let last = soundexCodes[letters[0] - 65]
  const chars = [...text]
  for (let i = 1; i < chars.length && code.length < 4; i++) {
    if (!isLetter(letters[i], chars[i])) {
      last = '0'
      continue
    }
    const next = soundexCodes[letters[i] - 65]
    if (next === '7') continue
    if (next !== '0' && next !== last) code += next
    last = next
  }
  return code.padEnd(4, '0')
}

/** The check digit of card numbers: every second digit from the right doubled, the sum divisible by ten. */
function luhnCheck(text: string): boolean {
  let sum = 0
  for (let i = text.length - 1, double = false; i >= 0; i--, double = !double) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return false
    const value = double ? digit * 2 : digit
    sum += value > 9 ? value - 9 : value
  }
  return text.length > 0 && sum % 10 === 0
}

export const characterFunctions: readonly FunctionEntry[] = [
  fixed({
    name: 'ascii',
    args: [stringType],
    result: int32Type,
    usage: 'ascii(text: string) -> int',
    doc: 'The code point of the first character, 0 for empty text.',
    safe: true,
    kernel: asciiKernel,
  }),
  { ...chrOfInteger, resolve: args => (args[0].type.kind === 'int64' ? chrOfInt64 : chrOfInteger).resolve(args) },
  rowFunction({
    name: 'find_in_set',
    args: [stringType, stringType],
    result: int32Type,
    usage: 'find_in_set(item: string, list: string) -> int',
    doc: 'The position (from 1) of an item in a list with commas between, 0 where it is not in it.',
    safe: true,
    row: findInSet,
  }),
  {
    name: 'elt',
    arity: [2, Infinity],
    usage: 'elt(index: int, text: string, ...) -> string',
    doc: 'The text at an index (from 1) among the arguments; an index outside raises.',
    nulls: 'own',
    resolve: args => signature([int32Type, ...args.slice(1).map(() => stringType)], stringType, eltKernel, args.some(a => a.nullable)),
  },
  rowFunction({
    name: 'levenshtein',
    args: [stringType, stringType, int32Type],
    required: 2,
    result: int32Type,
    usage: 'levenshtein(left: string, right: string[, limit: int]) -> int',
    doc: 'The number of single-character edits between two texts, −1 where it is above the limit.',
    safe: true,
    row: levenshtein,
  }),
  rowFunction({
    name: 'soundex',
    args: [stringType],
    result: stringType,
    usage: 'soundex(text: string) -> string',
    doc: 'The Soundex code of a word.',
    exact: true,
    safe: true,
    row: soundex,
  }),
  rowFunction({
    name: 'luhn_check',
    args: [stringType],
    result: { kind: 'boolean' } as const,
    usage: 'luhn_check(digits: string) -> boolean',
    doc: 'Whether a number in digits has a valid Luhn check digit.',
    safe: true,
    row: luhnCheck,
  }),
  rowFunction({
    name: 'quote',
    args: [stringType],
    result: stringType,
    usage: 'quote(text: string) -> string',
    doc: 'The text in single quotes, with a backslash before those inside.',
    safe: true,
    row: text => `'${text.replaceAll("'", "\\'")}'`,
  }),
  rowFunction({
    name: 'collation',
    args: [stringType],
    result: stringType,
    usage: 'collation(text: string) -> string',
    doc: 'The order in which text is compared: always that of its UTF-8 bytes.',
    safe: true,
    row: () => 'SYSTEM.BUILTIN.UTF8_BINARY',
  }),
]
