import { describe, expect, test } from 'vitest'
import type { Json } from '../../../src/common/json.ts'
import { arrayType, type DataType, field, float64Type, int32Type, int64Type, nullType, stringType, structType, timestampType } from '../../../src/columnar/data-type.ts'
import { BatchBuilder } from '../../../src/columnar/batch-builder.ts'
import { makeSchema } from '../../../src/columnar/schema.ts'
import { take } from '../../../src/columnar/take.ts'
import { slice } from '../../../src/columnar/take.ts'
import { compile } from '../../../src/expr/evaluate.ts'
import type { Expr } from '../../../src/expr/expr.ts'
import { concatArraysSignature, reverseArraySignature } from '../../../src/expr/functions/concat-arrays.ts'
import { appendLiteral, makeLiteral } from '../../../src/expr/literal.ts'
import { resolve } from '../../../src/expr/resolve.ts'
import { jsonAt, microsOf } from '../vectors-support-time.ts'
import { call, date, errorOf, int, micros, text, valueOf } from '../time/support.ts'

const ints = (items: readonly (number | null)[]): Expr => makeLiteral(items as Json, arrayType(int32Type))
const doubles = (items: readonly (number | string | null)[]): Expr => makeLiteral(items as Json, arrayType(float64Type))
const nothing = makeLiteral(null, nullType)
const nullInt = makeLiteral(null, int32Type)

/** A function over columns: rows of values in the order of the arguments. Runs over a slice, so that offsets do not start at zero. */
function overRows(name: string, types: readonly DataType[], rows: readonly (readonly Json[])[]): Json[] {
  const schema = makeSchema(types.map((type, k) => field(`c${k}`, type)))
  const builder = new BatchBuilder(schema)
  for (const row of [rows[0], ...rows]) builder.columns.forEach((column, k) => appendLiteral(column, row[k]))
  const batch = builder.finish()
  const expr: Expr = { kind: 'call', name, args: types.map((_, k) => ({ kind: 'column', name: `c${k}` })) }
  const columns = batch.columns.map(c => slice(c, 1, rows.length + 1))
  const v = compile(resolve(expr, schema, 'select()'))({ length: rows.length, column: k => columns[k] }, { nowMicros: 0, timeZone: 'UTC', seed: 3, firstRow: 0 })
  return rows.map((_, i) => jsonAt(v, i))
}

describe('access', () => {
  test('by position, from either end, or not at all', () => {
    const a = ints([1, 2, 3])
    expect([
      valueOf(call('element', a, int(2))), valueOf(call('element_at', a, int(-3))), valueOf(call('get', a, int(3))), valueOf(call('try_element_at', a, int(-4))),
      valueOf(call('element', a, makeLiteral('1', int64Type))),
    ]).toEqual([3, 1, null, null, 2])
  })
  test('outside the array each raises under its own name', () => {
    const a = ints([1])
    expect([errorOf(call('element', a, int(1))), errorOf(call('element_at', a, int(2))), errorOf(call('element_at', a, int(0))), errorOf(call('try_element_at', a, int(0)))]).toEqual([
      ['EXPR_INVALID_INDEX', 'INVALID_ARRAY_INDEX'], ['EXPR_INVALID_INDEX', 'INVALID_ARRAY_INDEX_IN_ELEMENT_AT'], ['EXPR_INVALID_INDEX', 'INVALID_INDEX_OF_ZERO'],
      ['EXPR_INVALID_INDEX', 'INVALID_INDEX_OF_ZERO'],
    ])
  })
  test('a field of an array of structs is an array', () => {
    const structs = makeLiteral([{ a: 1 }, null, { a: null }], arrayType(structType([field('a', int32Type)])))
    expect(valueOf(call('element', structs, text('a')))).toEqual([1, null, null])
  })
  test('row by row, with null rows and empty arrays', () => {
    expect(overRows('get', [arrayType(stringType), int32Type], [[['a', 'b'], 1], [null, 0], [[], 0], [['c'], null], [['d'], 0]])).toEqual(['b', null, null, null, 'd'])
    expect(overRows('size', [arrayType(stringType)], [[['a', 'b']], [null], [[]]])).toEqual([2, null, 0])
  })
})

