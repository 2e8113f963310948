import { describe, expect, test } from 'vitest'
import { batchOfRows } from '../../../src/columnar/batch-builder.ts'
import { dateType, field, float64Type, int32Type, int64Type, integerType, stringType, timestampType } from '../../../src/columnar/data-type.ts'
import { makeSchema } from '../../../src/columnar/schema.ts'
import { makeLiteral } from '../../../src/expr/literal.ts'
import { compile, rowsOfBatch } from '../../../src/expr/evaluate.ts'
import { resolve } from '../../../src/expr/resolve.ts'
import { jsonAt } from '../vectors-support-time.ts'
import { at, cast, date, errorOf, int, text, valueOf } from './support.ts'

describe('text to date', () => {
  test.each([
    ['2024-02-29', '2024-02-29'], ['2024', '2024-01-01'], ['2024-7', '2024-07-01'], [' 2024-7-5\t', '2024-07-05'], ['2024-02-29 anything', '2024-02-29'],
    ['2024-02-29T', '2024-02-29'], ['+2024-02-29', '2024-02-29'], ['-0001-02-03', '-0001-02-03'], ['12345-01-01', '+12345-01-01'], ['0000-02-29', '0000-02-29'],
  ])('reads %j as %s', (input, expected) => {
    expect(valueOf(cast(text(input), dateType))).toBe(expected)
  })
  test.each(['', ' ', '2023-02-29', '2024-13-01', '2024-1-', '24-01-01', '20240203', '2024/01/01', '2024 01', '2024-01-001', '99999999-01-01', 'x'])('refuses %j', input => {
    expect(errorOf(cast(text(input), dateType))).toEqual(['EXPR_CAST_INVALID_INPUT', 'CAST_INVALID_INPUT'])
    expect(valueOf(cast(text(input), dateType, 'try'))).toBeNull()
  })
})

describe('text to timestamp', () => {
  test.each([
    ['2024-02-03 04:05:06', '2024-02-03T04:05:06Z'], ['2024-02-03T04:05', '2024-02-03T04:05:00Z'], ['2024-02-03 4', '2024-02-03T04:00:00Z'],
    ['2024', '2024-01-01T00:00:00Z'], ['2024-2-3 4:5:6.7', '2024-02-03T04:05:06.700Z'], ['2024-02-03 04:05:06.1234567891', '2024-02-03T04:05:06.123456Z'],
    ['2024-02-03 04:05:06.', '2024-02-03T04:05:06Z'], ['2024-02-03 04:05:06Z', '2024-02-03T04:05:06Z'], ['2024-02-03 04:05:06 +02:00', '2024-02-03T02:05:06Z'],
    ['2024-02-03 04:05:06-8:00', '2024-02-03T12:05:06Z'], ['2024-02-03 04:05:06.5UTC+1', '2024-02-03T03:05:06.500Z'],
    ['2024-07-03 04:05:06 America/Los_Angeles', '2024-07-03T11:05:06Z'], ['2024-07-03 04:05:06 PST', '2024-07-03T11:05:06Z'],
    ['0001-01-01 00:00:00', '0001-01-01T00:00:00Z'], ['9999-12-31 23:59:59', '9999-12-31T23:59:59Z'],
  ])('reads %j as %s', (input, expected) => {
    expect(valueOf(cast(text(input), timestampType))).toBe(expected)
  })
  test('a time alone is of the day of the batch clock, in the zone it names or the session has', () => {
    const read = (t: string): unknown => valueOf(cast(text(t), timestampType), 'Asia/Tokyo')
    expect([read('12:30'), read('T12:30:15'), read('12:30:00Z')]).toEqual(['2024-05-18T03:30:00Z', '2024-05-18T03:30:15Z', '2024-05-17T12:30:00Z'])
  })
  test.each(['', '2024-02-03 24:00:00', '2024-02-03 04:60', '2024-02-03 04:05:60', '2024-02-03 04:05:06 Nowhere', '2024-02-03 04+01:00', '2024-02-03T', '2024-02-03 4:', '2024-02-30', '1234567-01-01', '12:30-1', '+12:30'])(
    'refuses %j',
    input => {
      expect(errorOf(cast(text(input), timestampType))).toEqual(['EXPR_CAST_INVALID_INPUT', 'CAST_INVALID_INPUT'])
      expect(valueOf(cast(text(input), timestampType, 'try'))).toBeNull()
    },
  )
  test('refuses, rather than rounds, what a float64 of microseconds cannot hold', () => {
    expect(errorOf(cast(text('9999-12-31 23:59:59.999999'), timestampType))).toEqual(['EXPR_TIMESTAMP_NOT_EXACT', undefined])
    expect(valueOf(cast(text('9999-12-31 23:59:59.999999'), timestampType, 'try'))).toBeNull()
    expect(errorOf(cast(text('200000-01-01 00:00:00'), timestampType))[0]).toBe('EXPR_TIMESTAMP_NOT_EXACT')
  })
})

