import { binaryType, booleanType, type DataType, stringType } from '../../../columnar/data-type.ts'
import type { FunctionEntry, Kernel } from '../../function-table.ts'
import type { Expr } from '../../expr.ts'
import { isUtf8 } from '../../utf8.ts'
import { booleanRows, rowFunction, signature } from '../define.ts'
import { invalidArgument } from '../invalid-argument.ts'

/** A character set: bytes from text and back. Both raise through `malformed` for what they cannot express. */
interface Charset {
  readonly encode: (text: string, malformed: () => Error) => Uint8Array
  readonly decode: (bytes: Uint8Array, malformed: () => Error) => string
}

const encoder = new TextEncoder()

/** One byte per character, up to a highest code. */
function singleByte(highest: number): Charset {
  return {
    encode(text, malformed) {
      const out = new Uint8Array(text.length)
      for (let i = 0; i < text.length; i++) {
        out[i] = text.charCodeAt(i)
        if (text.charCodeAt(i) > highest) throw malformed()
      }
      return out
    },
    decode(bytes, malformed) {
      let text = ''
      for (const b of bytes) {
        if (b > highest) throw malformed()
        text += String.fromCharCode(b)
      }
      return text
    },
  }
}

/** Two bytes per unit. `mark`: a byte order mark is written, and obeyed when read. */
function utf16(littleEndian: boolean, mark: boolean): Charset {
  return {
    encode(text) {
      const bytes = Buffer.from(mark && text !== '' ? `\uFEFF${text}` : text, 'utf16le')
      return littleEndian ? bytes : bytes.swap16()
    },
    decode(bytes, malformed) {
      const marked = mark && bytes.length >= 2 && ((bytes[0] === 0xfe && bytes[1] === 0xff) || (bytes[0] === 0xff && bytes[1] === 0xfe))
      const little = marked ? bytes[0] === 0xff : littleEndian
      const body = Buffer.from(marked ? bytes.subarray(2) : bytes)
      if (body.length % 2 !== 0) throw malformed()
      const text = (little ? body : body.swap16()).toString('utf16le')
      if (!text.isWellFormed()) throw malformed()
      return text
    },
  }
}

const utf32: Charset = {
  encode(text) {
    const chars = [...text]
    const out = Buffer.alloc(chars.length * 4)
    chars.forEach((c, k) => out.writeUInt32BE(c.codePointAt(0) as number, k * 4))
    return out
  },
  decode(bytes, malformed) {
    if (bytes.length % 4 !== 0) throw malformed()
    const view = Buffer.from(bytes)
    let text = ''
    for (let at = 0; at < view.length; at += 4) {
      const code = view.readUInt32BE(at)
      if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) throw malformed()
      text += String.fromCodePoint(code)
    }
    return text
  },
}

const utf8: Charset = {
  encode: text => encoder.encode(text),
  decode(bytes, malformed) {
    if (!isUtf8(bytes, 0, bytes.length)) throw malformed()
    return Buffer.from(bytes).toString('utf8')
  },
}

const charsets: ReadonlyMap<string, Charset> = new Map([
  ['US-ASCII', singleByte(0x7f)],
  ['ISO-8859-1', singleByte(0xff)],
  ['UTF-8', utf8],
  ['UTF-16BE', utf16(false, false)],
  ['UTF-16LE', utf16(true, false)],
  ['UTF-16', utf16(false, true)],
  ['UTF-32', utf32],
])

function charset(name: string, fn: string): Charset {
  const found = charsets.get(name.toUpperCase())
  if (found === undefined) {
    throw invalidArgument(fn, `the character set ${JSON.stringify(name)}`, `Use one of ${[...charsets.keys()].join(', ')}.`, 'INVALID_PARAMETER_VALUE.CHARSET')
  }
  return found
}

function malformed(fn: string, name: string): () => Error {
  return () => invalidArgument(fn, `a value that ${name} cannot express`, 'Choose another character set, or clean the value first.', 'MALFORMED_CHARACTER_CODING')
}

/**
 * The MIME rules: characters outside the alphabet are passed over. Padding ends the text and must be complete; nothing of
 * the alphabet may follow it.
 */
function unbase64(text: string): Uint8Array {
  const end = text.indexOf('=')
  const digits = base64Digits(end < 0 ? text : text.slice(0, end))
  const rest = digits.length % 4
  const padded = end >= 0 && (rest === 0 || (rest === 2 && text[end + 1] !== '=') || base64Digits(text.slice(end)) !== '')
  if (rest === 1 || padded) {
    throw invalidArgument('unbase64', `${JSON.stringify(text.slice(0, 100))}, whose last group is not complete`, 'Check that the text is whole.', 'CONVERSION_INVALID_INPUT')
  }
  return Buffer.from(digits, 'base64')
}

function base64Digits(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9+/]/g, '')
}

/** decode() of more than two arguments compares: decode(value, search, result, …[, otherwise]), where null finds null. */
function decodeCase(args: readonly Expr[]): Expr | undefined {
  if (args.length <= 2) return undefined
  const [value, ...rest] = args
  const branches = []
  for (let k = 0; k + 1 < rest.length; k += 2) {
    branches.push({ when: { kind: 'call', name: '<=>', args: [value, rest[k]] } as const, then: rest[k + 1] })
  }
  return { kind: 'case', branches, otherwise: rest.length % 2 === 1 ? (rest.at(-1) as Expr) : null }
}

const decodeEntry = rowFunction({
  name: 'decode',
  args: [binaryType, stringType],
  result: stringType,
  usage: 'decode(bytes: binary, charset: string) -> string, or decode(value, search, result, ...[, otherwise])',
  doc: 'Text from bytes of a character set; with more arguments, the result beside the first search value that is equal.',
  row: (bytes, name) => charset(name, 'decode').decode(bytes, malformed('decode', name)),
})

const validUtf8Kernel: Kernel = ([a], length, validity) => {
  if (a.type.kind === 'string') return booleanRows(length, validity, () => true)
  const bytes = a.values as Uint8Array
  const offsets = a.offsets as Int32Array
  return booleanRows(length, validity, i => isUtf8(bytes, offsets[i], offsets[i + 1]))
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
    row: (text, name) => charset(name, 'encode').encode(text, malformed('encode', name)),
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
]
