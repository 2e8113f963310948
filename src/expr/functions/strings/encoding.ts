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
      const bytes = Buffer.from(mark ? `\uFEFF${text}` : text, 'utf16le')
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

const base64Alphabet = new Uint8Array(256)
for (const c of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/') base64Alphabet[c.charCodeAt(0)] = 1

/** The MIME rules: characters outside the alphabet are passed over, and padding ends the text. */
function unbase64(text: string): Uint8Array {
  let digits = ''
  for (let i = 0; i < text.length && text[i] !== '='; i++) if (base64Alphabet[text.charCodeAt(i) & 0xff] === 1 && text.charCodeAt(i) < 128) digits += text[i]
  if (digits.length % 4 === 1) {
    throw invalidArgument('unbase64', 'text whose last group has a single character', 'Check that the text is complete.', 'CONVERSION_INVALID_INPUT')
  }
  return Buffer.from(digits, 'base64')
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
