import type { ByteWriter } from '../../columnar/text/byte-writer.ts'
import { textEnd } from './structure.ts'

/**
 * Writes the text of a JSON string with escapes as UTF-8 (the writer is cleared first). `start` is behind the opening
 * quote. Answers the position of the first byte that is neither text nor escape: the closing quote, or a control
 * character, which JSON forbids. For an escape that stands for no character it answers its position, negated.
 * Half a surrogate pair stands for no character: UTF-8 cannot hold it, and replacing it would change the data.
 */
export function unescape(out: ByteWriter, bytes: Uint8Array, view: DataView, start: number): number {
  out.clear()
  let at = start
  for (;;) {
    const end = textEnd(bytes, view, at)
    out.copy(bytes, at, end)
    if (bytes[end] !== 0x5c) return end
    const letter = bytes[end + 1]
    if (letter !== 0x75) {
      const plain = simple[letter]
      if (plain === 0) return -end
      out.byte(plain)
      at = end + 2
      continue
    }
    let code = hex4(bytes, end + 2)
    at = end + 6
    if (code >= 0xd800 && code <= 0xdbff && bytes[at] === 0x5c && bytes[at + 1] === 0x75) {
      const low = hex4(bytes, at + 2)
      if (low >= 0xdc00 && low <= 0xdfff) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)
        at += 6
      }
    }
    if (code < 0 || (code >= 0xd800 && code <= 0xdfff)) return -end
    writeCodePoint(out, code)
  }
}

/** The character of a one-letter escape, 0 for letters that are none. */
const simple = new Uint8Array(256)
for (const [letter, character] of ['""', '\\\\', '//', 'b\b', 'f\f', 'n\n', 'r\r', 't\t']) simple[letter.charCodeAt(0)] = character.charCodeAt(0)

/** Value of four hexadecimal digits, -1 when there are none. */
function hex4(bytes: Uint8Array, at: number): number {
  let code = 0
  for (let k = 0; k < 4; k++) {
    const c = bytes[at + k]
    const lower = c | 0x20
    if (c >= 0x30 && c <= 0x39) code = code * 16 + (c - 0x30)
    else if (lower >= 0x61 && lower <= 0x66) code = code * 16 + (lower - 0x57)
    else return -1
  }
  return code
}

function writeCodePoint(out: ByteWriter, code: number): void {
  if (code < 0x80) {
    out.byte(code)
  } else if (code < 0x800) {
    out.byte(0xc0 | (code >> 6))
    out.byte(0x80 | (code & 63))
  } else if (code < 0x10000) {
    out.byte(0xe0 | (code >> 12))
    out.byte(0x80 | ((code >> 6) & 63))
    out.byte(0x80 | (code & 63))
  } else {
    out.byte(0xf0 | (code >> 18))
    out.byte(0x80 | ((code >> 12) & 63))
    out.byte(0x80 | ((code >> 6) & 63))
    out.byte(0x80 | (code & 63))
  }
}
