import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { makeLiteral } from '../../../src/expr/literal.ts'
import { call, column, double, failure, float64Type, int32Type, int64Type, integerType, over, stringType, value } from './support.ts'

const long = (digits: string) => makeLiteral(digits, int64Type)
const whole = (n: number) => makeLiteral(n, integerType)

describe('rounding', () => {
  test('agrees with decimal arithmetic on the shortest digits', () => {
    // Numbers that are half-way in decimal but not in binary are the ones that a product with a power of ten gets wrong.
    const half = fc.tuple(fc.integer({ min: -99999, max: 99999 }), fc.integer({ min: 0, max: 6 })).map(([n, scale]) => ({ text: `${n}5e${-scale - 1}`, n, scale }))
    fc.assert(
      fc.property(half, ({ text, n, scale }) => {
        const away = text.startsWith('-') ? n - 1 : n + 1
        expect(value(call('round', double(Number(text)), scale))).toBe(Number(`${away}e${-scale}`) + 0)
      }),
      { numRuns: 1000 },
    )
  })
  test('never gives a negative zero', () => {
    expect(['round', 'bround', 'ceil'].map(f => value(call(f, double(-0.2), 0)))).toEqual([0, 0, 0])
    expect(value(call('ceil', double(-0.5)))).toBe(0)
  })
  test('whole numbers round in their own type and overflow', () => {
    expect(value(call('round', whole(-1250), -2))).toBe(-1300)
    expect(value(call('bround', long('9223372036854775750'), -2))).toBe(9223372036854775800n)
    expect(failure(call('round', long('9223372036854775807'), -1))).toEqual(['EXPR_ARITHMETIC_OVERFLOW', 'ARITHMETIC_OVERFLOW'])
    expect(value(call('round', 7, -12))).toBe(0)
  })
  test('floor and ceil of a double end where integer ends', () => {
    expect(value(call('floor', double(-9007199254740991)))).toBe(-9007199254740991)
    expect(failure(call('ceil', double(1e16)))).toEqual(['EXPR_ARITHMETIC_OVERFLOW', 'ARITHMETIC_OVERFLOW'])
  })
})

describe('arithmetic between types', () => {
  test('text beside a whole number is a whole number, beside a double a double', () => {
    expect(value(call('+', '5', 3))).toBe(8)
    expect(value(call('*', '5.5', double(2)))).toBe(11)
    expect(failure(call('+', '5.5', 3))).toEqual(['EXPR_CAST_INVALID_INPUT', 'CAST_INVALID_INPUT'])
  })
  test('a bare NULL takes the type of the other side', () => {
    expect(value(call('typeof', call('+', 1, null)))).toBe('int')
    expect(value(call('typeof', call('%', null, double(1))))).toBe('double')
  })
  test('sides that are no numbers are refused when the query is built', () => {
    expect(failure(call('+', true, 1))).toEqual(['PLAN_TYPE_MISMATCH', 'DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES'])
    expect(failure(call('-', 'a', 'b'))).toEqual(['PLAN_TYPE_MISMATCH', 'DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE'])
    expect(failure(call('div', double(1), 2))).toEqual(['PLAN_TYPE_MISMATCH', 'DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES'])
  })
})

describe('bits', () => {
  test('agree with 64-bit arithmetic on every type', () => {
    const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
    fc.assert(
      fc.property(int, int, fc.integer({ min: -70, max: 70 }), (a, b, n) => {
        const types = { a: int32Type, b: int32Type, n: int32Type }
        const row = [{ a, b, n }]
        expect(over(row, types, call('&', column('a'), column('b')))).toEqual([a & b])
        expect(over(row, { a: int64Type, b: int64Type }, call('^', column('a'), column('b')))).toEqual([BigInt(a) ^ BigInt(b)])
        expect(over(row, { a: integerType, b: integerType }, call('|', column('a'), column('b')))).toEqual([Number(BigInt(a) | BigInt(b))])
        expect(over(row, { ...types, a: int64Type }, call('shiftleft', column('a'), column('n')))).toEqual([BigInt.asIntN(64, BigInt(a) << (BigInt(n) & 63n))])
        expect(over(row, types, call('shiftrightunsigned', column('a'), column('n')))).toEqual([(a >>> n) | 0])
      }),
      { numRuns: 200 },
    )
  })
  test('an integer result beyond 2^53 overflows', () => {
    expect(failure(call('shiftleft', whole(1), 60))).toEqual(['EXPR_ARITHMETIC_OVERFLOW', 'ARITHMETIC_OVERFLOW'])
  })
  test('a bit outside the type raises', () => {
    expect(value(call('bit_get', 11, 1))).toBe(1)
    expect(failure(call('bit_get', 11, 32))).toEqual(['EXPR_INVALID_ARGUMENT', 'INVALID_PARAMETER_VALUE.BIT_POSITION_RANGE'])
    expect(value(call('bit_get', long('-1'), 63))).toBe(1)
  })
})

