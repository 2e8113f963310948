import { describe, expect, test } from 'vitest'
import { float64Type, int64Type, nullType, timestampType } from '../../../src/columnar/data-type.ts'
import { makeLiteral } from '../../../src/expr/literal.ts'
import { at, call, cast, date, errorOf, int, text, valueOf } from './support.ts'

const double = (x: number): ReturnType<typeof makeLiteral> => makeLiteral(x, float64Type)
const yes = makeLiteral(true, { kind: 'boolean' })
const no = makeLiteral(false, { kind: 'boolean' })

describe('the batch clock', () => {
  test('is one time for now, today and the number of seconds', () => {
    expect([
      valueOf(call('current_timestamp')), valueOf(call('now')), valueOf(call('current_date'), 'Asia/Tokyo'), valueOf(call('curdate')),
      valueOf(call('unix_timestamp')), valueOf(call('current_timezone'), 'Asia/Tokyo'),
    ]).toEqual(['2024-05-17T22:04:05.678901Z', '2024-05-17T22:04:05.678901Z', '2024-05-18', '2024-05-17', 1715983445, 'Asia/Tokyo'])
  })
})

describe('parts', () => {
  test('extract() takes every field under all its names', () => {
    const t = at('2021-01-03T13:04:05.678Z')
    const part = (name: string): unknown => valueOf(call('extract', text(name), t))
    expect(['YEAR', 'yrs', 'qtr', 'mons', 'week', 'yearofweek', 'd', 'dow', 'dow_iso', 'doy', 'hr', 'mins', 'secs'].map(part)).toEqual([
      2021, 2021, 1, 1, 53, 2020, 3, 1, 7, 3, 13, 4, 5.678,
    ])
  })
  test('extract() refuses a field that is none', () => {
    expect(errorOf(call('extract', text('fortnight'), at('2021-01-03T00:00:00Z')))).toEqual(['PLAN_INVALID_ARGUMENT', 'INVALID_EXTRACT_FIELD'])
  })
  test('names of days and months', () => {
    expect([valueOf(call('dayname', date('2024-05-17'))), valueOf(call('monthname', date('2024-05-17')))]).toEqual(['Fri', 'May'])
  })
  test('seconds before the epoch round down, unix_timestamp() cuts towards zero', () => {
    const t = at('1969-12-31T23:59:59.500Z')
    expect([valueOf(call('second', t)), valueOf(call('unix_seconds', t)), valueOf(call('unix_millis', t)), valueOf(call('unix_micros', t)), valueOf(call('unix_timestamp', t))]).toEqual([
      59, -1, -500, -500000, 0,
    ])
  })
})

describe('arithmetic', () => {
  test('months end on the last day and do not spring back', () => {
    const add = (iso: string, n: number): unknown => valueOf(call('add_months', date(iso), int(n)))
    expect([add('2024-01-31', 1), add('2024-02-29', 12), add('2024-02-29', -48), add('2024-03-31', -25)]).toEqual(['2024-02-29', '2025-02-28', '2020-02-29', '2022-02-28'])
  })
  test('a number added to a date is days, on either side', () => {
    expect([
      valueOf(call('+', int(1), date('2024-02-28'))), valueOf(call('-', date('2024-03-01'), int(1))), valueOf(call('date_sub', date('2024-03-01'), int(1))),
      valueOf(call('date_add', text('DAY'), int(1), at('2024-03-09T20:00:00Z')), 'America/Los_Angeles'),
    ]).toEqual(['2024-02-29', '2024-02-29', '2024-02-29', '2024-03-10T19:00:00Z'])
  })
  test('the difference of two times would be an interval and is refused by that name', () => {
    expect(errorOf(call('-', date('2024-03-01'), date('2024-02-01')))).toEqual(['PLAN_UNSUPPORTED_TYPE', 'UNSUPPORTED_DATATYPE'])
  })
  test('months between times are whole on equal days and on two last days, else of 31 days', () => {
    const between = (a: string, b: string, round = yes): unknown => valueOf(call('months_between', at(a), at(b), round))
    expect([
      between('2024-03-31T10:00:00Z', '2024-02-29T00:00:00Z'), between('2024-03-15T12:00:00Z', '2024-02-15T00:00:00Z'),
      between('1997-02-28T10:30:00Z', '1996-10-30T00:00:00Z'), between('1997-02-28T10:30:00Z', '1996-10-30T00:00:00Z', no),
    ]).toEqual([1, 1, 3.94959677, 3.9495967741935485])
  })
  test('next_day() goes to the same day of the next week, and refuses other words', () => {
    const next = (d: string): unknown => valueOf(call('next_day', date('2024-05-17'), text(d)))
    expect([next('Fr'), next('SAT'), next('thursday')]).toEqual(['2024-05-24', '2024-05-18', '2024-05-23'])
    expect(errorOf(call('next_day', date('2024-05-17'), text('someday')))).toEqual(['EXPR_ILLEGAL_DAY_OF_WEEK', 'ILLEGAL_DAY_OF_WEEK'])
  })
  test('an unknown unit is refused', () => {
    expect(errorOf(call('timestampadd', text('decade'), int(1), at('2024-05-17T00:00:00Z')))).toEqual(['EXPR_INVALID_ARGUMENT', 'INVALID_PARAMETER_VALUE.DATETIME_UNIT'])
  })
  test('a sum that a timestamp cannot hold is refused', () => {
    expect(errorOf(call('timestampadd', text('microsecond'), int(1), at('2900-01-01T00:00:00Z')))).toEqual(['EXPR_TIMESTAMP_NOT_EXACT', undefined])
  })
})

