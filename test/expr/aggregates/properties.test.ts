import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { batchOfRows } from '../../../src/columnar/batch-builder.ts'
import { booleanType, type DataType, field, float64Type, int32Type, int64Type, integerType, stringType, structType, timestampType } from '../../../src/columnar/data-type.ts'
import { makeSchema } from '../../../src/columnar/schema.ts'
import { valueAt } from '../../../src/columnar/values.ts'
import { literalOf } from '../../../src/expr/literal.ts'
import { aggregate, col, run } from './harness.ts'

/** One group, one column: the result of the aggregate over the values. */
function over(name: string, type: DataType, values: readonly unknown[], ...options: (number | string | boolean)[]): unknown {
  const batch = batchOfRows(makeSchema([field('x', type)]), values.map(x => ({ x })))
  const [result] = run({ keys: [], aggregates: [aggregate(name, [col('x'), ...options.map(literalOf)])] }, batch).finish()
  return valueAt(result, 0)
}

const present = <T>(values: readonly (T | null)[]): T[] => values.filter(x => x !== null)
const doubles = fc.array(fc.option(fc.oneof(fc.double(), fc.constantFrom(0, -0, NaN))), { maxLength: 30 })
/** NaN above everything, the zeros equal. */
const order = (a: number, b: number): number => (a === b ? 0 : Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : Number.isNaN(b) ? -1 : a - b)

describe('against naive implementations', () => {
  test('min and max of doubles keep the first of equal values and put NaN on top', () => {
    fc.assert(
      fc.property(doubles, values => {
        const kept = present(values)
        const best = (wins: (x: number, b: number) => boolean): number | null => kept.reduce<number | null>((b, x) => (b === null || wins(x, b) ? x : b), null)
        expect(over('min', float64Type, values)).toBe(best((x, b) => order(x, b) < 0))
        expect(over('max', float64Type, values)).toBe(best((x, b) => order(x, b) > 0))
      }),
      { seed: 3 },
    )
  })

  test('min and max of text compare code points, not UTF-16 units', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.string({ unit: 'grapheme' })), { maxLength: 12 }), values => {
        const sorted = present(values).map(s => Buffer.from(s)).sort(Buffer.compare)
        expect(over('min', stringType, values)).toBe(sorted[0]?.toString() ?? null)
        expect(over('max', stringType, values)).toBe(sorted.at(-1)?.toString() ?? null)
      }),
      { seed: 3 },
    )
    expect(over('max', stringType, ['\ufb00', '\u{1f600}'])).toBe('\u{1f600}')
  })

  test('sums of 64-bit numbers are exact and raise beyond 64 bits', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), { maxLength: 6 }), values => {
        let total: bigint | null = null
        for (const x of present(values)) {
          total = (total ?? 0n) + x
          if (BigInt.asIntN(64, total) !== total) {
            expect(() => over('sum', int64Type, values)).toThrow(expect.objectContaining({ code: 'EXPR_ARITHMETIC_OVERFLOW' }))
            expect(over('try_sum', int64Type, values)).toBe(null)
            return
          }
        }
        expect(over('sum', int64Type, values)).toBe(total)
        expect(over('try_sum', int64Type, values)).toBe(total)
      }),
      { seed: 3 },
    )
  })

  test('bit aggregates of integers are those of two\'s complement', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -(2 ** 52), max: 2 ** 52 }), { minLength: 1, maxLength: 5 }), values => {
        const big = values.map(BigInt)
        expect(over('bit_and', integerType, values)).toBe(Number(big.reduce((a, b) => a & b)))
        expect(over('bit_or', integerType, values)).toBe(Number(big.reduce((a, b) => a | b)))
        expect(over('bit_xor', integerType, values)).toBe(Number(big.reduce((a, b) => a ^ b)))
      }),
      { seed: 3 },
    )
  })

  test('variance, skewness and kurtosis are those of the definition', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -100, max: 100 }), { minLength: 2, maxLength: 40 }), values => {
        const n = values.length
        const mean = values.reduce((a, b) => a + b) / n
        const central = (k: number): number => values.reduce((sum, x) => sum + (x - mean) ** k, 0) / n
        const variance = central(2)
        expect(over('var_pop', int32Type, values)).toBeCloseTo(variance, 8)
        expect(over('variance', int32Type, values)).toBeCloseTo((variance * n) / (n - 1), 8)
        expect(over('stddev_pop', int32Type, values)).toBeCloseTo(Math.sqrt(variance), 8)
        if (new Set(values).size === 1) {
          expect(over('skewness', int32Type, values)).toBe(null)
          return
        }
        expect(over('skewness', int32Type, values)).toBeCloseTo(central(3) / variance ** 1.5, 6)
        expect(over('kurtosis', int32Type, values)).toBeCloseTo(central(4) / variance ** 2 - 3, 6)
      }),
      { seed: 3 },
    )
  })

  test('collect_set of doubles takes each once: one NaN, one zero', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.oneof(fc.integer({ min: 0, max: 60 }), fc.constantFrom(-0, NaN))), { maxLength: 200 }), values => {
        // A Set has one NaN and one zero as well.
        const set = over('collect_set', float64Type, values) as number[]
        expect(set.map(x => x + 0)).toEqual([...new Set(present(values).map(x => x + 0))])
      }),
      { seed: 3 },
    )
    expect(over('collect_set', float64Type, [-0, 0, NaN, NaN])).toEqual([-0, NaN])
  })

  test('mode is the most frequent value, of several the smallest', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({ min: -30, max: 30 })), { maxLength: 120 }), values => {
        const counts = new Map<number, number>()
        for (const x of present(values)) counts.set(x, (counts.get(x) ?? 0) + 1)
        const top = [...counts].sort(([a, n], [b, m]) => m - n || a - b)[0]
        expect(over('mode', int32Type, values)).toBe(top === undefined ? null : top[0])
      }),
      { seed: 3 },
    )
  })

  test('approx_count_distinct is within four standard errors at every precision', () => {
    for (const [rsd, n] of [[0.3, 100], [0.1, 500], [0.05, 3000], [0.02, 20_000], [0.01, 60_000]]) {
      const values = Array.from({ length: n }, (_, i) => i * 7)
      const estimate = over('approx_count_distinct', integerType, values, rsd) as number
      expect(Math.abs(estimate - n) / n, `${rsd} of ${n}: ${estimate}`).toBeLessThan(4 * rsd)
    }
  })
})

