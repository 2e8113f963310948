import { RecordDamage } from './damage.ts'

/**
 * Zigzag varints: seven bits a byte, the lowest first. Reading leaves the position after the number in `varintEnd`, so that
 * no pair is made for each of the five to ten numbers of a record.
 */
export let varintEnd = 0

/** A number of 32 bits. @throws RecordDamage when it is longer, or the bytes end within it */
export function readVarint(bytes: Uint8Array, at: number): number {
  const first = bytes[at]
  if (first < 128) {
    varintEnd = at + 1
    return (first >>> 1) ^ -(first & 1)
  }
  const second = bytes[at + 1]
  if (second < 128) {
    varintEnd = at + 2
    const raw = (first & 127) | (second << 7)
    return (raw >>> 1) ^ -(raw & 1)
  }
  return readLongVarint(bytes, at)
}

function readLongVarint(bytes: Uint8Array, at: number): number {
  let raw = 0
  for (let i = 0; i < 5; i++) {
    if (at + i >= bytes.length) throw new RecordDamage('a number is cut off by the end of the batch')
    const byte = bytes[at + i]
    raw |= (byte & 127) << (7 * i)
    if (byte < 128) {
      if (i === 4 && byte > 15) break
      varintEnd = at + i + 1
      return (raw >>> 1) ^ -(raw & 1)
    }
  }
  throw new RecordDamage('a number has more than 32 bits')
}

/** A number of 64 bits as the nearest float64. @throws RecordDamage when it is longer, or the bytes end within it */
export function readVarlong(bytes: Uint8Array, at: number): number {
  const first = bytes[at]
  if (first < 128) {
    varintEnd = at + 1
    return (first >>> 1) ^ -(first & 1)
  }
  let raw = 0
  let scale = 1
  for (let i = 0; i < 10; i++) {
    if (at + i >= bytes.length) throw new RecordDamage('a number is cut off by the end of the batch')
    const byte = bytes[at + i]
    raw += (byte & 127) * scale
    if (byte < 128) {
      if (i === 9 && byte > 1) break
      varintEnd = at + i + 1
      return (first & 1) === 0 ? raw / 2 : -(raw + 1) / 2
    }
    scale *= 128
  }
  throw new RecordDamage('a number has more than 64 bits')
}

/** @returns the position after the number */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let raw = (value << 1) ^ (value >> 31)
  while (raw >>> 7 !== 0) {
    bytes[at++] = (raw & 127) | 128
    raw >>>= 7
  }
  bytes[at++] = raw
  return at
}

/** `value` is a safe integer. @returns the position after the number */
export function writeVarlong(bytes: Uint8Array, at: number, value: number): number {
  if (value >= -0x4000_0000 && value < 0x4000_0000) return writeVarint(bytes, at, value)
  // Twice the number can be beyond 2^53. Times twelve days apart within one batch are rare enough for this.
  const wide = BigInt(value)
  let raw = BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n))
  while (raw > 127n) {
    bytes[at++] = Number(raw & 127n) | 128
    raw >>= 7n
  }
  bytes[at++] = Number(raw)
  return at
}

export function varintSize(value: number): number {
  const raw = ((value << 1) ^ (value >> 31)) >>> 0
  return raw < 0x80 ? 1 : raw < 0x4000 ? 2 : raw < 0x20_0000 ? 3 : raw < 0x1000_0000 ? 4 : 5
}

export function varlongSize(value: number): number {
  if (value >= -0x4000_0000 && value < 0x4000_0000) return varintSize(value)
  let rest = Math.floor((value < 0 ? -value - 1 : value) / 64)
  let size = 1
  for (; rest !== 0; rest = Math.floor(rest / 128)) size++
  return size
}