describe('made from numbers', () => {
  const make = (...parts: readonly number[]): ReturnType<typeof call> => call('make_timestamp', ...parts.slice(0, 5).map(int), double(parts[5]))
  test('a 60th second without fraction is the next minute', () => {
    expect([valueOf(make(2024, 2, 29, 23, 59, 60)), valueOf(make(2024, 2, 29, 12, 34, 56.789))]).toEqual(['2024-03-01T00:00:00Z', '2024-02-29T12:34:56.789Z'])
    expect(errorOf(make(2024, 2, 29, 23, 59, 60.5))).toEqual(['EXPR_DATETIME_FIELD', 'INVALID_FRACTION_OF_SECOND'])
  })
  test('numbers that make no time raise, or are null', () => {
    expect([errorOf(make(2024, 2, 30, 0, 0, 0)), errorOf(make(2024, 2, 1, 24, 0, 0)), errorOf(make(2024, 2, 1, 0, 0, 61)), errorOf(call('make_date', int(2023), int(2), int(29)))]).toEqual(
      Array.from({ length: 4 }, () => ['EXPR_DATETIME_FIELD', 'DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION']),
    )
    expect(valueOf(call('try_make_timestamp', int(2024), int(2), int(30), int(0), int(0), int(0)))).toBeNull()
  })
  test('a zone as last argument', () => {
    const parts = [2024, 7, 1, 0, 0, 0].map(int)
    expect(valueOf(call('make_timestamp', ...parts, text('Europe/Berlin')))).toBe('2024-06-30T22:00:00Z')
  })
  test('epochs in any unit', () => {
    expect([
      valueOf(call('timestamp_seconds', double(-0.5))), valueOf(call('timestamp_seconds', makeLiteral('1709210096', int64Type))),
      valueOf(call('timestamp_millis', int(-1))), valueOf(call('timestamp_seconds', double(Infinity))), valueOf(call('date_from_unix_date', int(19782))),
    ]).toEqual(['1969-12-31T23:59:59.500Z', '2024-02-29T12:34:56Z', '1969-12-31T23:59:59.999Z', null, '2024-02-29'])
    expect(errorOf(call('timestamp_micros', makeLiteral('9007199254740993', int64Type)))[0]).toBe('EXPR_TIMESTAMP_NOT_EXACT')
  })
})

describe('read and written', () => {
  test('without a pattern text is read as a cast reads it, other types are cast', () => {
    expect([
      valueOf(call('to_date', text('2024-1-5'))), valueOf(call('try_to_date', text('nope'))), valueOf(call('to_date', at('2024-01-05T20:00:00Z')), 'Asia/Tokyo'),
      valueOf(call('to_timestamp', date('2024-01-05'))), valueOf(call('to_date', cast(makeLiteral(null, nullType), timestampType))),
    ]).toEqual(['2024-01-05', null, '2024-01-06', '2024-01-05T00:00:00Z', null])
    expect(errorOf(call('to_timestamp', text('nope')))).toEqual(['EXPR_CAST_INVALID_INPUT', 'CAST_INVALID_INPUT'])
  })
  test('seconds of texts and of times', () => {
    expect([
      valueOf(call('unix_timestamp', text('1970-01-02 00:00:00'))), valueOf(call('to_unix_timestamp', text('02.01.1970'), text('dd.MM.yyyy'))),
      valueOf(call('unix_timestamp', date('1970-01-02'))), valueOf(call('from_unixtime', int(86399), text('HH:mm:ss EEE'))),
    ]).toEqual([86400, 86400, 86400, '23:59:59 Thu'])
  })
  test('a pattern that is a column is compiled for each text it has', () => {
    expect(valueOf(call('date_format', at('2024-02-29T00:00:00Z'), call('coalesce', makeLiteral(null, { kind: 'string' }), text('Q|QQQ|QQQQ|D|DDD|F|k|K|h'))))).toBe('1|Q1|1st quarter|60|060|1|24|0|12')
  })
  test('year numbers', () => {
    const show = (days: number, p: string): unknown => valueOf(call('date_format', makeLiteral(days, { kind: 'date' }), text(p)))
    expect([show(2932897, 'yyyy y yy'), show(-719529, 'yyyy y'), show(-719529, 'y G')]).toEqual(['+10000 10000 00', '-0001 -1', '2 BC'])
  })
})
