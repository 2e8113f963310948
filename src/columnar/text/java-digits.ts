/**
 * The digits that Java prints for a double. Releases before 19 do not always find the shortest ones, and Spark runs on
 * such a release. Text that is compared with Spark's must be the same, so the procedure is followed, not only its aim:
 *
 * - A whole number below 2^63 shows all its digits, but for the last one from 2^58 on and the last two from 2^61 on.
 * - Any other number x = b / s is divided out digit by digit until what is left is below half the distance to the next
 *   double (`low`) or within it of the next digit (`high`). Below a power of two the distance counts as half of that on
 *   both sides. Large and small numbers get a second digit even where the first would do.
 */
export interface JavaDigits {
  /** Without zeros at the end. */
  readonly digits: string
  /** Of the first digit: d.ddd × 10^exponent. */
  readonly exponent: number
}

const view = new DataView(new ArrayBuffer(8))

/**
 * Whether Java's digits may be other ones than the shortest: for whole numbers beyond 2^53, powers of two, and the
 * subnormal. A bound of any other fraction has eighteen digits or more, so the procedure never meets it.
 *
 * @param x finite and above zero
 */
export function hasJavaDigits(x: number): boolean {
  if (x > Number.MAX_SAFE_INTEGER || x < 2 ** -1022) return true
  view.setFloat64(0, x)
  return view.getUint32(4) === 0 && (view.getUint32(0) & 0xfffff) === 0 && !Number.isInteger(x)
}

/** @param x finite and above zero */
export function javaDigits(x: number): JavaDigits {
  return Number.isInteger(x) && x < 2 ** 63 ? wholeDigits(x) : dividedDigits(x)
}

function wholeDigits(x: number): JavaDigits {
  const all = BigInt(x).toString()
  const cut = x >= 2 ** 61 ? 2 : x >= 2 ** 58 ? 1 : 0
  if (cut === 0) return { digits: withoutZeros(all), exponent: all.length - 1 }
  const unit = cut === 1 ? 10n : 100n
  return { digits: withoutZeros(String((BigInt(x) + unit / 2n) / unit)), exponent: all.length - 1 }
}

function dividedDigits(x: number): JavaDigits {
  view.setFloat64(0, x)
  const bits = view.getBigUint64(0)
  const biased = Number(bits >> 52n)
  const fraction = bits & 0xfffffffffffffn
  // x = mantissa · 2^power; a subnormal number has fewer significant bits.
  const mantissa = biased === 0 ? fraction : fraction | 0x10000000000000n
  const power = (biased === 0 ? 1 : biased) - 1075
  const length = mantissa.toString(2).length
  let exponent = estimateExponent(Number(mantissa) / 2 ** (length - 1), power + length - 1)

  // All scaled to whole numbers: b / s = x / 10^exponent, and m is half the distance to the next double.
  const isPower = (mantissa & (mantissa - 1n)) === 0n
  const shift = isPower ? 2n : 1n
  const up = power > 0 ? BigInt(power) : 0n
  const down = power < 0 ? BigInt(-power) : 0n
  const tens = 10n ** BigInt(Math.abs(exponent))
  const [above, below] = exponent < 0 ? [tens, 1n] : [1n, tens]
  let b = ((mantissa << shift) << up) * above
  let m = (1n << up) * above
  const s = ((1n << shift) << down) * below
  const tenS = s * 10n

  let digits = ''
  let low = false
  let high = false
  for (let step = 0; step === 0 || (!low && !high); step++) {
    const digit = b / s
    b = (b % s) * 10n
    m *= 10n
    low = b < m
    high = b + m > tenS
    if (step > 0 || digit !== 0n || high) digits += String(digit)
    // The estimate was one too high.
    else exponent--
    if (step === 0 && (exponent < -3 || exponent >= 8)) low = high = false
  }
  const twice = b * 2n
  const roundsUp = high && (!low || twice > tenS || (twice === tenS && Number(digits.at(-1)) % 2 === 1))
  if (!roundsUp) return { digits: withoutZeros(digits), exponent }
  const more = String(BigInt(digits) + 1n)
  return { digits: withoutZeros(more), exponent: exponent + more.length - digits.length }
}

/** log10(f · 2^power) rounded down, by the tangent of the logarithm at 1.5 for f of [1, 2): at most one too high. */
function estimateExponent(f: number, power: number): number {
  return Math.floor((f - 1.5) * 0.289529654 + 0.176091259 + power * 0.301029995663981)
}

function withoutZeros(digits: string): string {
  return digits.replace(/0+$/, '')
}