describe('sets', () => {
  test('treat NaN as one value, zeros as one, nulls as values', () => {
    expect([
      valueOf(call('array_distinct', doubles([0, '-0.0', 'NaN', 'NaN', null, null]))), valueOf(call('array_intersect', doubles(['NaN', 1, null]), doubles([null, 'NaN']))),
      valueOf(call('array_except', doubles([1, 1, 2, null]), doubles([2]))), valueOf(call('array_union', doubles([null]), doubles([null, 3]))),
    ]).toEqual([[0, 'NaN', null], ['NaN', null], [1, null], [null, 3]])
  })
  test('meet in a common type', () => {
    expect(valueOf(call('array_union', makeLiteral(['1', '2'], arrayType(int64Type)), makeLiteral(['2'], arrayType(int64Type))))).toEqual([1, 2])
    expect(errorOf(call('array_union', ints([1]), makeLiteral([true], arrayType({ kind: 'boolean' }))))).toEqual(['PLAN_TYPE_MISMATCH', 'DATATYPE_MISMATCH.BINARY_ARRAY_DIFF_TYPES'])
  })
  test('stay right with thousands of elements', () => {
    const many = Array.from({ length: 5000 }, (_, k) => (k * 7919) % 3000)
    expect((valueOf(call('array_distinct', ints(many))) as number[]).length).toBe(new Set(many).size)
  })
  test('row by row, with arrays of arrays and of structs', () => {
    const nested = arrayType(arrayType(int32Type))
    expect(overRows('array_distinct', [nested], [[[[1], [1], null, [null], [null]]], [null], [[[2, 3], [2], [2, 3]]]])).toEqual([[[1], null, [null]], null, [[2, 3], [2]]])
    const structs = arrayType(structType([field('s', stringType)]))
    expect(overRows('array_except', [structs, structs], [[[{ s: 'a' }, { s: 'b' }], [{ s: 'b' }]], [[{ s: null }], []], [[], null]])).toEqual([[{ s: 'a' }], [{ s: null }], null])
  })
})

describe('search', () => {
  test('is null where only a null could be the value', () => {
    expect([
      valueOf(call('array_contains', ints([1, null]), int(2))), valueOf(call('array_contains', ints([1, 2]), int(3))), valueOf(call('arrays_overlap', ints([1]), ints([]))),
      valueOf(call('arrays_overlap', ints([null]), ints([null]))), valueOf(call('array_position', ints([null, 5]), int(5))), valueOf(call('array_remove', ints([1, 2]), nullInt)),
    ]).toEqual([null, false, false, null, 2, null])
  })
  test('for a bare NULL, or for another type, is refused', () => {
    expect([errorOf(call('array_contains', ints([1]), nothing)), errorOf(call('array_contains', ints([1]), text('1')))]).toEqual([
      ['PLAN_TYPE_MISMATCH', 'DATATYPE_MISMATCH.NULL_TYPE'], ['PLAN_TYPE_MISMATCH', 'DATATYPE_MISMATCH.ARRAY_FUNCTION_DIFF_TYPES'],
    ])
  })
})

