import { binaryType, booleanType, type DataType, stringType } from '../../../columnar/data-type.ts'
import type { FunctionEntry, Kernel } from '../../function-table.ts'
import type { Expr } from '../../expr.ts'
import { makeLiteral } from '../../literal.ts'
import { isUtf8 } from '../../utf8.ts'
import { booleanRows, rowFunction, signature } from '../define.ts'
import { invalidArgument } from '../invalid-argument.ts'
import { unhex } from '../math/number-text.ts'
import { base64Digits, unbase64 } from './base64.ts'
import { decodeText, encodeText } from './charsets.ts'

/** decode() of more than two arguments compares: decode(value, search, result, …[, otherwise]), where null finds null. */
function decodeCase(args: readonly Expr[]): Expr | undefined {
  if (args.length <= 2) return undefined
  const [value, ...rest] = args
  const branches = []
  for (let k = 0; k + 1 < rest.length; k += 2) {
    branches.push({ when: { kind: 'call', name: '<=>', args: [value, rest[k]] } as const, then: rest[k + 1] })
  }
  // Without an otherwise there is a null of type string, beside which whole results are bigints.
  return { kind: 'case', branches, otherwise: rest.length % 2 === 1 ? (rest.at(-1) as Expr) : makeLiteral(null, stringType) }
}

const decodeEntry = rowFunction({
  name: 'decode',
  args: [binaryType, stringType],
  result: stringType,
  usage: 'decode(bytes: binary, charset: string) -> string, or decode(value, search, result, ...[, otherwise])',
  doc: 'Text from bytes of a character set; with more arguments, the result beside the first search value that is equal.',
  row: decodeText,
})

const validUtf8Kernel: Kernel = ([a], length, validity) => {
  if (a.type.kind === 'string') return booleanRows(length, validity, () => true)
  const bytes = a.values as Uint8Array
  const offsets = a.offsets as Int32Array
  return booleanRows(length, validity, i => isUtf8(bytes, offsets[i], offsets[i + 1]))
}

/** Bytes from text in a named form; null where the text is not of that form, undefined where there is no such form. */
function toBinary(text: string, format = 'hex'): Uint8Array | null | undefined {
  switch (format.toLowerCase()) {
    case 'hex':
      return unhex(text)
    case 'utf-8':
    case 'utf8':
      return encodeText(text, 'UTF-8')
    case 'base64':
      return /^(?:[A-Za-z0-9+/\s]*=?\s*=?\s*)$/.test(text) && base64Digits(text).length % 4 !== 1 ? unbase64(text) : null
    default:
      return undefined
  }
}

function binaryFrom(name: string, orNull: boolean): FunctionEntry {
  return rowFunction({
    name,
    args: [stringType, stringType],
    required: 1,
    result: binaryType,
    nullable: orNull,
    usage: `${name}(text: string[, format: string]) -> binary`,
    doc: `Bytes from text in hexadecimal digits, UTF-8 or Base64${orNull ? '; null where the text is not of that form' : ''}.`,
    row: (text, format) => {
      const bytes = toBinary(text, format)
      if (orNull) return bytes ?? null
      if (bytes === undefined) throw invalidArgument(name, `the format ${JSON.stringify(format)}`, 'Use hex, utf-8 or base64.', 'DATATYPE_MISMATCH.INVALID_ARG_VALUE')
      if (bytes !== null) return bytes
      throw invalidArgument(name, `${JSON.stringify(text.slice(0, 100))}, which is not of the form ${JSON.stringify(format ?? 'hex')}`, 'Use tryToBinary() to get null instead.', 'CONVERSION_INVALID_INPUT')
    },
  })
}

/** Text from bytes that may not be UTF-8: checked, or repaired with U+FFFD. Text that is text already stays as it is. */
function utf8Text(name: string, broken: (bytes: Uint8Array) => string | null, doc: string): FunctionEntry {
  const ofBytes = rowFunction({
    name,
    args: [binaryType],
    result: stringType,
    nullable: name.startsWith('try_'),
    usage: `${name}(value: binary | string) -> string`,
    doc,
    row: bytes => (isUtf8(bytes, 0, bytes.length) ? Buffer.from(bytes).toString('utf8') : broken(bytes)),
  })
  return { ...ofBytes, resolve: args => (args[0].type.kind === 'binary' ? ofBytes.resolve(args) : signature([stringType], stringType, ([a]) => a)) }
}

export const encodingFunctions: readonly FunctionEntry[] = [
  rowFunction({
    name: 'base64',
    args: [binaryType],
    result: stringType,
    usage: 'base64(value: binary) -> string',
    doc: 'The bytes in Base64, without line breaks.',
    safe: true,
    row: bytes => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'),
  }),
  rowFunction({
    name: 'unbase64',
    args: [stringType],
    result: binaryType,
    usage: 'unbase64(text: string) -> binary',
    doc: 'Bytes from Base64; characters outside its alphabet are passed over.',
    row: unbase64,
  }),
  rowFunction({
    name: 'encode',
    args: [stringType, stringType],
    result: binaryType,
    usage: 'encode(text: string, charset: string) -> binary',
    doc: 'The bytes of a text in a character set.',
    row: encodeText,
  }),
  { ...decodeEntry, arity: [2, Infinity], rewrite: decodeCase },
  {
    name: 'is_valid_utf8',
    arity: [1, 1],
    usage: 'is_valid_utf8(value: binary | string) -> boolean',
    doc: 'Whether bytes are well-formed UTF-8 (text always is).',
    safe: true,
    resolve: ([value]) => {
      const type: DataType = value.type.kind === 'binary' ? binaryType : stringType
      return signature([type], booleanType, validUtf8Kernel)
    },
  },
  binaryFrom('to_binary', false),
  binaryFrom('try_to_binary', true),
  utf8Text('make_valid_utf8', bytes => Buffer.from(bytes).toString('utf8'), 'Text from bytes, with U+FFFD in place of what is not UTF-8.'),
  utf8Text('try_validate_utf8', () => null, 'Text from bytes, null where they are not UTF-8.'),
  utf8Text(
    'validate_utf8',
    () => {
      throw invalidArgument('validate_utf8', 'bytes that are not UTF-8', 'Use tryValidateUtf8() or make_valid_utf8().', 'INVALID_UTF8_STRING')
    },
    'Text from bytes; raises where they are not UTF-8.',
  ),
]
