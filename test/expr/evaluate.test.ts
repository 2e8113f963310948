import { describe, expect, test } from 'vitest'
import { batchOfRows } from '../../src/columnar/batch-builder.ts'
import { field, float64Type, int32Type } from '../../src/columnar/data-type.ts'
import { makeSchema } from '../../src/columnar/schema.ts'
import { valueAt } from '../../src/columnar/values.ts'
import { compile, rowsOfBatch } from '../../src/expr/evaluate.ts'
import type { Expr } from '../../src/expr/expr.ts'
import { literalOf } from '../../src/expr/literal.ts'
import { resolve } from '../../src/expr/resolve.ts'

const schema = makeSchema([field('x', int32Type), field('d', float64Type)])
const batch = batchOfRows(schema, [{ x: 1, d: 0.5 }, { x: null, d: 2 }, { x: 0, d: null }, { x: 7, d: NaN }])
const context = { nowMicros: 0, timeZone: 'UTC', seed: 0, firstRow: 0 }
const col = (name: string): Expr => ({ kind: 'column', name })
const call = (name: string, ...args: Expr[]): Expr => ({ kind: 'call', name, args })

function values(expr: Expr): unknown[] {
  const v = compile(resolve(expr, schema, 'select()'))(rowsOfBatch(batch), context)
  return Array.from({ length: batch.numRows }, (_, i) => valueAt(v, i))
}

describe('evaluate', () => {
  test('adds in the wider type and keeps nulls', () => {
    expect(values(call('+', col('x'), col('d')))).toEqual([1.5, null, null, NaN])
  })
  test('computes the right side of AND only where the left side does not decide', () => {
    const guarded = call('and', call('<>', col('x'), literalOf(0)), call('>', call('/', literalOf(7), col('x')), literalOf(1)))
    expect(values(guarded)).toEqual([true, null, false, false])
  })
  test('computes a case branch only for the rows that reach it', () => {
    const expr: Expr = {
      kind: 'case',
      branches: [{ when: call('=', col('x'), literalOf(0)), then: literalOf(-1) }],
      otherwise: call('div', literalOf(14), col('x')),
    }
    expect(values(expr)).toEqual([14, null, -1, 2])
  })
  test('coalesce takes the first value that is there', () => {
    expect(values(call('coalesce', col('x'), col('d')))).toEqual([1, 2, 0, 7])
  })
  test('an int overflow raises with the values', () => {
    expect(() => values(call('+', literalOf(2147483647), col('x')))).toThrow(/2147483647 \+ 1 \(int\) is beyond its type/)
  })
  test('an unknown column names the closest', () => {
    expect(() => resolve(col('xx'), schema, 'where()')).toThrow('where() uses column "xx", but there are only "x", "d". Did you mean "x"?')
  })
})
