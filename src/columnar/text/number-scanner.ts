/**
 * Reads decimal numbers from bytes without making a string: one pass over the digits collects everything that the
 * column types need. The result stays in the fields until the next scan, so nothing is allocated per number.
 *
 * Exact or refused: `mantissa` holds at most 15 digits, which a float64 holds exactly. Longer numbers take the slow
 * path, which gives the whole text to the runtime.
 */
export class NumberScanner {
  /** No point and no exponent. */
  whole = false
  /** Written as JSON allows: no plus sign, no leading zero, digits on both sides of the point. */
  json = false
  negative = false
  /** The first 15 significant digits as a whole number. */
  mantissa = 0
  /** How many significant digits there are, leading zeros left out. */
  digits = 0
  /** Power of ten to multiply the mantissa with (when there are at most 15 digits). */
  exponent = 0
  #bytes: Uint8Array = noBytes
  #start = 0
  #end = 0

  /** Reads the number at `start`; answers where it ends, or -1 when there is none. Looks at no byte from `limit` on. */
  scan(bytes: Uint8Array, start: number, limit: number): number {
    let i = start
    let c = i < limit ? bytes[i] : 0
    this.negative = c === 0x2d
    let json = c !== 0x2b
    if (c === 0x2d || c === 0x2b) c = ++i < limit ? bytes[i] : 0
    const wholeStart = i
    let mantissa = 0
    let digits = 0
    while (c >= 0x30 && c <= 0x39) {
      if (digits !== 0 || c !== 0x30) if (++digits <= 15) mantissa = mantissa * 10 + (c - 0x30)
      c = ++i < limit ? bytes[i] : 0
    }
    const wholeDigits = i - wholeStart
    if (wholeDigits === 0 || (wholeDigits > 1 && bytes[wholeStart] === 0x30)) json = false
    let exponent = 0
    this.whole = true
    if (c === 0x2e) {
      this.whole = false
      c = ++i < limit ? bytes[i] : 0
      const fractionStart = i
      while (c >= 0x30 && c <= 0x39) {
        if (digits !== 0 || c !== 0x30) if (++digits <= 15) mantissa = mantissa * 10 + (c - 0x30)
        c = ++i < limit ? bytes[i] : 0
      }
      exponent = fractionStart - i
      if (exponent === 0) {
        json = false
        if (wholeDigits === 0) return -1
      }
    } else if (wholeDigits === 0) return -1
    if (c === 0x65 || c === 0x45) {
      this.whole = false
      let k = i + 1
      let d = k < limit ? bytes[k] : 0
      const negative = d === 0x2d
      if (d === 0x2d || d === 0x2b) d = ++k < limit ? bytes[k] : 0
      if (d < 0x30 || d > 0x39) return -1
      let power = 0
      while (d >= 0x30 && d <= 0x39) {
        // Beyond this the value is 0 or too large whatever the digits are.
        if (power < 100_000) power = power * 10 + (d - 0x30)
        d = ++k < limit ? bytes[k] : 0
      }
      exponent += negative ? -power : power
      i = k
    }
    this.json = json
    this.mantissa = mantissa
    this.digits = digits
    this.exponent = exponent
    this.#bytes = bytes
    this.#start = start
    this.#end = i
    return i
  }

  /** The nearest float64; infinite when the number is too large for one. */
  float64(): number {
    const { exponent, mantissa } = this
    if (this.digits <= 15) {
      // Both operands are exact, so that IEEE division or multiplication rounds once: the correctly rounded result.
      if (exponent === 0) return this.negative ? -mantissa : mantissa
      if (exponent < 0 && exponent >= -22) return this.negative ? -mantissa / powers[-exponent] : mantissa / powers[-exponent]
      if (exponent > 0 && exponent <= 22) return this.negative ? -mantissa * powers[exponent] : mantissa * powers[exponent]
    }
    return Number(this.text())
  }

  /** The whole number as a float64, or NaN when it lies beyond ±(2^53 − 1). Only when `whole`. Never -0. */
  safeInteger(): number {
    if (this.digits <= 15) return this.negative && this.mantissa !== 0 ? -this.mantissa : this.mantissa
    if (this.digits > 16) return Number.NaN
    const value = Number(this.text())
    // 2^53 and 2^53 + 1 read alike, so that the limit itself is the first value to refuse.
    return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : Number.NaN
  }

  /** The whole number exactly, or undefined beyond 64 bits. Only when `whole`; slow, for more than 15 digits. */
  int64(): bigint | undefined {
    if (this.digits > 19) return undefined
    const text = this.text()
    const value = BigInt(text.startsWith('+') ? text.slice(1) : text)
    return BigInt.asIntN(64, value) === value ? value : undefined
  }

  /** The number as written. */
  text(): string {
    let text = ''
    for (let i = this.#start; i < this.#end; i++) text += String.fromCharCode(this.#bytes[i])
    return text
  }
}

const noBytes = new Uint8Array(0)

/** 10^0 to 10^22: the powers of ten that a float64 holds exactly. */
const powers = Float64Array.from({ length: 23 }, (_, k) => Number(`1e${k}`))
