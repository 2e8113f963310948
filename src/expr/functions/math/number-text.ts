import { binaryType, int32Type, int64Type, isNumeric, stringType } from '../../../columnar/data-type.ts'
import type { FunctionEntry } from '../../function-table.ts'
import { overflow } from '../arithmetic.ts'
import { rowFunction } from '../define.ts'

const numberHex = rowFunction({
  name: 'hex',
  args: [int64Type],
  result: stringType,
  usage: 'hex(value: bigint | string | binary) -> string',
  doc: 'A number in base 16 (negative ones in two\'s complement), or the bytes of a value, in upper-case digits.',
  safe: true,
  row: value => BigInt.asUintN(64, value).toString(16).toUpperCase(),
})

const bytesHex = rowFunction({
  ...numberHex,
  args: [binaryType],
  result: stringType,
  row: bytes => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex').toUpperCase(),
})

const textHex = rowFunction({ ...numberHex, args: [stringType], result: stringType, row: text => Buffer.from(text).toString('hex').toUpperCase() })

/** A number as one, a binary value by its bytes, everything else by the bytes of its text. */
const hex: FunctionEntry = {
  ...numberHex,
  resolve: args => {
    const { type } = args[0]
    if (type.kind === 'string' || type.kind === 'binary') return bytesHex.resolve(args)
    return (isNumeric(type) || type.kind === 'null' ? numberHex : textHex).resolve(args)
  },
}

function hexDigit(c: number): number {
  if (c >= 48 && c <= 57) return c - 48
  const letter = c | 32
  return letter >= 97 && letter <= 102 ? letter - 87 : -1
}

/** Bytes from hexadecimal digits; an odd first digit is a byte of its own. Null for anything else. */
export function unhex(text: string): Uint8Array | null {
  const odd = text.length % 2
  const out = new Uint8Array((text.length + odd) / 2)
  for (let i = 0; i < text.length; i++) {
    const digit = hexDigit(text.charCodeAt(i))
    if (digit < 0) return null
    out[(i + odd) >> 1] = (out[(i + odd) >> 1] << 4) | digit
  }
  return out
}

const max64 = 2n ** 64n - 1n

function digitOf(c: number): number {
  if (c >= 48 && c <= 57) return c - 48
  const letter = c | 32
  return letter >= 97 && letter <= 122 ? letter - 87 : 99
}

/**
 * A number from one base in another, in unsigned 64 bits: reading stops at the first character that is no digit; a
 * negative target base gives a signed result.
 */
function conv(text: string, from: number, to: number): string | null {
  const target = Math.abs(to)
  if (from < 2 || from > 36 || target < 2 || target > 36) return null
  const digits = text.replaceAll(/^ +| +$/g, '')
  if (digits === '') return null
  let negative = digits.startsWith('-')
  const base = BigInt(from)
  let value = 0n
  for (let i = negative ? 1 : 0; i < digits.length; i++) {
    const digit = digitOf(digits.charCodeAt(i))
    if (digit >= from) break
    value = value * base + BigInt(digit)
    if (value > max64) throw overflow(`conv(${JSON.stringify(text)}, ${from}, ${to}) (unsigned 64 bits)`)
  }
  const isHigh = value >= 2n ** 63n
  if (negative && to > 0) value = isHigh ? max64 : BigInt.asUintN(64, -value)
  if (to < 0 && BigInt.asIntN(64, value) < 0n) {
    value = BigInt.asUintN(64, -value)
    negative = true
  }
  const shown = value.toString(target).toUpperCase()
  return negative && to < 0 ? `-${shown}` : shown
}

export const numberTextFunctions: readonly FunctionEntry[] = [
  hex,
  rowFunction({
    name: 'unhex',
    args: [stringType],
    result: binaryType,
    nullable: true,
    usage: 'unhex(digits: string) -> binary',
    doc: 'The bytes that hexadecimal digits name; null where a character is no such digit.',
    safe: true,
    row: unhex,
  }),
  rowFunction({
    name: 'bin',
    args: [int64Type],
    result: stringType,
    usage: 'bin(value: bigint) -> string',
    doc: 'A number in base 2, negative ones in two\'s complement of 64 bits.',
    safe: true,
    row: value => BigInt.asUintN(64, value).toString(2),
  }),
  rowFunction({
    name: 'conv',
    args: [stringType, int32Type, int32Type],
    result: stringType,
    nullable: true,
    usage: 'conv(number: string, fromBase: int, toBase: int) -> string',
    doc: 'A number written in another base, from 2 to 36; beyond 64 bits it raises.',
    row: conv,
  }),
]
