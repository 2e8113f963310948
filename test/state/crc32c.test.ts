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
})
