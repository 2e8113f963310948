import { expect, test } from 'vitest'
import { sameRows, sameValue } from '../../src/testing/vectors/compare.ts'
import { makeError } from '../../src/common/errors.ts'
import { isExpectedError } from '../../src/testing/vectors/errors.ts'

test('an infinite number equals itself alone, whatever the tolerance', () => {
  expect([sameValue('Infinity', 'Infinity', 1e-12), sameValue('Infinity', 3, 1e-12), sameValue(1e300, '-Infinity', 1e-12), sameValue('NaN', 'Infinity', 1e-12)]).toEqual([true, false, false, false])
  expect(sameRows([['Infinity', 1], [3, 1]], [[3, 1], ['Infinity', 1]], 1e-12)).toBe(true)
})

test('numbers differ by no more than the tolerance allows', () => {
  expect([sameValue(1 + 1e-13, 1, 1e-12), sameValue(1 + 1e-11, 1, 1e-12), sameValue(1 + 1e-13, 1, 0)]).toEqual([true, false, false])
})

test('an error that Spark has no name for is met by any raised on purpose, a named one by its name alone', () => {
  const named = makeError('EXPR_DIVIDE_BY_ZERO', 'x')
  expect([
    isExpectedError(named, { condition: null }), isExpectedError(named, { condition: 'DIVIDE_BY_ZERO' }), isExpectedError(named, { condition: 'CAST_OVERFLOW' }),
    isExpectedError(new RangeError('x'), { condition: null }), isExpectedError(makeError('INTERNAL_ASSERTION', 'x'), { condition: null }),
    isExpectedError(named, { condition: 'STREAM_FAILED' }),
  ]).toEqual([true, true, false, false, false, false])
})
