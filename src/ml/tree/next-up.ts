/**
 * The smallest 64-bit float that is greater than `x`: "x is not greater than t" is "x is less than nextUp(t)". Of infinity
 * and NaN they themselves.
 */
export function nextUp(x: number): number {
  if (Number.isNaN(x) || x === Infinity) return x
  if (x === 0) return Number.MIN_VALUE
  const float = new Float64Array([x])
  const bits = new BigInt64Array(float.buffer)
  // Magnitudes are ordered as their bits are; of a negative number the next one up is nearer to zero.
  bits[0] += x > 0 ? 1n : -1n
  return float[0]
}
