import type { ByteWriter } from './byte-writer.ts'

/** Writes a whole number within ±(2^53 − 1) in digits. */
export function writeInteger(out: ByteWriter, value: number): void {
  out.reserve(17)
  let rest = value
  if (rest < 0) {
    out.bytes[out.length++] = 0x2d
    rest = -rest
  }
  let width = 1
  for (let limit = 10; rest >= limit; limit *= 10) width++
  const { bytes, length } = out
  let at = length + width
  // Division by a constant is a multiplication for 32-bit numbers only, so that large ones shrink first.
  while (rest > 0x7fffffff) {
    const next = Math.floor(rest / 10)
    bytes[--at] = 0x30 + (rest - next * 10)
    rest = next
  }
  let small = rest | 0
  do {
    const next = (small / 10) | 0
    bytes[--at] = 0x30 + (small - next * 10)
    small = next
  } while (at > length)
  out.length = length + width
}

/** Writes a 64-bit whole number in digits. */
export function writeInt64(out: ByteWriter, value: bigint): void {
  if (value >= -0x1fffffffffffffn && value <= 0x1fffffffffffffn) writeInteger(out, Number(value))
  else out.text(value.toString())
}

/**
 * Writes the shortest decimal that reads back as the same float64, in JavaScript's form (`5`, `0.1`, `1e+21`, `-0`).
 * Finite numbers only. Fractions take a string each: shortest printing is the runtime's work, not ours.
 */
export function writeFloat64(out: ByteWriter, value: number): void {
  if (value === Math.trunc(value) && Math.abs(value) < 1e15) {
    // Zero's sign is part of the value: JSON and every reader of it know -0.
    if (value === 0 && 1 / value < 0) out.byte(0x2d)
    writeInteger(out, value)
    return
  }
  const text = String(value)
  out.reserve(text.length)
  for (let k = 0; k < text.length; k++) out.bytes[out.length + k] = text.charCodeAt(k)
  out.length += text.length
}
