import { describe, expect, test } from 'vitest'
import { allFunctions, findFunction } from '../../../src/expr/functions/index.ts'

describe('the function table', () => {
  test('says of every function how it is called and what it does', () => {
    const silent = allFunctions.filter(f => f.usage === '' || !f.doc.endsWith('.')).map(f => f.name)
    expect(silent).toEqual([])
  })
  test('finds a function by alias and in any case', () => {
    expect(findFunction('UCASE')?.name).toBe('upper')
    expect(findFunction('char_length')?.name).toBe('length')
  })
  test('arities are ranges', () => {
    expect(allFunctions.filter(({ arity: [min, max] }) => !(min >= 0 && max >= min)).map(f => f.name)).toEqual([])
  })
})