describe('building', () => {
  test('inserting beyond the ends fills with nulls', () => {
    const insert = (position: number): Json => valueOf(call('array_insert', ints([1, 2, 3]), int(position), int(9)))
    expect([insert(1), insert(4), insert(6), insert(-1), insert(-3), insert(-4), insert(-6)]).toEqual([
      [9, 1, 2, 3], [1, 2, 3, 9], [1, 2, 3, null, null, 9], [1, 2, 3, 9], [1, 9, 2, 3], [9, 1, 2, 3], [9, null, null, 1, 2, 3],
    ])
  })
  test('an array of too many elements is refused before memory is', () => {
    expect([errorOf(call('array_repeat', int(1), int(2147483647))), errorOf(call('sequence', int(1), int(2147483647))), errorOf(call('array_insert', ints([]), int(2147483647), int(1)))]).toEqual(
      Array.from({ length: 3 }, () => ['EXPR_VALUE_TOO_LARGE', 'COLLECTION_SIZE_LIMIT_EXCEEDED']),
    )
  })
  test('slices, from either end', () => {
    const part = (start: number, length: number): Json => valueOf(call('slice', ints([1, 2, 3, 4]), int(start), int(length)))
    expect([part(2, 2), part(-2, 9), part(5, 1), part(-5, 2), part(1, 0)]).toEqual([[2, 3], [3, 4], [], [], []])
    expect([errorOf(call('slice', ints([1]), int(0), int(1))), errorOf(call('slice', ints([1]), int(1), int(-1)))]).toEqual([
      ['EXPR_INVALID_ARGUMENT', 'INVALID_PARAMETER_VALUE.START'], ['EXPR_INVALID_ARGUMENT', 'INVALID_PARAMETER_VALUE.LENGTH'],
    ])
  })
  test('append keeps a null value, flatten gives up on a null array, compact drops nulls', () => {
    expect(overRows('array_append', [arrayType(int32Type), int32Type], [[[1], null], [null, 1], [[], 2]])).toEqual([[1, null], null, [2]])
    expect(overRows('flatten', [arrayType(arrayType(stringType))], [[[['a'], [], ['b', null]]], [[['a'], null]], [null]])).toEqual([['a', 'b', null], null, null])
    expect(valueOf(call('array_compact', ints([null, 1, null])))).toEqual([1])
  })
  test('values of types without anything in common make no array', () => {
    expect(errorOf(call('array', int(1), date('2024-01-01')))).toEqual(['PLAN_TYPE_MISMATCH', 'DATATYPE_MISMATCH.DATA_DIFF_TYPES'])
  })
  test('zipping pads the shorter', () => {
    expect(overRows('arrays_zip', [arrayType(int32Type), arrayType(stringType)], [[[1, 2], ['a']], [[], []], [null, ['b']]])).toEqual([
      [{ c0: 1, c1: 'a' }, { c0: 2, c1: null }], [], null,
    ])
    expect(valueOf(call('arrays_zip', ints([1]), ints([2])))).toEqual([{ 0: 1, 1: 2 }])
    expect(errorOf(call('arrays_zip', text('a')))[0]).toBe('PLAN_TYPE_MISMATCH')
  })
})

describe('order', () => {
  test('nulls stand first, last, or last in descending order', () => {
    const a = doubles([2, null, 'NaN', -1])
    expect([valueOf(call('sort_array', a)), valueOf(call('array_sort', a)), valueOf(call('sort_array', a, makeLiteral(false, { kind: 'boolean' })))]).toEqual([
      [null, -1, 2, 'NaN'], [-1, 2, 'NaN', null], ['NaN', 2, -1, null],
    ])
  })
  test('extremes pass over nulls', () => {
    expect([valueOf(call('array_max', ints([1, null, 3]))), valueOf(call('array_min', ints([null]))), valueOf(call('array_max', doubles([1, 'NaN'])))]).toEqual([3, null, 'NaN'])
  })
  test('a shuffle keeps the elements and is the same in a replay', () => {
    const items = Array.from({ length: 50 }, (_, k) => k)
    const shuffled = valueOf(call('shuffle', ints(items))) as number[]
    expect(shuffled).not.toEqual(items)
    expect([...shuffled].sort((a, b) => a - b)).toEqual(items)
    expect(valueOf(call('shuffle', ints(items)))).toEqual(shuffled)
  })
  test('joining leaves nulls out or replaces them', () => {
    const words = makeLiteral(['a', null, 'ü'], arrayType(stringType))
    expect([valueOf(call('array_join', words, text(', '))), valueOf(call('array_join', words, text('-'), text('?')))]).toEqual(['a, ü', 'a-?-ü'])
  })
})

