import { describe, expect, test } from 'vitest'
import { nullType, stringType } from '../../../src/columnar/data-type.ts'
import { makeLiteral } from '../../../src/expr/literal.ts'
import type { Expr } from '../../../src/expr/expr.ts'
import { at, call, cast, errorOf, fixtureLines, micros, text, valueOf, vectorOf } from './support.ts'

const conditions: { readonly [short: string]: string } = {
  'E:RECOG': 'INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION',
  'E:WEEK': 'INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_WEEK_BASED_PATTERN',
  'E:PARSE': 'CANNOT_PARSE_TIMESTAMP',
}

/** The answer in the notation of the fixture; undefined for a result that our timestamps cannot hold. */
function answer(expr: Expr, zone: string, use: string): string | undefined {
  try {
    return use === 'F' ? `=${valueOf(expr, zone) as string}` : `=${BigInt((vectorOf(expr, zone).values as Float64Array)[0])}`
  } catch (error) {
    const { code, sparkCondition } = error as { code: string; sparkCondition?: string }
    if (code === 'EXPR_TIMESTAMP_NOT_EXACT') return undefined
    return Object.keys(conditions).find(key => conditions[key] === sparkCondition) ?? 'E:NULL'
  }
}

describe('date patterns', () => {
  test('format, read and are refused as with java.time under the rules of Spark', () => {
    const wrong: string[] = []
    for (const line of fixtureLines('patterns.tsv')) {
      const [use, pattern, zone, input, expected] = line.split('\t')
      const expr = use === 'F' ? call('date_format', micros(Number(input)), text(pattern)) : call('to_timestamp', text(input), text(pattern))
      const got = answer(expr, zone, use)
      if (got !== undefined && got !== expected) wrong.push(`${line}: ${got}`)
    }
    expect(wrong).toEqual([])
  })
  test('names of zones are American, European or Asian abbreviations, and change with the season', () => {
    const show = (zone: string, month: string): unknown => valueOf(call('date_format', at(`2024-${month}-01T12:00:00Z`), text('z|zzzz')), zone)
    expect([show('America/New_York', '01'), show('America/New_York', '07'), show('Europe/Berlin', '07'), show('Asia/Kolkata', '07'), show('+05:30', '07')]).toEqual([
      'EST|Eastern Standard Time', 'EDT|Eastern Daylight Time', 'CEST|Central European Summer Time', 'IST|India Standard Time', '+05:30|+05:30',
    ])
  })
  test('reads names of zones', () => {
    const read = (t: string): unknown => valueOf(call('to_timestamp', text(t), text('yyyy-MM-dd HH:mm z')))
    expect([read('2024-07-01 00:00 PDT'), read('2024-07-01 00:00 Europe/Berlin'), read('2024-07-01 00:00 UTC')]).toEqual([
      '2024-07-01T07:00:00Z', '2024-06-30T22:00:00Z', '2024-07-01T00:00:00Z',
    ])
  })
  test('what a text leaves out is 1970, January, the first, midnight', () => {
    const read = (t: string, p: string): unknown => valueOf(call('to_timestamp', text(t), text(p)))
    expect([read('12:34', 'HH:mm'), read('2024', 'yyyy'), read('PM', 'a'), read('03', 'hh'), read('2024-366', 'yyyy-DDD')]).toEqual([
      '1970-01-01T12:34:00Z', '2024-01-01T00:00:00Z', '1970-01-01T12:00:00Z', '1970-01-01T03:00:00Z', '2024-12-31T00:00:00Z',
    ])
  })
  test.each([
    ['2023-02-29', 'yyyy-MM-dd'], ['2024-1-1', 'yyyy-MM-dd'], ['20240101', 'yyyy-MM-dd'], ['2024-01-01 ', 'yyyy-MM-dd'], ['12024-01-01', 'yyyy-MM-dd'],
    ['13:00 PM', 'hh:mm a'], ['2023-366', 'yyyy-DDD'], ['02-29', 'MM-dd'],
  ])('the text %j does not fit %j', (t, pattern) => {
    expect(errorOf(call('to_timestamp', text(t), text(pattern)))).toEqual(['EXPR_CANNOT_PARSE_TIMESTAMP', 'CANNOT_PARSE_TIMESTAMP'])
    expect(valueOf(call('try_to_timestamp', text(t), text(pattern)))).toBeNull()
  })
  test('a pattern that never meant anything is refused by its kind', () => {
    expect([errorOf(call('date_format', at('2024-01-01T00:00:00Z'), text('T'))), errorOf(call('date_format', at('2024-01-01T00:00:00Z'), text("yyyy'")))]).toEqual([
      ['EXPR_DATETIME_PATTERN', 'INVALID_DATETIME_PATTERN.WITH_SUGGESTION'], ['EXPR_DATETIME_PATTERN', 'INVALID_DATETIME_PATTERN.WITH_SUGGESTION'],
    ])
  })
  test('letters that the dialect bans, and too many of one, have names of their own', () => {
    const pattern = (name: string, value: Parameters<typeof call>[1], p: string): unknown => errorOf(call(name, value, text(p)))[1]
    expect([
      pattern('date_format', at('2024-01-01T00:00:00Z'), 'p'), pattern('to_date', text('2024'), 'Q'), pattern('unix_timestamp', text('2024'), 'I515'),
      pattern('date_format', at('2024-01-01T00:00:00Z'), 'QQQQQ'),
    ]).toEqual(['ILLEGAL_CHARACTER', 'ILLEGAL_CHARACTER', 'WITH_SUGGESTION', 'LENGTH'].map(kind => `INVALID_DATETIME_PATTERN.${kind}`))
    // A null beside it hides the pattern.
    expect(valueOf(call('to_date', cast(makeLiteral(null, nullType), stringType), text('Q')))).toBeNull()
  })
})
