import { hasJavaDigits, type JavaDigits, javaDigits } from './java-digits.ts'

/**
 * Numbers as Java writes and reads them: the text that casts, concat and sinks give for a double, and the text that a
 * cast from string accepts. Java prints the shortest digits that read back as the same number (but for the numbers of
 * java-digits.ts), always with a fraction (`1.0`), and in scientific form outside [1e-3, 1e7): `1.0E10`, `1.0E-5`.
 */
export function javaDoubleText(x: number): string {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? 'NaN' : x > 0 ? 'Infinity' : '-Infinity'
  if (x === 0) return Object.is(x, -0) ? '-0.0' : '0.0'
  const magnitude = Math.abs(x)
  if (magnitude >= 1e-3 && magnitude < 1e7) {
    // In this range JavaScript writes plain digits too; only the fraction of a whole number is missing.
    return Number.isInteger(x) ? `${x}.0` : String(x)
  }
  return (x < 0 ? '-' : '') + (hasJavaDigits(magnitude) ? scientific(javaDigits(magnitude)) : shortest(magnitude))
}

/** Java wants two digits at least, and of the two-digit numbers that read back as x the closest: 4.9E-324, not 5E-324. */
function shortest(magnitude: number): string {
  const two = magnitude.toExponential(1)
  const digits = Number(two) === magnitude ? two : magnitude.toExponential()
  return digits.replace('e+', 'E').replace('e', 'E')
}

function scientific({ digits, exponent }: JavaDigits): string {
  return `${digits[0]}.${digits.length === 1 ? '0' : digits.slice(1)}E${exponent}`
}

/** Whitespace and control characters, which casts from text take off both ends. */
export function isTrimmed(byte: number): boolean {
  return byte <= 32 || byte === 127
}

/** What {@link parseDouble} answers for text that is no number; it is not NaN, which is a number here. */
export const notANumber: unique symbol = Symbol('not a number')

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const powersOfTen = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`))

/**
 * Reads a double from UTF-8 text: digits with optional sign, fraction, exponent and Java's suffix d or f, or NaN, inf and
 * infinity in any case; whitespace around is ignored.
 */
export function parseDouble(bytes: Uint8Array, start: number, end: number): number | typeof notANumber {
  while (start < end && isTrimmed(bytes[start])) start++
  while (end > start && isTrimmed(bytes[end - 1])) end--
  let i = start
  const negative = bytes[i] === 45
  if (i < end && (bytes[i] === 45 || bytes[i] === 43)) i++
  const first = i
  let mantissa = 0
  let digits = 0
  let scale = 0
  let seenPoint = false
  for (; i < end; i++) {
    const c = bytes[i]
    if (c >= 48 && c <= 57) {
      mantissa = mantissa * 10 + (c - 48)
      digits++
      if (seenPoint) scale++
    } else if (c === 46 && !seenPoint) seenPoint = true
    else break
  }
  if (digits === 0) return parseSpecial(bytes, first, end, negative)
  let exponent = 0
  if (i < end && (bytes[i] | 32) === 101) {
    i++
    const down = bytes[i] === 45
    if (i < end && (bytes[i] === 45 || bytes[i] === 43)) i++
    const from = i
    for (; i < end && bytes[i] >= 48 && bytes[i] <= 57; i++) exponent = Math.min(exponent * 10 + (bytes[i] - 48), 100_000)
    if (i === from) return notANumber
    if (down) exponent = -exponent
  }
  const numberEnd = i
  if (i < end && ((bytes[i] | 32) === 100 || (bytes[i] | 32) === 102)) i++
  if (i !== end) return notANumber
  const power = exponent - scale
  // Both the digits and the power are exact doubles, so one multiplication or division rounds correctly (Clinger).
  if (mantissa <= Number.MAX_SAFE_INTEGER && digits <= 300 && power >= -22 && power <= 22) {
    const value = power < 0 ? mantissa / powersOfTen[-power] : mantissa * powersOfTen[power]
    return negative ? -value : value
  }
  return Number(decoder.decode(bytes.subarray(start, numberEnd)))
}

function parseSpecial(bytes: Uint8Array, first: number, end: number, negative: boolean): number | typeof notANumber {
  if (end - first > 8) return notANumber
  const word = decoder.decode(bytes.subarray(first, end)).toLowerCase()
  if (word === 'inf' || word === 'infinity') return negative ? -Infinity : Infinity
  return word === 'nan' ? NaN : notANumber
}

/** The digits of a whole number, most significant first, into `out` from its end; answers where they start. */
export function printInteger(value: number, out: Uint8Array): number {
  let at = out.length
  let rest = Math.abs(value)
  do {
    const next = Math.floor(rest / 10)
    out[--at] = 48 + (rest - next * 10)
    rest = next
  } while (rest > 0)
  if (value < 0) out[--at] = 45
  return at
}
