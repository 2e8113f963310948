import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { XxHash64 } from '../../../src/expr/functions/hash/xxhash64.ts'
import { arrayType, call, column, double, field, float64Type, int32Type, integerType, int64Type, over, stringType, structType, timestampType, value } from './support.ts'

const mask = 2n ** 64n - 1n
const p = [0x9e3779b185ebca87n, 0xc2b2ae3d27d4eb4fn, 0x165667b19e3779f9n, 0x85ebca77c2b2ae63n, 0x27d4eb2f165667c5n]
const rotate = (x: bigint, n: bigint): bigint => ((x << n) | (x >> (64n - n))) & mask
const round = (acc: bigint, input: bigint): bigint => (rotate((acc + input * p[1]) & mask, 31n) * p[0]) & mask

/** xxHash64 as its specification has it, on bigints. */
function reference(bytes: Uint8Array, seed: bigint): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 0
  let h = (seed + p[4]) & mask
  if (bytes.length >= 32) {
    const acc = [seed + p[0] + p[1], seed + p[1], seed, seed - p[0]].map(x => x & mask)
    for (; at + 32 <= bytes.length; at += 32) for (let k = 0; k < 4; k++) acc[k] = round(acc[k], view.getBigUint64(at + 8 * k, true))
    h = (rotate(acc[0], 1n) + rotate(acc[1], 7n) + rotate(acc[2], 12n) + rotate(acc[3], 18n)) & mask
    for (const a of acc) h = ((h ^ round(0n, a)) * p[0] + p[3]) & mask
  }
  h = (h + BigInt(bytes.length)) & mask
  for (; at + 8 <= bytes.length; at += 8) h = (rotate(h ^ round(0n, view.getBigUint64(at, true)), 27n) * p[0] + p[3]) & mask
  if (at + 4 <= bytes.length) {
    h = (rotate(h ^ ((BigInt(view.getUint32(at, true)) * p[0]) & mask), 23n) * p[1] + p[2]) & mask
    at += 4
  }
  for (; at < bytes.length; at++) h = (rotate(h ^ ((BigInt(bytes[at]) * p[4]) & mask), 11n) * p[0]) & mask
  h = ((h ^ (h >> 33n)) * p[1]) & mask
  h = ((h ^ (h >> 29n)) * p[2]) & mask
  return BigInt.asIntN(64, h ^ (h >> 32n))
}

describe('xxhash64 on pairs of 32-bit halves', () => {
  test('is the specified hash for every length and seed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.bigInt({ min: 0n, max: mask }), (bytes, seed) => {
        const state = new XxHash64()
        state.set(Number(BigInt.asIntN(32, seed)), Number(BigInt.asIntN(32, seed >> 32n)))
        state.bytes(bytes, 0, bytes.length)
        expect(state.toBigInt()).toBe(reference(bytes, seed))
      }),
      { numRuns: 1000 },
    )
  })
})

describe('hash by type', () => {
  test('an integer hashes as the bigint of the same value', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), n => {
        for (const name of ['hash', 'xxhash64']) {
          const [asInteger] = over([{ x: n }], { x: integerType }, call(name, column('x')))
          expect(asInteger).toBe(over([{ x: BigInt(n) }], { x: int64Type }, call(name, column('x')))[0])
        }
      }),
      { numRuns: 200 },
    )
  })
  test('nulls leave the hash as it is, also inside arrays and structs', () => {
    const type = structType([field('a', int32Type), field('b', arrayType(stringType))])
    const rows = [{ s: { a: 1, b: ['x', null] } }, { s: { a: 1, b: ['x'] } }, { s: null }]
    const [withNull, without, nothing] = over(rows, { s: type }, call('hash', column('s')))
    expect(withNull).toBe(without)
    expect(nothing).toBe(42)
    expect(without).toBe(value(call('hash', 1, 'x')))
  })
  test('both zeros and all NaNs hash alike', () => {
    expect(value(call('hash', double(-0)))).toBe(value(call('hash', double(0))))
    const odd = new Float64Array(new BigInt64Array([0x7ff8000000000001n]).buffer)[0]
    expect(over([{ x: odd }], { x: float64Type }, call('xxhash64', column('x')))).toEqual([value(call('xxhash64', double(NaN)))])
  })
  test('a timestamp hashes as its microseconds', () => {
    expect(over([{ t: new Date(1.7e12) }], { t: timestampType }, call('hash', column('t')))).toEqual(over([{ x: 1.7e15 }], { x: integerType }, call('hash', column('x'))))
  })
})

describe('digests', () => {
  test('of empty and non-ASCII text', () => {
    expect(value(call('md5', ''))).toBe('d41d8cd98f00b204e9800998ecf8427e')
    expect(value(call('crc32', '123456789'))).toBe(0xcbf43926)
    expect([224, 384, 512].map(n => (value(call('sha2', 'é', n)) as string).length)).toEqual([56, 96, 128])
  })
})
