import { describe, expect, test } from 'vitest'
import { literalOf } from '../../../src/expr/literal.ts'
import { call, column, double, failure, int32Type, over, stringType, value } from './support.ts'

const rows = [{ x: 0 }, { x: 4 }, { x: null }]
const types = { x: int32Type }
const quotient = call('/', 8, column('x'))

describe('conditional functions', () => {
  test('compute only the branch that is taken', () => {
    expect(over(rows, types, call('if', call('=', column('x'), 0), -1, quotient))).toEqual([-1, 2, null])
    expect(over(rows, types, call('nvl2', call('nullif', column('x'), 0), quotient, 0))).toEqual([0, 2, 0])
    expect(over(rows, types, call('coalesce', call('try_divide', 8, column('x')), 7))).toEqual([7, 2, 7])
  })
  test('if takes a bare NULL for its condition, a case does not', () => {
    expect(value(call('if', null, 1, 2))).toBe(2)
    expect(failure({ kind: 'case', branches: [{ when: literalOf(null), then: literalOf(1) }], otherwise: null })).toEqual([
      'PLAN_TYPE_MISMATCH', 'DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE',
    ])
  })
  test('between includes both bounds and knows three values', () => {
    expect(over(rows, types, call('between', column('x'), 0, 3))).toEqual([true, false, null])
    expect(value(call('between', 5, null, 3))).toBe(false)
  })
  test('nullif has the type of its first argument', () => {
    expect(value(call('typeof', call('nullif', 1, double(1))))).toBe('int')
    expect(over(rows, types, call('nullifzero', column('x')))).toEqual([null, 4, null])
    expect(over(rows, types, call('zeroifnull', column('x')))).toEqual([0, 4, 0])
  })
  test('nanvl and isnan', () => {
    expect([value(call('nanvl', double(NaN), 1)), value(call('nanvl', 2, quotientByZero())), value(call('isnan', null))]).toEqual([1, 2, false])
  })
})

function quotientByZero() {
  return call('/', 1, 0)
}

describe('errors on purpose', () => {
  test('raise_error raises its message for a row that reaches it, and for no other', () => {
    expect(failure(call('raise_error', 'stop here'))).toEqual(['EXPR_USER_RAISED', 'USER_RAISED_EXCEPTION'])
    expect(() => value(call('raise_error', 'stop here'))).toThrow('stop here')
    expect(over([{ x: 1 }], types, call('if', call('=', column('x'), 1), 'ok', call('raise_error', 'no')))).toEqual(['ok'])
    expect(over([], types, call('raise_error', 'no'))).toEqual([])
  })
  test('assert_true raises for false and null', () => {
    expect(value(call('assert_true', true))).toBeNull()
    expect(() => over(rows, types, call('assert_true', call('>=', column('x'), 0), 'x is missing'))).toThrow('x is missing')
  })
})

describe('implicit casts', () => {
  test('a number that does not fit an argument raises when it is met', () => {
    expect(value(call('repeat', 'ab', double(2.9)))).toBe('abab')
    expect(failure(call('repeat', 'ab', 3e9))).toEqual(['EXPR_CAST_OVERFLOW', 'CAST_OVERFLOW'])
  })
  test('types without a cast are refused with the usage', () => {
    expect(() => over([{ s: 'a' }], { s: stringType }, call('sqrt', true))).toThrow('select() calls sqrt(boolean), which does not fit. Usage: sqrt(x: double) -> double.')
  })
})
