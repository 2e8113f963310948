/**
 * Whole numbers of 64 bits read and written as two lanes of 32 bits: exact up to 2^53 and without a BigInt per value.
 * Typed arrays are little-endian on every machine that Node runs on.
 */

const two32 = 4_294_967_296

/** The values as pairs of lanes (low, high), without a copy. */
export function lanesOf(values: BigInt64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2)
}

/** Value i as a float64; beyond ±2^53 it is rounded, but never back into the safe range. */
export function laneValue(lanes: Int32Array, i: number): number {
  return lanes[2 * i + 1] * two32 + (lanes[2 * i] >>> 0)
}

/** Value i divided by 1000 and rounded down, exact for all 64 bits. */
export function laneThousandth(lanes: Int32Array, i: number): number {
  const high = lanes[2 * i + 1]
  const quotient = Math.floor(high / 1000)
  const rest = (high - quotient * 1000) * two32 + (lanes[2 * i] >>> 0)
  return quotient * two32 + Math.floor(rest / 1000)
}

/** Stores a whole float64 as value i. */
export function storeLanes(lanes: Int32Array, i: number, value: number): void {
  const high = Math.floor(value / two32)
  lanes[2 * i] = value - high * two32 | 0
  lanes[2 * i + 1] = high
}
