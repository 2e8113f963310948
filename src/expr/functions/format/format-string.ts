import { booleanType, type DataType, isNumeric, stringType } from '../../../columnar/data-type.ts'
import { type DecimalDigits, plainText, roundDigits, shortestDigits } from '../../../columnar/text/decimal-digits.ts'
import { javaDoubleText } from '../../../columnar/text/java-double.ts'
import { isNullAt } from '../../../columnar/vector.ts'
import { VectorBuilder } from '../../../columnar/builder.ts'
import type { FunctionEntry, Kernel } from '../../function-table.ts'
import { rowReader, signature, StringReader } from '../define.ts'
import { type FormatPart, type FormatSpec, invalidFormat, pad, parseFormat } from './format-spec.ts'

/** A value with the type that decides how Java would print it: whole numbers of 32 and 64 bits, doubles, text, booleans. */
interface Argument {
  readonly value: unknown
  readonly type: DataType
}

function formatPart(spec: FormatSpec, { value, type }: Argument): string {
  switch (spec.conversion) {
    case 's':
      return upperIf(spec, pad(cut(value === null ? 'null' : textOf(value, type), spec), spec))
    case 'b':
      return upperIf(spec, pad(cut(String(type.kind === 'boolean' && value !== null ? value : value !== null), spec), spec))
  }
  if (value === null) {
    if (spec.precision >= 0 && 'dxoc'.includes(spec.conversion)) throw invalidFormat(`a precision in ${JSON.stringify(spec.text)}`)
    return upperIf(spec, pad(cut('null', spec), spec))
  }
  switch (spec.conversion) {
    case 'd':
      return whole(spec, type, () => signedText(BigInt(value as number | bigint), spec))
    case 'x':
    case 'o':
      return whole(spec, type, () => unsignedText(BigInt(value as number | bigint), widthOf(type), spec))
    case 'c':
      if (!isWhole(type) || widthOf(type) !== 32 || !((value as number) >= 0 && (value as number) <= 0x10ffff)) throw wrongType(spec, type)
      return upperIf(spec, pad(String.fromCodePoint(value as number), spec))
    case 'f':
    case 'e':
    case 'g':
      if (type.kind !== 'float64') throw wrongType(spec, type)
      return upperIf(spec, doubleText(value as number, spec))
    default:
      throw invalidFormat(`the conversion ${JSON.stringify(spec.text)}`)
  }
}

/** A date is its number of days, a timestamp its number of microseconds. */
function isWhole({ kind }: DataType): boolean {
  return kind === 'int32' || kind === 'date' || kind === 'integer' || kind === 'int64' || kind === 'timestamp'
}

/** The bits of a whole number. */
function widthOf({ kind }: DataType): number {
  return kind === 'int32' || kind === 'date' ? 32 : 64
}

function wrongType(spec: FormatSpec, type: DataType): Error {
  return invalidFormat(`a ${type.kind} for ${JSON.stringify(spec.text)}`)
}

function whole(spec: FormatSpec, type: DataType, print: () => string): string {
  if (!isWhole(type)) throw wrongType(spec, type)
  if (spec.precision >= 0) throw invalidFormat(`a precision in ${JSON.stringify(spec.text)}`)
  return upperIf(spec, print())
}

function upperIf(spec: FormatSpec, text: string): string {
  return spec.upper ? text.toUpperCase() : text
}

function cut(text: string, spec: FormatSpec): string {
  return spec.precision < 0 ? text : text.slice(0, spec.precision)
}

function textOf(value: unknown, type: DataType): string {
  return type.kind === 'float64' ? javaDoubleText(value as number) : String(value)
}

/** Sign by the flags `+`, space and `(`, thousands by `,`, zeros by `0`. */
function signedText(value: bigint, spec: FormatSpec): string {
  const magnitude = (value < 0n ? -value : value).toString()
  return withSign(spec.flags.has(',') ? grouped(magnitude) : magnitude, value < 0n, spec)
}

/** Negative numbers in two's complement of their width. */
function unsignedText(value: bigint, bits: number, spec: FormatSpec): string {
  const base = spec.conversion === 'x' ? 16 : 8
  const digits = BigInt.asUintN(bits, value).toString(base)
  const prefix = spec.flags.has('#') ? (base === 16 ? '0x' : '0') : ''
  if (spec.flags.has('0')) return prefix + digits.padStart(spec.width - prefix.length, '0')
  return pad(prefix + digits, spec)
}

