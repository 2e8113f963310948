import { describe, expect, test } from 'vitest'
import { javaDoubleText } from '../../../src/columnar/text/java-double.ts'
import { makeLiteral } from '../../../src/expr/literal.ts'
import { binaryType, call, cast, column, double, failure, float64Type, int32Type, int64Type, over, stringType, value } from './support.ts'

/** Answers at the edges of types, all recorded from Spark 4.2.0. */

const long = (digits: string) => makeLiteral(digits, int64Type)
const bytes = (hex: string) => makeLiteral(hex, binaryType)
const hexOf = (result: unknown): string => Buffer.from(result as Uint8Array).toString('hex')
const none = (type: typeof stringType | typeof int32Type | typeof float64Type) => cast(makeLiteral(null, { kind: 'null' }), type)

describe('digits of doubles that are not the shortest', () => {
  test.each([
    // Whole numbers below 2^63 show all digits, but for the last one or two from 2^58 and 2^61 on.
    [2.2891233023292013e17, '2.28912330232920128E17'], [1.1970107228595258e17, '1.19701072285952576E17'], [8.925174087349382e18, '8.9251740873493821E18'],
    [-5.226699516052562e17, '-5.2266995160525619E17'], [9007199254740992, '9.007199254740992E15'],
    // Powers of two, whose neighbours are at different distances.
    [2 ** -31, '4.6566128730773926E-10'], [2 ** 102, '5.0706024009129176E30'], [2 ** 533, '2.8118211215894977E160'],
    // Half-way between two doubles; subnormal; two digits at least.
    [6.746e21, '6.745999999999999E21'], [1.16e23, '1.1599999999999999E23'], [3.3156184e-316, '3.31561842E-316'], [5e-324, '4.9E-324'], [2e-3, '0.002'], [1e23, '9.999999999999999E22'],
  ])('%d', (x, text) => {
    expect(javaDoubleText(x)).toBe(text)
    expect(Number(text)).toBe(x)
  })
  test('format functions print them too', () => {
    expect([value(call('format_string', '%.0f', double(2.2891233023292013e17))), value(call('format_number', double(8.925174087349382e18), 0))]).toEqual([
      '228912330232920128', '8,925,174,087,349,382,100',
    ])
  })
})

describe('a null hides what other arguments would raise', () => {
  const types = { s: stringType, n: int32Type }
  const rows = [{ s: '5', n: 2 }, { s: 'x', n: null }]
  const asInt = cast(column('s'), int32Type)
  test('a null literal anywhere, before anything is computed', () => {
    expect(value(call('date_sub', '2/9/24', none(int32Type)))).toBeNull()
    expect(value(call('width_bucket', double(1), double(0), none(float64Type), cast(makeLiteral('x', stringType), int32Type)))).toBeNull()
  })
  test('in columns, one that stands before them', () => {
    expect(over(rows, types, call('+', column('n'), asInt))).toEqual([7, null])
    expect(() => over(rows, types, call('+', asInt, column('n')))).toThrow('The string "x" cannot be cast to int.')
  })
  test('a divisor is computed first', () => {
    expect(over(rows, types, call('/', asInt, column('n')))).toEqual([2.5, null])
    expect(() => over(rows, types, call('/', column('n'), asInt))).toThrow('The string "x" cannot be cast to int.')
  })
  test('an error of a row without a null stays one', () => {
    expect(() => over([{ s: 'x', n: 1 }, { s: '1', n: null }], types, call('+', column('n'), asInt))).toThrow('The string "x" cannot be cast to int.')
  })
})

describe('whole numbers of 64 bits', () => {
  test('chr() takes the low eight bits, nothing of a negative number', () => {
    expect([long('9223372036854775807'), long('6030742119338370489'), long('-9223372036854775808')].map(n => value(call('chr', n)))).toEqual(['ÿ', '¹', ''])
  })
  test('from_unixtime() goes round in microseconds', () => {
    const from = (seconds: string, pattern: string): unknown => value(call('from_unixtime', long(seconds), pattern))
    expect([from('123456789012345', 'mm:ss'), from('7959980708412850186', 'S'), from('-7959980708412850186', 'SSSSSS'), from('9223372036854', 'yyyy-MM-dd HH:mm:ss')]).toEqual([
      '12:58', '6', '371776', '+294247-01-10 04:00:54',
    ])
  })
  test('width_bucket() counts exactly and goes round where no double holds the distance', () => {
    const bucket = (x: number, min: number, max: number, n: string): unknown => value(call('width_bucket', double(x), double(min), double(max), long(n)))
    expect([
      bucket(0.5, 0, 1, '9223372036854775806'), bucket(2, 0, 1, '9223372036854775806'), bucket(0.5, 0, 1, '9223372036854775807'), bucket(1, 0, 1, '-7'),
      bucket(1234567890123456, Number.MAX_VALUE, -1, '4'),
    ]).toEqual([4611686018427387905n, 9223372036854775807n, null, null, -9223372036854775808n])
    expect(failure(call('width_bucket', double(1234567890123456), double(Number.MAX_VALUE), double(-1), 4))).toEqual(['EXPR_ARITHMETIC_OVERFLOW', 'ARITHMETIC_OVERFLOW'])
  })
  test('scales beyond what Java can compute are an overflow', () => {
    expect(failure(call('round', 5, -926544446))).toEqual(['EXPR_ARITHMETIC_OVERFLOW', 'ARITHMETIC_OVERFLOW'])
    expect([value(call('round', double(2.5), -400)), value(call('round', double(NaN), -926544446)), value(call('round', 5, 926544446))]).toEqual([0, NaN, 5])
  })
})

