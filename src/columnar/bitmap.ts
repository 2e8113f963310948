/** Bitmaps in Arrow's order: bit i is bit (i & 7) of byte (i >> 3). In a validity bitmap 1 means present. */
export type Bitmap = Uint8Array

export function bitmapBytes(length: number): number {
  return (length + 7) >> 3
}

export function newBitmap(length: number, value: boolean): Bitmap {
  const map = new Uint8Array(bitmapBytes(length))
  if (value) map.fill(255)
  return map
}

export function getBit(map: Bitmap, i: number): boolean {
  return (map[i >> 3] & (1 << (i & 7))) !== 0
}

export function setBit(map: Bitmap, i: number): void {
  map[i >> 3] |= 1 << (i & 7)
}

export function clearBit(map: Bitmap, i: number): void {
  map[i >> 3] &= ~(1 << (i & 7))
}

const ones = new Uint8Array(256)
for (let i = 1; i < 256; i++) ones[i] = ones[i >> 1] + (i & 1)

/** How many of the first `length` bits are set. */
export function countBits(map: Bitmap, length: number): number {
  const whole = length >> 3
  let n = 0
  for (let i = 0; i < whole; i++) n += ones[map[i]]
  if ((length & 7) !== 0) n += ones[map[whole] & ((1 << (length & 7)) - 1)]
  return n
}

/** Present only where both are; null stands for "all present". */
export function andValidity(a: Bitmap | null, b: Bitmap | null, length: number): Bitmap | null {
  if (a === null) return b
  if (b === null || a === b) return a
  const bytes = bitmapBytes(length)
  const out = new Uint8Array(bytes)
  for (let i = 0; i < bytes; i++) out[i] = a[i] & b[i]
  return out
}
