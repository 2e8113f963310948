import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { batchOfRows } from '../../../src/columnar/batch-builder.ts'
import { arrayType, binaryType, booleanType, dateType, field, float64Type, int32Type, int64Type, integerType, stringType, structType, timestampType } from '../../../src/columnar/data-type.ts'
import type { RecordBatch } from '../../../src/columnar/record-batch.ts'
import { makeSchema } from '../../../src/columnar/schema.ts'
import type { AggregateExpr, Expr } from '../../../src/expr/expr.ts'
import { literalOf, makeLiteral } from '../../../src/expr/literal.ts'
import { aggregate, col, run, runSplit, type Table } from './harness.ts'
import { equalJson, valueToJson } from './vector-format.ts'

const pair = structType([field('a', int32Type), field('b', stringType)])
const schema = makeSchema([
  field('g', int32Type), field('i', int32Type), field('n', integerType), field('l', int64Type), field('d', float64Type),
  field('s', stringType), field('y', binaryType), field('b', booleanType), field('t', timestampType), field('day', dateType),
  field('p', pair), field('a', arrayType(float64Type)), field('k', int32Type),
])

const double = fc.oneof(fc.constantFrom(0, -0, NaN, 1.5, -3), fc.integer({ min: -50, max: 50 }))
const text = fc.constantFrom('', 'a', 'ab', 'b', 'é', '\u{1f600}', '\ufb00', 'a longer text that does not fit into thirty-two bytes')
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { freq: 4 })
const row = fc.record({
  g: maybe(fc.integer({ min: 0, max: 2 })),
  i: maybe(fc.integer({ min: -9, max: 9 })),
  n: maybe(fc.integer({ min: -(2 ** 40), max: 2 ** 40 })),
  l: maybe(fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }).map(x => x / 8n)),
  d: maybe(double),
  s: maybe(text),
  y: maybe(fc.uint8Array({ maxLength: 3 })),
  b: maybe(fc.boolean()),
  t: maybe(fc.integer({ min: -5000, max: 5000 })),
  day: maybe(fc.integer({ min: -300, max: 300 })),
  p: maybe(fc.record({ a: maybe(fc.integer({ min: 0, max: 2 })), b: maybe(text) })),
  a: maybe(fc.array(maybe(double), { maxLength: 3 })),
  k: maybe(fc.integer({ min: -300, max: 300 })),
})

const columns = schema.fields.slice(1).map(f => f.name)
const numbers = ['i', 'n', 'l', 'd']
const each = (name: string, over: readonly string[]): AggregateExpr[] => over.map(c => aggregate(name, [col(c)]))
const positive: Expr = { kind: 'call', name: '>', args: [col('i'), literalOf(0)] }
const shares = makeLiteral([0, 0.25, 0.9], arrayType(float64Type))

const exact: AggregateExpr[] = [
  aggregate('count', []),
  ...each('count', columns), ...each('min', columns), ...each('max', columns), ...each('first', columns), ...each('last', columns),
  ...columns.map(c => aggregate('first', [col(c)], { ignoreNulls: true })),
  ...columns.map(c => aggregate('last', [col(c), literalOf(true)])),
  ...each('collect_list', columns), ...each('collect_set', columns), ...each('mode', columns), ...each('approx_count_distinct', columns),
  ...columns.flatMap(c => columns.map(k => aggregate('max_by', [col(c), col(k)]))),
  ...columns.map(k => aggregate('min_by', [col('i'), col(k)])),
  ...each('sum', ['i', 'n', 'l']), ...each('try_sum', ['i', 'n', 'l']),
  ...each('bit_and', ['i', 'n', 'l']), ...each('bit_or', ['i', 'n', 'l']), ...each('bit_xor', ['i', 'n', 'l']),
  ...each('bool_and', ['b']), ...each('some', ['b']), ...each('count_if', ['b']),
  ...each('median', numbers), ...numbers.map(c => aggregate('percentile', [col(c), shares])), aggregate('percentile_disc', [col('i'), literalOf(0.3)]),
  aggregate('listagg', [col('s'), literalOf(', ')]), aggregate('regr_count', [col('d'), col('i')]),
  aggregate('approx_count_distinct', [col('n'), literalOf(0.3)]), aggregate('approx_count_distinct', [col('n'), literalOf(0.002)]),
]
const rounded: AggregateExpr[] = [
  ...each('sum', ['d']), ...each('avg', ['i', 'n', 'd']), ...each('stddev', ['i']), ...each('var_pop', ['i']), ...each('product', ['i']),
  ...['covar_pop', 'covar_samp', 'regr_slope', 'regr_r2', 'regr_intercept', 'regr_sxy'].map(name => aggregate(name, [col('i'), col('k')])),
]

const filtered = (aggregates: readonly AggregateExpr[]): AggregateExpr[] => aggregates.map(a => ({ ...a, filter: positive }))

function results(table: Table): { [group: string]: unknown[] } {
  const vectors = table.finish()
  return Object.fromEntries([...table.slots].map(([key, slot]) => [key, vectors.map(v => valueToJson(v, slot))]))
}

const input = fc.tuple(fc.array(row, { maxLength: 40 }), fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 4 }))

function split(aggregates: readonly AggregateExpr[], rows: readonly object[], at: readonly number[]): [{ [group: string]: unknown[] }, { [group: string]: unknown[] }] {
  const batch: RecordBatch = batchOfRows(schema, rows as { [name: string]: unknown }[])
  const cuts = at.filter(c => c <= rows.length).sort((a, b) => a - b)
  const query = { keys: [col('g')], aggregates }
  return [results(runSplit(query, batch, cuts)), results(run(query, batch))]
}

describe('partial results', () => {
  test('merged in order are what all rows in one go give, to the bit', () => {
    fc.assert(
      fc.property(input, ([rows, at]) => {
        const [merged, whole] = split([...exact, ...filtered(exact)], rows, at)
        expect(merged).toEqual(whole)
      }),
      { numRuns: 40, seed: 7 },
    )
  })

  test('of sums and moments of doubles agree to rounding', () => {
    fc.assert(
      fc.property(input, ([rows, at]) => {
        const [merged, whole] = split(rounded, rows, at)
        for (const [group, values] of Object.entries(whole)) {
          values.forEach((value, k) => {
            expect(near(merged[group][k], value), `${rounded[k].name}: ${String(merged[group][k])} and ${String(value)}`).toBe(true)
          })
        }
      }),
      { numRuns: 100, seed: 7 },
    )
  })

  test('of skewness and kurtosis agree to rounding', () => {
    const rows = Array.from({ length: 200 }, (_, i) => ({ g: i % 2, i: (i * 37) % 101 }))
    const [merged, whole] = split([...each('skewness', ['i']), ...each('kurtosis', ['i'])], rows, [3, 50, 120, 121])
    for (const [group, values] of Object.entries(whole)) expect(merged[group].every((v, k) => equalJson(v, values[k]))).toBe(true)
  })
})

/** Like the comparison of vectors, but a difference that is rounding of numbers up to some thousands is none. */
function near(a: unknown, b: unknown): boolean {
  return equalJson(a, b) || (typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(b)))
}
