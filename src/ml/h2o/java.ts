const multiplier = 0x5deece66dn
const mask48 = (1n << 48n) - 1n

/** The first double of Java's random generator with this seed. Seldom called: ties of class probabilities end here. */
export function javaRandomDouble(seed: bigint): number {
  let state = (seed ^ multiplier) & mask48
  const next = (bits: bigint): bigint => {
    state = (state * multiplier + 0xbn) & mask48
    return state >> (48n - bits)
  }
  const high = next(26n)
  return Number((high << 27n) + next(27n)) / 2 ** 53
}

/** Java's `(int)` of a double: cut off towards 0, held within 32 bits, 0 for NaN. */
export function javaInt(x: number): number {
  if (x >= -2147483648 && x <= 2147483647) return x | 0
  return x > 0 ? 2147483647 : x < 0 ? -2147483648 : 0
}
