import { describe, expect, test } from 'vitest'
import { crc32c } from '../../src/common/crc32c.ts'

const ascending = Uint8Array.from({ length: 32 }, (_, i) => i)

describe('crc32c', () => {
  test('gives the values of RFC 3720, appendix B.4', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
    expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43)
    expect(crc32c(ascending)).toBe(0x46dd794e)
    expect(crc32c(ascending.toReversed())).toBe(0x113fdb5c)
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283)
    expect(crc32c(new Uint8Array(0))).toBe(0)
  })

  test('can be computed piece by piece, whatever the pieces', () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, i) => (i * 37) & 255)
    for (let cut = 0; cut <= 100; cut++) expect(crc32c(bytes, cut, 100, crc32c(bytes, 0, cut))).toBe(crc32c(bytes))
  })

  test('is the same at every length and place, long pieces too, which are taken in words', () => {
    const buffer = Uint8Array.from({ length: 1200 }, (_, i) => Math.imul(i + 1, 2_654_435_761) >>> 24)
    for (let shift = 0; shift < 5; shift++) {
      const bytes = buffer.subarray(shift)
      for (let start = 0; start < 5; start++) {
        for (const length of [0, 1, 255, 256, 257, 263, 300, 511, 512, 1000, 1100, 1101, 1102, 1103, 1104]) {
          expect(crc32c(bytes, start, start + length, 7)).toBe(bitByBit(bytes.subarray(start, start + length), 7))
        }
      }
    }
  })
})

/** The definition: divides by the polynomial, one bit after the other. */
function bitByBit(bytes: Uint8Array, previous: number): number {
  let crc = ~previous
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return ~crc >>> 0
}
