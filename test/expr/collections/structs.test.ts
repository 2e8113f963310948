import { expect, test } from 'vitest'
import { field, int32Type, stringType, structType } from '../../../src/columnar/data-type.ts'
import { makeSchema } from '../../../src/columnar/schema.ts'
import { resolve } from '../../../src/expr/resolve.ts'
import type { Expr } from '../../../src/expr/expr.ts'
import { sparkTypeText } from '../../../src/testing/vectors/spark-types.ts'
import { call, errorOf, int, text, valueOf } from '../time/support.ts'

const schema = makeSchema([field('i', int32Type, false), field('w', structType([field('start', stringType)]))])
const i: Expr = { kind: 'column', name: 'i' }
const start: Expr = { kind: 'field', input: { kind: 'column', name: 'w' }, name: 'start' }

test('struct() keeps the names of columns and fields, and counts the rest', () => {
  expect(sparkTypeText(resolve(call('struct', int(1), i, start, text('x')), schema, 'select()').type)).toBe(
    'struct<col1: int not null, i: int not null, start: string, col4: string not null>',
  )
})

test('named_struct() takes literals for names', () => {
  expect(valueOf(call('named_struct', text('a'), int(1), text('b'), text('x')))).toEqual({ a: 1, b: 'x' })
  expect(errorOf(call('named_struct', int(1), int(1)))[0]).toBe('PLAN_TYPE_MISMATCH')
  expect(errorOf(call('named_struct', text('a')))[0]).toBe('PLAN_ARGUMENT_COUNT')
})

test('a field that would be there twice is refused', () => {
  expect(errorOf(call('named_struct', text('a'), int(1), text('a'), int(2)))).toEqual(['PLAN_DUPLICATE_COLUMN', 'COLUMN_ALREADY_EXISTS'])
})
