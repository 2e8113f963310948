import type { ByteWriter } from './byte-writer.ts'

const alphabet = Uint8Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', c => c.charCodeAt(0))
const values = new Uint8Array(256).fill(255)
for (let i = 0; i < 64; i++) values[alphabet[i]] = i

/** Writes bytes as base64 (RFC 4648 §4, with padding). */
export function writeBase64(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  out.reserve(Math.ceil((end - start) / 3) * 4)
  const to = out.bytes
  let at = out.length
  for (let i = start; i < end; i += 3) {
    const left = end - i
    const word = (bytes[i] << 16) | (left > 1 ? bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0)
    to[at++] = alphabet[word >> 18]
    to[at++] = alphabet[(word >> 12) & 63]
    to[at++] = left > 1 ? alphabet[(word >> 6) & 63] : 0x3d
    to[at++] = left > 2 ? alphabet[word & 63] : 0x3d
  }
  out.length = at
}

/**
 * Reads base64 with padding and appends the bytes; false when the text is anything else. Strict: bits that the last
 * group does not need must be zero, so that each value has one text.
 */
export function readBase64(out: ByteWriter, bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start
  if ((length & 3) !== 0) return false
  if (length === 0) return true
  const padding = bytes[end - 1] !== 0x3d ? 0 : bytes[end - 2] !== 0x3d ? 1 : 2
  out.reserve((length >> 2) * 3)
  const to = out.bytes
  let at = out.length
  for (let i = start; i < end; i += 4) {
    const last = i + 4 === end ? padding : 0
    const a = values[bytes[i]]
    const b = values[bytes[i + 1]]
    const c = last > 1 ? 0 : values[bytes[i + 2]]
    const d = last > 0 ? 0 : values[bytes[i + 3]]
    if ((a | b | c | d) > 63) return false
    const word = (a << 18) | (b << 12) | (c << 6) | d
    to[at++] = word >> 16
    if (last < 2) to[at++] = (word >> 8) & 255
    if (last < 1) to[at++] = word & 255
    if ((last === 2 && (b & 15) !== 0) || (last === 1 && (c & 3) !== 0)) return false
  }
  out.length = at
  return true
}
