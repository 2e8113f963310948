import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { javaDoubleText, notANumber, parseDouble } from '../../../src/columnar/text/java-double.ts'
import { literalOf, makeLiteral } from '../../../src/expr/literal.ts'
import { arrayType, binaryType, booleanType, cast, column, double, failure, field, float64Type, int32Type, int64Type, integerType, over, stringType, structType, value } from './support.ts'

const text = (s: string) => literalOf(s)

describe('casts from text', () => {
  test('whole numbers take a sign and whitespace around, and nothing else', () => {
    const cases = [' 12 ', '+7', '-0', '\t5\n', '12.5', '', '-', '1 2', '0x1', '2147483648', '१']
    expect(cases.map(s => value(cast(text(s), int32Type, 'try')))).toEqual([12, 7, 0, 5, null, null, null, null, null, null, null])
  })
  test('bigints are exact over all 64 bits', () => {
    const cases = ['9223372036854775807', '-9223372036854775808', '9007199254740993', '9223372036854775808']
    expect(cases.map(s => value(cast(text(s), int64Type, 'try')))).toEqual([9223372036854775807n, -9223372036854775808n, 9007199254740993n, null])
  })
  test('a bigint that integer cannot hold is an overflow, text beyond 64 bits is invalid', () => {
    expect(failure(cast(text('9007199254740993'), integerType))).toEqual(['EXPR_CAST_OVERFLOW', 'CAST_OVERFLOW'])
    expect(failure(cast(text('99999999999999999999'), integerType))).toEqual(['EXPR_CAST_INVALID_INPUT', 'CAST_INVALID_INPUT'])
  })
  test('booleans are words in any case', () => {
    const cases = ['T', 'yes', ' 1 ', 'F', 'No', '0', 'on', '', '2']
    expect(cases.map(s => value(cast(text(s), booleanType, 'try')))).toEqual([true, true, true, false, false, false, null, null, null])
  })
  test('a double written and read is the same double', () => {
    fc.assert(
      fc.property(fc.double(), x => {
        const utf8 = new TextEncoder().encode(javaDoubleText(x))
        const back = parseDouble(utf8, 0, utf8.length)
        expect(back === notANumber ? null : back).toBe(x)
      }),
      { numRuns: 2000 },
    )
  })
  test('reads decimal text as the nearest double', () => {
    const decimal = fc.tuple(fc.bigInt({ min: 0n, max: 10n ** 25n }), fc.integer({ min: -40, max: 40 })).map(([m, e]) => `${m}e${e}`)
    fc.assert(
      fc.property(decimal, s => {
        const utf8 = new TextEncoder().encode(s)
        expect(parseDouble(utf8, 0, utf8.length)).toBe(Number(s))
      }),
      { numRuns: 2000 },
    )
  })
  test('keeps a byte order mark inside text', () => {
    expect(value(cast(makeLiteral('efbbbf61', binaryType), stringType))).toBe('\uFEFFa')
  })
})

describe('casts among numbers', () => {
  test('fractions are cut off toward zero, also for -0.5', () => {
    expect([2.9, -2.9, -0.5].map(x => value(cast(double(x), int32Type)))).toEqual([2, -2, 0])
  })
  test('what does not fit raises with value and types', () => {
    expect(() => value(cast(double(1e10), int32Type))).toThrow('The double 10000000000 is beyond int.')
    expect(failure(cast(double(NaN), int64Type))).toEqual(['EXPR_CAST_OVERFLOW', 'CAST_OVERFLOW'])
    expect(failure(cast(makeLiteral('9007199254740993', int64Type), integerType))).toEqual(['EXPR_CAST_OVERFLOW', 'CAST_OVERFLOW'])
    expect(value(cast(makeLiteral('2147483648', int64Type), int32Type, 'try'))).toBeNull()
  })
  test('2^63 as a double becomes the largest bigint, the next double is beyond', () => {
    expect(value(cast(double(2 ** 63), int64Type))).toBe(9223372036854775807n)
    expect(value(cast(double(2 ** 63 + 2048), int64Type, 'try'))).toBeNull()
  })
  test('a value under a null does not raise', () => {
    expect(over([{ x: null }, { x: 3.5 }], { x: float64Type }, cast(column('x'), int32Type))).toEqual([null, 3])
  })
})

describe('casts of nested values', () => {
  const rows = [{ x: ['1', null] }, { x: null }, { x: [] }, { x: ['7'] }]
  test('arrays element by element', () => {
    expect(over(rows, { x: arrayType(stringType) }, cast(column('x'), arrayType(float64Type)))).toEqual([[1, null], null, [], [7]])
  })
  test('an element that cannot be cast raises, or is null in a try_cast', () => {
    const bad = [{ x: ['1', 'x'] }]
    expect(() => over(bad, { x: arrayType(stringType) }, cast(column('x'), arrayType(int32Type)))).toThrow('The string "x" cannot be cast to int.')
    expect(over(bad, { x: arrayType(stringType) }, cast(column('x'), arrayType(int32Type), 'try'))).toEqual([[1, null]])
  })
  test('structs field by field, named by the target', () => {
    const from = structType([field('a', int32Type), field('b', stringType)])
    const to = structType([field('x', stringType), field('y', int64Type)])
    const result = over([{ s: { a: 1, b: '2' } }, { s: null }], { s: from }, cast(column('s'), to))
    expect(result).toEqual([{ x: '1', y: 2n }, null])
  })
  test('to text with nulls written out', () => {
    const type = arrayType(structType([field('a', float64Type), field('b', booleanType)]))
    expect(over([{ x: [{ a: 1, b: null }, null] }], { x: type }, cast(column('x'), stringType))).toEqual(['[{1.0, null}, null]'])
  })
  test('an impossible cast is refused when the query is built', () => {
    expect(failure(cast(literalOf(1), arrayType(int32Type)))).toEqual(['PLAN_CAST_NOT_ALLOWED', 'DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION'])
    expect(failure(cast(literalOf(1), binaryType))).toEqual(['PLAN_CAST_NOT_ALLOWED', 'DATATYPE_MISMATCH.CAST_WITH_CONF_SUGGESTION'])
  })
})