test('dates and timestamps as text', () => {
  const show = (iso: string, zone = 'UTC'): unknown => valueOf(cast(at(iso), stringType), zone)
  expect([
    show('2024-02-03T04:05:06.120Z'), show('2024-02-03T04:05:06.000007Z'), show('1969-12-31T23:59:59.999999Z'), show('0001-01-01T00:00:00Z'),
    show('2024-07-01T00:00:00Z', 'Europe/Berlin'), valueOf(cast(date('2024-02-03'), stringType)),
  ]).toEqual(['2024-02-03 04:05:06.12', '2024-02-03 04:05:06.000007', '1969-12-31 23:59:59.999999', '0001-01-01 00:00:00', '2024-07-01 02:00:00', '2024-02-03'])
})

test('a date is its local midnight, or the end of the gap that swallows it', () => {
  expect([valueOf(cast(date('2018-11-04'), timestampType), 'America/Sao_Paulo'), valueOf(cast(date('2024-07-01'), timestampType), '+05:30')]).toEqual([
    '2018-11-04T03:00:00Z', '2024-06-30T18:30:00Z',
  ])
})

test('numbers are seconds, rounded down on the way back', () => {
  const t = at('1969-12-31T23:59:58.500Z')
  expect([valueOf(cast(t, int32Type)), valueOf(cast(t, int64Type)), valueOf(cast(t, integerType)), valueOf(cast(t, float64Type))]).toEqual([-2, -2, -2, -1.5])
  expect([valueOf(cast(int(-1), timestampType)), valueOf(cast(makeLiteral('86400', int64Type), timestampType)), valueOf(cast(makeLiteral(-1.5, float64Type), timestampType))]).toEqual([
    '1969-12-31T23:59:59Z', '1970-01-02T00:00:00Z', '1969-12-31T23:59:58.500Z',
  ])
  expect(errorOf(cast(at('2100-01-01T00:00:00Z'), int32Type))).toEqual(['EXPR_CAST_OVERFLOW', 'CAST_OVERFLOW'])
  expect(errorOf(cast(makeLiteral('NaN', float64Type), timestampType))).toEqual(['EXPR_CAST_INVALID_INPUT', 'CAST_INVALID_INPUT'])
  expect(errorOf(cast(makeLiteral(1e300, float64Type), timestampType))).toEqual(['EXPR_CAST_OVERFLOW', 'CAST_OVERFLOW'])
  expect(valueOf(cast(makeLiteral('9223372036854775807', int64Type), timestampType, 'try'))).toBeNull()
})

test('a column of texts, nulls among them, is read row by row', () => {
  const schema = makeSchema([field('t', stringType)])
  const batch = batchOfRows(schema, [{ t: '2024-01-02' }, { t: null }, { t: 'no' }, { t: '2024-01-02 03:04:05' }])
  const read = (type: typeof dateType | typeof timestampType): unknown[] => {
    const v = compile(resolve({ kind: 'cast', input: { kind: 'column', name: 't' }, to: type, mode: 'try' }, schema, 'select()'))(rowsOfBatch(batch), {
      nowMicros: 0, timeZone: 'UTC', seed: 0, firstRow: 0,
    })
    return Array.from({ length: 4 }, (_, i) => jsonAt(v, i))
  }
  expect(read(dateType)).toEqual(['2024-01-02', null, null, '2024-01-02'])
  expect(read(timestampType)).toEqual(['2024-01-02T00:00:00Z', null, null, '2024-01-02T03:04:05Z'])
})
