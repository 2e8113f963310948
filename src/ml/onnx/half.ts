/** Floats of 16 bits (IEEE 754 binary16) from floats of 32, rounded to the nearest, ties to even. */
export function toHalves(values: Float32Array): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length)
  return Uint16Array.from(words, half)
}

function half(word: number): number {
  const sign = (word >>> 16) & 0x8000
  const exponent = (word >>> 23) & 0xff
  const fraction = word & 0x7fffff
  if (exponent === 0xff) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200)
  const e = exponent - 112
  if (e >= 31) return sign | 0x7c00
  if (e > 0) return sign | rounded((e << 23) | fraction, 13)
  // Below the normal range the hidden bit becomes part of the fraction.
  return e < -10 ? sign : sign | rounded(fraction | 0x800000, 14 - e)
}

function rounded(value: number, shift: number): number {
  const kept = value >>> shift
  const rest = value & ((1 << shift) - 1)
  const middle = 1 << (shift - 1)
  return rest > middle || (rest === middle && (kept & 1) === 1) ? kept + 1 : kept
}

/** 32-bit floats from floats of 16 bits. */
export function fromHalves(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, word => {
    const exponent = (word >>> 10) & 31
    const fraction = word & 1023
    const size = exponent === 31 ? (fraction === 0 ? Infinity : NaN) : exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15)
    return word & 0x8000 ? -size : size
  })
}
