import { isUtf8 } from '../../utf8.ts'
import { invalidArgument } from '../invalid-argument.ts'

/** A character set: bytes from text and back. Both raise through `malformed` for what they cannot express. */
interface Charset {
  readonly encode: (text: string, malformed: () => Error) => Uint8Array
  readonly decode: (bytes: Uint8Array, malformed: () => Error) => string
}

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

const encoder = new TextEncoder()

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

/** Text in a character set. @throws QueryError EXPR_INVALID_ARGUMENT */
export function encodeText(text: string, name: string): Uint8Array {
  return charset(name, 'encode').encode(text, malformed('encode', name))
}

/** Text from bytes of a character set. @throws QueryError EXPR_INVALID_ARGUMENT */
export function decodeText(bytes: Uint8Array, name: string): string {
  return charset(name, 'decode').decode(bytes, malformed('decode', name))
}

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