describe('domains', () => {
  test('logarithms are null where they are not defined, roots are NaN', () => {
    expect([call('ln', 0), call('log', 2, -1), call('log1p', -1), call('log2', double(NaN))].map(value)).toEqual([null, null, null, NaN])
    expect(value(call('sqrt', -1))).toBeNaN()
  })
  test('the smallest int has no positive twin', () => {
    expect(failure(call('negative', -2147483648))).toEqual(['EXPR_ARITHMETIC_OVERFLOW', 'ARITHMETIC_OVERFLOW'])
    expect(Object.is(value(call('negative', 0)), 0)).toBe(true)
    expect(Object.is(value(call('negative', double(0))), -0)).toBe(true)
  })
  test('conv reads unsigned 64-bit numbers up to the first foreign character', () => {
    const conv = (text: string, from: number, to: number) => value(call('conv', text, from, to))
    expect([conv('-1', 10, 16), conv('-1', 10, -16), conv('18446744073709551615', 10, -10), conv('12x9', 10, 2), conv('', 10, 2), conv('7', 1, 10)]).toEqual([
      'FFFFFFFFFFFFFFFF', '-1', '-1', '1100', null, null,
    ])
  })
  test('numbers in base 16 and back', () => {
    expect([value(call('hex', -1)), value(call('hex', 'é')), value(call('bin', 5))]).toEqual(['FFFFFFFFFFFFFFFF', 'C3A9', '101'])
    expect([value(call('unhex', 'F')), value(call('unhex', 'FG'))]).toEqual([new Uint8Array([15]), null])
  })
})

describe('random values', () => {
  const rows = Array.from({ length: 2000 }, () => ({ x: 1 }))
  const types = { x: int32Type }
  const at = (seed: number, firstRow: number) => ({ nowMicros: 0, timeZone: 'UTC', seed, firstRow })
  test('are the same in a replay, whatever the cut into batches', () => {
    for (const name of ['rand', 'randn', 'uuid']) {
      const all = over(rows, types, call(name), at(7, 0))
      const parts = [...over(rows.slice(0, 800), types, call(name), at(7, 0)), ...over(rows.slice(800), types, call(name), at(7, 800))]
      expect(parts).toEqual(all)
      expect(over(rows, types, call(name), at(8, 0))).not.toEqual(all)
      expect(over(rows, types, call(name, 5), at(7, 0))).not.toEqual(all)
    }
  })
  test('are spread evenly, and normally', () => {
    const uniform = over(rows, types, call('rand')) as number[]
    const mean = uniform.reduce((a, b) => a + b) / rows.length
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.03)
    expect(new Set(uniform).size).toBe(rows.length)
    const normal = over(rows, types, call('randn')) as number[]
    const variance = normal.reduce((a, b) => a + b * b, 0) / rows.length
    expect(Math.abs(variance - 1)).toBeLessThan(0.15)
  })
  test('uuids are of version 4 and differ', () => {
    const ids = over(rows, types, call('uuid')) as string[]
    expect(ids.every(id => /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(true)
    expect(new Set(ids).size).toBe(rows.length)
  })
})

describe('greatest and least', () => {
  const row = [{ a: 1.5, b: null, s: 'b' }]
  test('pass nulls over, take NaN for the largest, and meet in a common type', () => {
    expect(over(row, { a: float64Type, b: int32Type, s: stringType }, call('greatest', column('a'), column('b'), 1))).toEqual([1.5])
    expect(over(row, { a: float64Type, b: int32Type, s: stringType }, call('greatest', column('a'), double(NaN)))).toEqual([NaN])
    expect(over(row, { a: float64Type, b: int32Type, s: stringType }, call('least', column('s'), 'ä', 'a'))).toEqual(['a'])
  })
})
