import { describe, expect, test } from 'vitest'
import { call, column, failure, over, stringType, value } from './support.ts'

const rlike = (text: string, pattern: string): unknown => failure(call('rlike', text, pattern))

describe('patterns', () => {
  test.each(['(?=a)', '(?!a)', '(?<=a)b', '(?<!a)b', '(a)\\1', '(?<n>a)\\k<n>', 'a*+', 'a{2}+', '(?>a)', '[a&&b]', '[^[a]]', '\\G', '\\X', '(?x)a', '\\p{InGreek}', 'a{1001}'])(
    'what needs more than linear time, or is not in the engine, is refused: %s',
    pattern => expect(rlike('a', pattern)).toEqual(['EXPR_UNSUPPORTED_PATTERN', undefined]),
  )
  test.each(['(', ')', '[a', '*', 'a**', '\\', 'a{', '\\y', '[z-a]', '(?<1>a)', '(?q)'])('what is no pattern raises: %s', pattern => {
    expect(rlike('a', pattern)).toEqual(['EXPR_INVALID_PATTERN', 'INVALID_PARAMETER_VALUE.PATTERN'])
  })
  test('the message says what and what to do', () => {
    expect(() => value(call('rlike', 'a', 'b(?=c)'))).toThrow(
      'The pattern "b(?=c)" uses the look-ahead (?=, which an engine with linear running time does not have. Write it without, or with several simpler patterns.',
    )
  })
  test('a long pattern is refused', () => {
    expect(rlike('a', 'a'.repeat(1001))).toEqual(['EXPR_UNSUPPORTED_PATTERN', undefined])
  })
  test('a pattern that hangs a backtracking engine takes no time', () => {
    expect(rlike(`${'a'.repeat(30_000)}!`, '^(a+)+$')).toBe(false)
  })
  test('patterns may come from a column', () => {
    const rows = [{ s: 'abc', p: '^a' }, { s: 'abc', p: 'd' }, { s: 'abc', p: null }, { s: 'abc', p: 'c$' }]
    expect(over(rows, { s: stringType, p: stringType }, call('rlike', column('s'), column('p')))).toEqual([true, false, null, true])
  })
  test('more distinct patterns than are kept still work', () => {
    const rows = Array.from({ length: 600 }, (_, i) => ({ s: `x${i % 300}y`, p: `x${i % 300}y` }))
    expect(over(rows, { s: stringType, p: stringType }, call('rlike', column('s'), column('p')))).toEqual(rows.map(() => true))
  })
})

describe('functions', () => {
  test('extract gives an empty text without a match and raises for a group that is not there', () => {
    expect(value(call('regexp_extract', 'abc', 'x(y)', 1))).toBe('')
    expect(value(call('regexp_extract', 'abc', 'x(y)', 9))).toBe('')
    expect(failure(call('regexp_extract', 'xy', 'x(y)', 2))).toEqual(['EXPR_INVALID_ARGUMENT', 'INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX'])
  })
  test('extract_all gives a group of every match', () => {
    expect(value(call('regexp_extract_all', 'a1b22c', '([a-z])(\\d*)', 2))).toEqual(['1', '22', ''])
  })
  test('replace sees no text before its position', () => {
    expect(value(call('regexp_replace', 'aaa', '^a', 'X', 2))).toBe('aXa')
    expect(value(call('regexp_replace', 'aaa', 'a', 'X', 9))).toBe('aaa')
    expect(failure(call('regexp_replace', 'aaa', 'a', 'X', 0))).toEqual(['EXPR_INVALID_ARGUMENT', 'DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE'])
  })
  test('a broken replacement raises only where it is used', () => {
    expect(value(call('regexp_replace', 'b', 'a', '$9'))).toBe('b')
    expect(failure(call('regexp_replace', 'a', 'a', '$9'))).toEqual(['EXPR_INVALID_ARGUMENT', 'INVALID_REGEXP_REPLACE'])
  })
  test('split keeps empty pieces, obeys its limit, and splits characters by an empty pattern', () => {
    expect(value(call('split', ',a,,', ','))).toEqual(['', 'a', '', ''])
    expect(value(call('split', 'a😀b', '', 2))).toEqual(['a', '😀b'])
    expect(value(call('split', '', ''))).toEqual([''])
  })
  test('count, substr and instr', () => {
    expect(value(call('regexp_count', 'aXbXc', 'x*'))).toBe(6)
    expect(value(call('regexp_substr', 'abc', 'z'))).toBeNull()
    expect(value(call('regexp_instr', 'abc', 'c'))).toBe(3)
  })
})
