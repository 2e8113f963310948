/**
 * NaN and the infinities, for which number syntax has no digits, by the names that Spark writes or reads:
 * `NaN`, `Infinity`, `Inf` and `INF`, each infinity with an optional sign. Undefined for anything else.
 */
export function parseSpecialNumber(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (end - start < 3 || end - start > 9) return undefined
  const sign = bytes[start]
  const signed = sign === 0x2d || sign === 0x2b
  let name = ''
  for (let i = signed ? start + 1 : start; i < end; i++) name += String.fromCharCode(bytes[i])
  if (name === 'NaN') return signed ? undefined : Number.NaN
  if (name !== 'Infinity' && name !== 'Inf' && name !== 'INF') return undefined
  return sign === 0x2d ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}