describe('groups without values', () => {
  const empty: [string, unknown][] = [
    ['count', 0], ['sum', null], ['try_sum', null], ['avg', null], ['min', null], ['max', null], ['first', null], ['last', null],
    ['stddev', null], ['stddev_pop', null], ['variance', null], ['var_pop', null], ['skewness', null], ['kurtosis', null],
    ['bit_and', null], ['bit_or', null], ['bit_xor', null], ['product', null], ['median', null], ['mode', null],
    ['collect_list', []], ['collect_set', []], ['approx_count_distinct', 0],
  ]
  test.each(empty)('%s of nulls only, and of no rows, is %j', (name, expected) => {
    expect(over(name, int32Type, [null, null])).toEqual(expected)
    expect(over(name, int32Type, [])).toEqual(expected)
  })
  test('one value has a population variance and no sample variance', () => {
    expect([over('var_pop', int32Type, [4]), over('variance', int32Type, [4]), over('stddev', int32Type, [4])]).toEqual([0, null, null])
  })
})

describe('rules', () => {
  test('sums of integers beyond 2^53 raise, and are null in try_sum whatever follows', () => {
    const values = [Number.MAX_SAFE_INTEGER, 1, -5]
    expect(() => over('sum', integerType, values)).toThrow('The sum of a group is beyond integer. Cast the argument to int64 or float64, or use trySum() to get null instead.')
    expect(over('try_sum', integerType, values)).toBe(null)
    expect(over('sum', integerType, [Number.MAX_SAFE_INTEGER, -5, 5])).toBe(Number.MAX_SAFE_INTEGER)
  })
  test('the sum of int32 does not overflow at 32 bits', () => {
    expect(over('sum', int32Type, [2147483647, 2147483647])).toBe(4294967294)
  })
  test('bit_and that would be −2^53 raises', () => {
    expect(() => over('bit_and', integerType, [-(2 ** 53) + 1, -(2 ** 53) + 2])).toThrow(expect.objectContaining({ code: 'EXPR_ARITHMETIC_OVERFLOW' }))
  })
  test('max of structs compares field by field, null first', () => {
    const type = structType([field('a', int32Type), field('s', stringType)])
    const values = [{ a: 1, s: 'z' }, { a: 2, s: null }, { a: 2, s: 'a' }, { a: null, s: 'zz' }, null]
    expect(over('max', type, values)).toEqual({ a: 2, s: 'a' })
    expect(over('min', type, values)).toEqual({ a: null, s: 'zz' })
  })
  test('corr with a constant side raises from two rows on', () => {
    const batch = batchOfRows(makeSchema([field('x', float64Type), field('y', float64Type)]), [{ x: 1, y: 5 }, { x: 2, y: 5 }])
    const query = { keys: [], aggregates: [aggregate('corr', [col('x'), col('y')])] }
    expect(() => run(query, batch).finish()).toThrow(expect.objectContaining({ code: 'EXPR_DIVIDE_BY_ZERO', sparkCondition: 'DIVIDE_BY_ZERO' }))
    const one = batchOfRows(batch.schema, [{ x: 1, y: 5 }])
    expect(valueAt(run(query, one).finish()[0], 0)).toBe(null)
  })
  test('a filter decides which rows count', () => {
    const batch = batchOfRows(makeSchema([field('x', int32Type), field('keep', booleanType)]), [{ x: 1, keep: true }, { x: 2, keep: false }, { x: 4, keep: null }, { x: 8, keep: true }])
    const query = { keys: [], aggregates: ['sum', 'collect_list', 'last', 'count'].map(name => aggregate(name, [col('x')], { filter: col('keep') })) }
    expect(run(query, batch).finish().map(v => valueAt(v, 0))).toEqual([9, [1, 8], 8, 2])
  })
  test('timestamps keep their type', () => {
    expect(over('max', timestampType, [new Date(5), new Date(7)])).toEqual(new Date(7))
  })
})

describe('large groups', () => {
  test('lists and sets of 100,000 values in one group stay linear', () => {
    const values = Array.from({ length: 100_000 }, (_, i) => i)
    const batch = batchOfRows(makeSchema([field('x', integerType)]), values.map(x => ({ x })))
    const query = { keys: [], aggregates: ['collect_list', 'collect_set', 'mode', 'median'].map(name => aggregate(name, [col('x')])) }
    const started = process.hrtime.bigint()
    const [list, set, mode, median] = run(query, batch).finish().map(v => valueAt(v, 0))
    const seconds = Number(process.hrtime.bigint() - started) / 1e9
    expect(list).toEqual(values)
    expect(set).toEqual(values)
    expect([mode, median]).toEqual([0, 49999.5])
    // Quadratic copying would take minutes.
    expect(seconds).toBeLessThan(5)
  })
})
