import { describe, expect, test } from 'vitest'
import { arrayType, binaryType, booleanType, type DataType, dateType, field, float64Type, int32Type, int64Type, integerType, nullType, stringType, structType } from '../../../src/columnar/data-type.ts'
import { vectorOf } from '../../../src/columnar/builder.ts'
import { hash64, rowHasher, xxhash64Bytes } from '../../../src/columnar/xxhash64.ts'

function result(): bigint {
  return BigInt.asIntN(64, (BigInt(hash64.high) << 32n) | BigInt(hash64.low >>> 0))
}

function hash(...values: [DataType, unknown][]): bigint {
  hash64.high = 0
  hash64.low = 42
  for (const [type, value] of values) rowHasher(vectorOf(type, [value]))(0)
  return result()
}

/** The algorithm's description in 64-bit arithmetic. */
function naive(bytes: Uint8Array, seed: bigint): bigint {
  const mask = 2n ** 64n - 1n
  const [p1, p2, p3, p4, p5] = [0x9e3779b185ebca87n, 0xc2b2ae3d27d4eb4fn, 0x165667b19e3779f9n, 0x85ebca77c2b2ae63n, 0x27d4eb2f165667c5n]
  const rotate = (x: bigint, n: bigint): bigint => ((x << n) | (x >> (64n - n))) & mask
  const read = (at: number, n: number): bigint => {
    let x = 0n
    for (let k = n - 1; k >= 0; k--) x = (x << 8n) | BigInt(bytes[at + k])
    return x
  }
  const round = (acc: bigint, x: bigint): bigint => (rotate((acc + x * p2) & mask, 31n) * p1) & mask
  let at = 0
  let h = (seed + p5) & mask
  if (bytes.length >= 32) {
    const v = [seed + p1 + p2, seed + p2, seed, seed - p1].map(x => x & mask)
    for (; at + 32 <= bytes.length; at += 32) for (let k = 0; k < 4; k++) v[k] = round(v[k], read(at + 8 * k, 8))
    h = (rotate(v[0], 1n) + rotate(v[1], 7n) + rotate(v[2], 12n) + rotate(v[3], 18n)) & mask
    for (const x of v) h = ((h ^ round(0n, x)) * p1 + p4) & mask
  }
  h = (h + BigInt(bytes.length)) & mask
  for (; at + 8 <= bytes.length; at += 8) h = (rotate(h ^ round(0n, read(at, 8)), 27n) * p1 + p4) & mask
  if (at + 4 <= bytes.length) {
    h = (rotate(h ^ ((read(at, 4) * p1) & mask), 23n) * p2 + p3) & mask
    at += 4
  }
  for (; at < bytes.length; at++) h = (rotate(h ^ ((BigInt(bytes[at]) * p5) & mask), 11n) * p1) & mask
  h = ((h ^ (h >> 33n)) * p2) & mask
  h = ((h ^ (h >> 29n)) * p3) & mask
  return BigInt.asIntN(64, h ^ (h >> 32n))
}

describe('xxHash64', () => {
  test('gives what Spark gives for each type', () => {
    const actual = {
      int: hash([int32Type, 1]),
      negativeInt: hash([int32Type, -1]),
      bigint: hash([int64Type, 1n]),
      integer: hash([integerType, 1]),
      chain: hash([int32Type, 1], [stringType, 'a'], [nullType, null]),
      negativeZero: hash([float64Type, -0]),
      nan: hash([float64Type, NaN]),
      boolean: hash([booleanType, true]),
      date: hash([dateType, '2024-01-01']),
      binary: hash([binaryType, Uint8Array.of(1, 2)]),
      array: hash([arrayType(int32Type), [1, 2]]),
      long: hash([stringType, 'abcdefghijklmnopqrstuvwxyz0123456789']),
      eight: hash([stringType, 'abcdefgh']),
    }
    expect(actual).toEqual({
      int: -6698625589789238999n,
      negativeInt: 2017008487422258757n,
      bigint: -7001672635703045582n,
      integer: -7001672635703045582n,
      chain: 8205864924878002737n,
      negativeZero: -5252525462095825812n,
      nan: -3127944061524951246n,
      boolean: -6698625589789238999n,
      date: 3242891694566951137n,
      binary: -449066226287847073n,
      array: -8133857028838179022n,
      long: 2724237963427677065n,
      eight: 2470326616177429180n,
    })
  })

  test('a struct hashes as its fields one after the other', () => {
    const type = structType([field('a', int32Type), field('b', stringType)])
    expect(hash([type, { a: 1, b: 'a' }])).toBe(hash([int32Type, 1], [stringType, 'a']))
  })

  test('of bytes is that of 64-bit arithmetic, for every length up to 100 and odd seeds', () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, i) => (i * 151 + 7) & 255)
    for (const seed of [0n, 42n, 0x89abcdef01234567n]) {
      for (let n = 0; n <= 100; n++) {
        xxhash64Bytes(bytes, 0, n, Number(BigInt.asIntN(32, seed >> 32n)), Number(BigInt.asIntN(32, seed)))
        expect(result(), `${n} bytes`).toBe(naive(bytes.subarray(0, n), seed))
      }
    }
  })

  test('whole numbers hash alike as integer and int64, beyond 32 bits and below zero too', () => {
    for (const x of [0, -1, 2 ** 31, -(2 ** 31) - 1, 2 ** 53 - 1, -(2 ** 53) + 1, 2 ** 32, -(2 ** 40)]) {
      expect(hash([integerType, x]), String(x)).toBe(hash([int64Type, BigInt(x)]))
    }
  })
})
