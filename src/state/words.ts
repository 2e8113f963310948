/** Which of the two 32-bit words of a 64-bit value in memory is the lower one on this machine. */
const low = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1

/** Index of the lower word of element i of an array of 64-bit values seen through {@link wordsOf}. */
export function lowWord(i: number): number {
  return i * 2 + low
}

export function highWord(i: number): number {
  return i * 2 + 1 - low
}

/** An array of 64-bit values as 32-bit words, the same memory. */
export function wordsOf(values: Float64Array | BigInt64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length * 2)
}

/** Upper word of every NaN: which NaN an operation gives depends on the machine, what we store must not. */
export const nanHigh = 0x7ff8_0000

export function isNanWords(low: number, high: number): boolean {
  const h = high & 0x7fff_ffff
  return h > 0x7ff0_0000 || (h === 0x7ff0_0000 && low !== 0)
}
