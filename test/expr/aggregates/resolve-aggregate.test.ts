import { describe, expect, test } from 'vitest'
import { arrayType, booleanType, field, float64Type, int32Type, int64Type, integerType, stringType } from '../../../src/columnar/data-type.ts'
import { makeSchema } from '../../../src/columnar/schema.ts'
import { isMillraceError } from '../../../src/common/errors.ts'
import type { AggregateExpr, Expr } from '../../../src/expr/expr.ts'
import { literalOf } from '../../../src/expr/literal.ts'
import { containsAggregate, resolveAggregate, splitAggregates } from '../../../src/expr/resolve-aggregate.ts'
import { aggregate, col } from './harness.ts'

const schema = makeSchema([field('i', int32Type), field('l', int64Type), field('d', float64Type), field('s', stringType), field('b', booleanType, false)])
const call = (name: string, ...args: Expr[]): Expr => ({ kind: 'call', name, args })

function problem(expr: AggregateExpr): string {
  try {
    resolveAggregate(expr, schema, 'agg()')
  } catch (error) {
    if (isMillraceError(error)) return `${error.code} ${error.message}`
    throw error
  }
  return 'none'
}

describe('resolveAggregate', () => {
  test('types sums by their argument', () => {
    const typeOf = (name: string, column: string): string => resolveAggregate(aggregate(name, [col(column)]), schema, 'agg()').type.kind
    expect(['i', 'l', 'd'].map(c => typeOf('sum', c))).toEqual(['integer', 'int64', 'float64'])
    expect([typeOf('count', 's'), typeOf('avg', 'i'), typeOf('MAX', 's')]).toEqual(['integer', 'float64', 'string'])
    const list = resolveAggregate(aggregate('collect_list', [col('s')]), schema, 'agg()')
    expect([list.type, list.nullable]).toEqual([arrayType(stringType, false), false])
    expect(resolveAggregate(aggregate('count', []), schema, 'agg()').type).toEqual(integerType)
  })

  test('refuses what is wrong with a sentence that helps', () => {
    expect([
      problem(aggregate('summ', [col('i')])),
      problem(aggregate('sum', [])),
      problem(aggregate('sum', [col('b')])),
      problem(aggregate('bool_and', [col('i')])),
      problem(aggregate('count', [col('i')], { distinct: true })),
      problem(aggregate('sum', [aggregate('count', [])])),
      problem(aggregate('sum', [col('i')], { filter: col('i') })),
      problem(aggregate('sum', [col('ii')])),
      problem(aggregate('approx_count_distinct', [col('i'), literalOf(0.5)])),
      problem(aggregate('percentile', [col('i'), literalOf(1.5)])),
      problem(aggregate('percentile', [col('i'), col('d')])),
      problem(aggregate('first', [col('i'), col('b')])),
    ]).toEqual([
      'PLAN_UNKNOWN_FUNCTION agg() calls the aggregate summ(), which is none of this version. Did you mean "sum"? See docs/functions.md.',
      'PLAN_ARGUMENT_COUNT agg() calls sum() with 0 arguments. Usage: sum(value: number) -> bigint | double.',
      'PLAN_TYPE_MISMATCH agg() calls sum(boolean), which does not fit. Usage: sum(value: number) -> bigint | double.',
      'PLAN_TYPE_MISMATCH agg() calls bool_and(int), which does not fit. Usage: bool_and(condition: boolean) -> boolean.',
      'PLAN_STREAMING_UNSUPPORTED agg() calls count(distinct …), but distinct aggregates have no bounded state on a stream. Use approx_count_distinct(), or dropDuplicates() before groupBy().',
      'PLAN_AGGREGATE_MISPLACED agg() calls sum() over another aggregate. Aggregate in two steps: agg() the inner one first, then group its result.',
      'PLAN_TYPE_MISMATCH agg() needs a boolean condition, but got int. Compare the value with something.',
      'PLAN_UNKNOWN_COLUMN agg() uses column "ii", but there are only "i", "l", "d", "s", "b". Did you mean "i"?',
      'PLAN_INVALID_ARGUMENT approx_count_distinct() got 0.5 as relativeError, which must be between 0.0003 and 0.39. Give another value.',
      'PLAN_INVALID_ARGUMENT percentile() got 1.5 as percentage, which must be a constant between 0 and 1, or an array of them. Give another value.',
      'PLAN_INVALID_ARGUMENT percentile() got an expression over columns as percentage, which must be a constant between 0 and 1, or an array of them. Give another value.',
      'PLAN_INVALID_ARGUMENT first() got an expression over columns as ignoreNulls, which must be a constant boolean. Give another value.',
    ])
  })

  test('takes a constant expression as an option', () => {
    const expr = aggregate('percentile', [col('i'), call('/', literalOf(1), literalOf(4))])
    expect(problem(expr)).toBe('none')
  })
})

describe('splitAggregates', () => {
  test('puts each different aggregate once, and columns in their place', () => {
    const sum = aggregate('sum', [col('d')])
    const count = aggregate('count', [])
    const expr = call('+', call('/', sum, count), call('*', sum, col('k')))
    expect(splitAggregates(expr)).toEqual({
      aggregates: [{ name: '$agg0', expr: sum }, { name: '$agg1', expr: count }],
      expr: call('+', call('/', col('$agg0'), col('$agg1')), call('*', col('$agg0'), col('k'))),
    })
  })

  test('finds aggregates in every place of an expression', () => {
    const count = aggregate('count', [])
    const inCase: Expr = { kind: 'case', branches: [{ when: col('b'), then: literalOf(1) }], otherwise: { kind: 'cast', input: count, to: int32Type, mode: 'ansi' } }
    expect([inCase, call('not', col('b')), { kind: 'field', input: count, name: 'x' } as const].map(containsAggregate)).toEqual([true, false, true])
    expect(splitAggregates(inCase, 'a').expr).toEqual({ ...inCase, otherwise: { kind: 'cast', input: col('a0'), to: int32Type, mode: 'ansi' } })
  })
})
