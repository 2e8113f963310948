import { hasJavaDigits, javaDigits } from './java-digits.ts'

/**
 * A finite number by its decimal digits: ±0.d₁d₂d₃… × 10^exponent, without leading or trailing zeros (zero has no
 * digits). Rounding of doubles is defined on this form, the shortest text that reads back as the number: round(2.675, 2)
 * is 2.68 although the double lies below 2.675.
 */
export interface DecimalDigits {
  readonly negative: boolean
  readonly digits: string
  readonly exponent: number
}

export type RoundingMode = 'halfUp' | 'halfEven' | 'up' | 'down'

/** The digits that Java prints for x: but for the numbers of java-digits.ts the shortest that read back as x. */
export function shortestDigits(x: number): DecimalDigits {
  const negative = x < 0 || Object.is(x, -0)
  if (x === 0) return { negative, digits: '', exponent: 0 }
  const magnitude = Math.abs(x)
  if (hasJavaDigits(magnitude)) {
    const { digits, exponent } = javaDigits(magnitude)
    return { negative, digits, exponent: exponent + 1 }
  }
  const [mantissa, exponent] = magnitude.toExponential().split('e')
  return { negative, digits: trimZeros(mantissa.replace('.', '')), exponent: Number(exponent) + 1 }
}

/** The digits of the exact value of x, of which a double has up to 767. */
export function exactDigits(x: number): DecimalDigits {
  const negative = x < 0 || Object.is(x, -0)
  if (x === 0) return { negative, digits: '', exponent: 0 }
  let mantissa = Math.abs(x)
  let power = 0
  // Scaling by two is exact (subnormal numbers grow, large ones are whole already).
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2
    power++
  }
  // m / 2^k = m · 5^k / 10^k
  const whole = (BigInt(mantissa) * 5n ** BigInt(power)).toString()
  return { negative, digits: trimZeros(whole), exponent: whole.length - power }
}

/** Rounded to `scale` digits after the point; a negative scale rounds tens, hundreds, … */
export function roundDigits(d: DecimalDigits, scale: number, mode: RoundingMode): DecimalDigits {
  const keep = d.exponent + scale
  if (keep >= d.digits.length) return d
  if (keep < 0) return mode === 'up' && d.digits !== '' ? carried(d, '', keep, scale) : { ...d, digits: '', exponent: 0 }
  const kept = d.digits.slice(0, keep)
  const up = mode === 'up' || (mode !== 'down' && roundsUp(d.digits, keep, mode))
  return up ? carried(d, kept, keep, scale) : withoutZeros({ ...d, digits: kept })
}

/** Whether the digits from `keep` on are worth one more in the last kept place. */
function roundsUp(digits: string, keep: number, mode: RoundingMode): boolean {
  const next = digits.charCodeAt(keep) - 48
  if (next !== 5) return next > 5
  if (mode === 'halfUp' || keep + 1 < digits.length) return true
  return keep > 0 && (digits.charCodeAt(keep - 1) & 1) === 1
}

function carried(d: DecimalDigits, kept: string, keep: number, scale: number): DecimalDigits {
  if (keep <= 0) return { ...d, digits: '1', exponent: 1 - scale }
  const more = (BigInt(kept) + 1n).toString().padStart(kept.length, '0')
  return withoutZeros({ ...d, digits: more, exponent: d.exponent + more.length - kept.length })
}

function withoutZeros(d: DecimalDigits): DecimalDigits {
  const digits = trimZeros(d.digits)
  return digits === '' ? { ...d, digits, exponent: 0 } : { ...d, digits }
}

function trimZeros(digits: string): string {
  let end = digits.length
  while (end > 0 && digits.charCodeAt(end - 1) === 48) end--
  return digits.slice(0, end)
}

/** Back to the nearest double. */
export function digitsToNumber(d: DecimalDigits): number {
  if (d.digits === '') return d.negative ? -0 : 0
  return Number(`${d.negative ? '-' : ''}0.${d.digits}e${d.exponent}`)
}

/** The digits before the point, at least one, and exactly `scale` digits after it; sign left out. */
export function plainText(d: DecimalDigits, scale: number): { readonly whole: string; readonly fraction: string } {
  const digits = d.exponent > 0 ? d.digits.padEnd(d.exponent, '0') : '0'.repeat(-d.exponent) + d.digits
  const point = Math.max(d.exponent, 0)
  const whole = digits.slice(0, point)
  return { whole: whole === '' ? '0' : whole, fraction: digits.slice(point).padEnd(scale, '0') }
}