function grouped(digits: string): string {
  return digits.replaceAll(/\B(?=(?:\d{3})+$)/g, ',')
}

function withSign(body: string, negative: boolean, spec: FormatSpec, zeroPadded = spec.flags.has('0')): string {
  const { flags } = spec
  const before = negative ? (flags.has('(') ? '(' : '-') : flags.has('+') ? '+' : flags.has(' ') ? ' ' : ''
  const after = negative && flags.has('(') ? ')' : ''
  if (zeroPadded) return before + body.padStart(spec.width - before.length - after.length, '0') + after
  return pad(before + body + after, spec)
}

/** Rounded half up in the shortest decimal digits, as Java's Formatter does it. */
function doubleText(x: number, spec: FormatSpec): string {
  if (!Number.isFinite(x)) return withSign(Number.isNaN(x) ? 'NaN' : 'Infinity', x < 0, { ...spec, flags: Number.isNaN(x) ? onlyLeft(spec) : spec.flags }, false)
  const digits = shortestDigits(x)
  const precision = spec.precision < 0 ? 6 : spec.precision
  if (spec.conversion === 'e') return withSign(scientific(digits, precision), digits.negative, spec)
  if (spec.conversion === 'f') return withSign(fixedPoint(digits, precision, spec), digits.negative, spec)
  const significant = Math.max(1, precision)
  const rounded = roundDigits(digits, significant - digits.exponent, 'halfUp')
  if (rounded.digits === '') return withSign(fixedPoint(rounded, significant - 1, spec), digits.negative, spec)
  if (rounded.exponent > -4 && rounded.exponent <= significant) return withSign(fixedPoint(rounded, significant - rounded.exponent, spec), digits.negative, spec)
  return withSign(scientific(rounded, significant - 1), digits.negative, spec)
}

function onlyLeft(spec: FormatSpec): ReadonlySet<string> {
  return new Set(spec.flags.has('-') ? ['-'] : [])
}

function fixedPoint(digits: DecimalDigits, precision: number, spec: FormatSpec): string {
  const { whole: before, fraction } = plainText(roundDigits(digits, precision, 'halfUp'), precision)
  const shown = spec.flags.has(',') ? grouped(before) : before
  return precision === 0 ? shown : `${shown}.${fraction}`
}

/** d.ddde+XX */
function scientific(digits: DecimalDigits, precision: number): string {
  const rounded = roundDigits(digits, precision + 1 - digits.exponent, 'halfUp')
  const exponent = rounded.digits === '' ? 0 : rounded.exponent - 1
  const all = rounded.digits.padEnd(precision + 1, '0')
  const mantissa = precision === 0 ? all : `${all[0]}.${all.slice(1)}`
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}

const formatKernel: Kernel = (args, length) => {
  const [formats, ...rest] = args
  const format = new StringReader(formats)
  const readers = rest.map(rowReader)
  const out = new VectorBuilder(stringType, Math.max(8, length))
  let known: string | null = null
  let parts: readonly FormatPart[] = []
  for (let i = 0; i < length; i++) {
    if (isNullAt(formats, i)) {
      out.appendNull()
      continue
    }
    const text = format.at(i)
    if (text !== known) {
      parts = parseFormat(text)
      known = text
    }
    let result = ''
    for (const part of parts) {
      if (typeof part === 'string') result += part
      else if (part.argument < 0 || part.argument >= rest.length) throw invalidFormat(`${JSON.stringify(part.text)}, for which there is no argument`)
      else {
        const column = rest[part.argument]
        result += formatPart(part, { value: isNullAt(column, i) ? null : readers[part.argument](i), type: column.type })
      }
    }
    out.appendString(result)
  }
  return out.finish()
}

export const formatStringFunctions: readonly FunctionEntry[] = [
  {
    name: 'format_string',
    aliases: ['printf'],
    arity: [1, Infinity],
    usage: 'format_string(format: string, value, ...) -> string',
    doc: 'A text with values put in by conversions such as %s, %05d, %,.2f, by the rules of Java\'s Formatter.',
    nulls: 'own',
    resolve: args => {
      const [format, ...values] = args
      const printable = values.every(({ type }) => isNumeric(type) || ['string', 'boolean', 'date', 'timestamp', 'null'].includes(type.kind))
      if (!printable) return undefined
      // A bare NULL prints as null whatever its type is taken to be.
      return signature([stringType, ...values.map(v => (v.type.kind === 'null' ? booleanType : v.type))], stringType, formatKernel, format.nullable)
    },
  },
]