describe('sequence', () => {
  test('goes up or down, by a step or day by day', () => {
    expect([
      valueOf(call('sequence', int(5), int(1), int(-2))), valueOf(call('sequence', int(3), int(3), int(0))), valueOf(call('sequence', makeLiteral('2', int64Type), makeLiteral('4', int64Type))),
      valueOf(call('sequence', date('2024-03-01'), date('2024-02-28'))),
      valueOf(call('sequence', micros(microsOf('2024-03-09T20:00:00Z')), micros(microsOf('2024-03-11T18:59:00Z'))), 'America/Los_Angeles'),
    ]).toEqual([[5, 3, 1], [3], [2, 3, 4], ['2024-03-01', '2024-02-29', '2024-02-28'], ['2024-03-09T20:00:00Z', '2024-03-10T19:00:00Z']])
  })
  test('refuses a step that never arrives', () => {
    expect([errorOf(call('sequence', int(1), int(5), int(-1))), errorOf(call('sequence', int(1), int(5), int(0)))]).toEqual([['EXPR_SEQUENCE_BOUNDS', undefined], ['EXPR_SEQUENCE_BOUNDS', undefined]])
  })
})

test('concat() and reverse() of arrays, for the functions that share these names with text', () => {
  const argument = (type: DataType): { type: DataType; nullable: boolean; literal: undefined } => ({ type, nullable: true, literal: undefined })
  const type = arrayType(int32Type)
  const builder = new BatchBuilder(makeSchema([field('a', type), field('b', type)]))
  builder.appendValues([[1, null], [2]])
  builder.appendValues([[], [3, 4]])
  const columns = builder.finish().columns.map(c => take(c, Int32Array.of(1, 0)))
  const context = { nowMicros: 0, timeZone: 'UTC', seed: 0, firstRow: 0 }
  const joined = concatArraysSignature([argument(type), argument(type)])?.kernel(columns, 2, null, context)
  const reversed = reverseArraySignature([argument(type)])?.kernel([columns[1]], 2, null, context)
  expect([joined, reversed].map(v => (v === undefined ? [] : [jsonAt(v, 0), jsonAt(v, 1)]))).toEqual([[[3, 4], [1, null, 2]], [[4, 3], [2]]])
  expect(() => concatArraysSignature([argument(stringType)])).toThrow('concat(string) does not fit: an argument is no array.')
  expect(reverseArraySignature([argument(timestampType)])).toBeUndefined()
})

test('sets of random arrays are what a plain loop finds', () => {
  let seed = 99
  const random = (n: number): number => (seed = (seed * 48271) % 2147483647) % n
  const words = ['a', 'b', 'ab', '', 'é', null]
  const rows = Array.from({ length: 200 }, () => [0, 1].map(() => (random(12) === 0 ? null : Array.from({ length: random(9) }, () => words[random(words.length)]))))
  const unique = (items: readonly (string | null)[]): (string | null)[] => [...new Set(items)]
  const both = (f: (a: (string | null)[], b: (string | null)[]) => Json): Json[] => rows.map(([a, b]) => (a === null || b === null ? null : f(a, b)))
  const type = arrayType(stringType)
  const got = (name: string): Json[] => overRows(name, [type, type], rows as Json[][])
  expect(got('array_union')).toEqual(both((a, b) => unique([...a, ...b])))
  expect(got('array_intersect')).toEqual(both((a, b) => unique(a.filter(x => b.includes(x)))))
  expect(got('array_except')).toEqual(both((a, b) => unique(a.filter(x => !b.includes(x)))))
  expect(got('arrays_overlap')).toEqual(both((a, b) => {
    if (a.some(x => x !== null && b.includes(x))) return true
    return a.length > 0 && b.length > 0 && (a.includes(null) || b.includes(null)) ? null : false
  }))
})