describe('binary values stay binary', () => {
  test('lpad() and rpad() fill with zeros or the bytes of a pad; a width below zero is an error', () => {
    expect([
      hexOf(value(call('lpad', bytes('ff'), 5))), hexOf(value(call('lpad', bytes('ffaa'), 7, bytes('0102')))), hexOf(value(call('rpad', bytes('ffaa'), 7, bytes('0102')))),
      hexOf(value(call('rpad', bytes('ffaa'), 1, bytes('')))), value(call('lpad', 'abc', -2, '')),
    ]).toEqual(['00000000ff', '0102010201ffaa', 'ffaa0102010201', 'ff', ''])
    expect(failure(call('lpad', bytes('ff'), -2, bytes('00')))).toEqual(['EXPR_INVALID_ARGUMENT', 'INVALID_PARAMETER_VALUE'])
  })
  test('overlay() replaces bytes in bytes, text in text, and nothing in between', () => {
    const put = (...args: readonly unknown[]): string => hexOf(value(call('overlay', bytes('0102030405'), ...args)))
    expect([put(bytes('ff'), 2), put(bytes('ff'), -2), put(bytes('ffff'), 3, 0), put(bytes('ffff'), 10, 1)]).toEqual(['01ff030405', 'ff05', '0102ffff030405', '0102030405ffff'])
    expect(value(call('overlay', 'abcdef', 'XY', -2147483648, 2147483647))).toBe('abcdefXYf')
    expect(failure(call('overlay', bytes('00'), 'a', 1))).toEqual(['PLAN_TYPE_MISMATCH', 'DATATYPE_MISMATCH.DATA_DIFF_TYPES'])
  })
  test('left() and reverse()', () => {
    expect([hexOf(value(call('left', bytes('010203'), 2))), hexOf(value(call('left', bytes('01'), -1))), hexOf(value(call('reverse', bytes('010203'))))]).toEqual(['0102', '', '030201'])
  })
})

describe('types that do not fit', () => {
  test.each([
    ['comparison', call('=', bytes('00'), true), 'BINARY_OP_DIFF_TYPES'], ['and', call('and', true, 1), 'BINARY_OP_DIFF_TYPES'],
    ['coalesce', call('coalesce', true, 1), 'DATA_DIFF_TYPES'], ['in', call('in', 1, true), 'DATA_DIFF_TYPES'], ['text beside a number in greatest', call('greatest', '1', 3), 'DATA_DIFF_TYPES'],
    ['sets of arrays', call('array_union', call('array', 'a'), call('array', 1)), 'BINARY_ARRAY_DIFF_TYPES'], ['concat of a null and an array', call('concat', null, call('array', 1)), 'DATA_DIFF_TYPES'],
    ['an exact text', call('soundex', 5), 'UNEXPECTED_INPUT_TYPE'], ['an exact time', call('unix_millis', '2024-01-01'), 'UNEXPECTED_INPUT_TYPE'],
    ['a replacement of two characters', call('mask', 'a', 'xy'), 'INPUT_SIZE_NOT_ONE'], ['sequence', call('sequence', true, 1), 'SEQUENCE_WRONG_INPUT_TYPES'],
  ])('%s', (_, expr, condition) => {
    expect(failure(expr)).toEqual(['PLAN_TYPE_MISMATCH', `DATATYPE_MISMATCH.${condition}`])
  })
  test('a cast that is never possible is none for a null either', () => {
    expect(failure(cast(none(stringType), { kind: 'array', element: int32Type, containsNull: true }))).toEqual(['PLAN_CAST_NOT_ALLOWED', 'DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION'])
  })
  test('text that is no number makes a try_ function null', () => {
    expect([value(call('try_add', 'x', 1)), value(call('try_divide', double(1), 'x')), value(call('try_mod', 5, 'x'))]).toEqual([null, null, null])
    expect(failure(call('+', 'x', 1))).toEqual(['EXPR_CAST_INVALID_INPUT', 'CAST_INVALID_INPUT'])
  })
})

test('small rules', () => {
  expect([
    value(call('regexp_substr', 'É', 'b*')), value(call('parse_url', 'http://a b/', 'HOST', 'k')), value(call('try_to_binary', 'a', 'foo')), value(call('hex', true)),
    value(call('format_string', '%.2f', none(float64Type))), value(call('decode', 'a', 'a', 63)), value(call('to_timestamp', double(5.5))),
  ]).toEqual([null, null, null, '74727565', 'nu', 63, new Date(5500)])
  expect(failure(call('make_timestamp', 2024, 1, 1, 1, 1, double(1e10)))).toEqual(['EXPR_DATETIME_FIELD', 'NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION'])
  expect(failure(call('make_date', 503072414, 4, 3))).toEqual(['EXPR_ARITHMETIC_OVERFLOW', 'ARITHMETIC_OVERFLOW'])
  expect(failure(call('add_months', call('make_date', 2024, 2, 29), 2147483647))).toEqual(['EXPR_ARITHMETIC_OVERFLOW', 'ARITHMETIC_OVERFLOW'])
  expect(failure(call('timestampadd', 'YEAR', 2147483647, new Date(0)))).toEqual(['EXPR_ARITHMETIC_OVERFLOW', 'DATETIME_OVERFLOW'])
  expect(failure(call('timestampdiff', 'DAYOFYEAR', new Date(0), new Date(0)))).toEqual(['EXPR_INVALID_ARGUMENT', 'INVALID_PARAMETER_VALUE.DATETIME_UNIT'])
})
