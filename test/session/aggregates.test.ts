import {
  aggregateFn, approxCountDistinct, avg, bitAnd, bitOr, bitXor, boolAnd, boolOr, collectList, collectSet, corr, count, countIf, covarPop, covarSamp, explode, explodeOuter, first, inline, inlineOuter, kurtosis, last,
  listagg, max, maxBy, median, memory, MemorySource, min, minBy, mode, percentile, percentileDisc, posexplode, posexplodeOuter, product, regrAvgx, regrAvgy, regrCount, regrIntercept, regrR2, regrSlope, regrSxx,
  regrSxy, regrSyy, schema, skewness, slice, stack, stddev, stddevPop, sum, t, tryAvg, trySum, upper, variance, varPop,
} from 'millrace'
import { describe, expect, it } from 'vitest'
import { expectRows, expectRowsBy, problem, sampleFrame, session } from './support.ts'

function sales() {
  const source = new MemorySource(schema({ shop: t.string(), n: t.int32(), big: t.int64(), x: t.float64(), y: t.float64(), ok: t.boolean(), note: t.nullable(t.string()) }))
  source.addData([
    { shop: 'a', n: 1, big: 4n, x: 1, y: 2, ok: true, note: 'one' },
    { shop: 'a', n: 3, big: 6n, x: 2, y: 4, ok: false, note: null },
    { shop: 'b', n: 5, big: 7n, x: 3, y: 6, ok: true, note: 'three' },
    { shop: 'a', n: 3, big: 1n, x: 4, y: 8, ok: true, note: 'four' },
  ])
  return session.readBatch(memory(source))
}

describe('each aggregate, called by its typed face, gives a value of the type that the compiler was told', () => {
  it('counts, sums and extremes', () => expectRowsBy('shop',
    sales().groupBy('shop').agg(({ n, big, x, ok, note }) => ({
      rows: count(), notes: count(note), good: countIf(ok), filtered: count().filter(n.gt(1)), sum: sum(n), sumBig: sum(big), sumDouble: sum(x), trySum: trySum(n), avg: avg(n), tryAvg: tryAvg(big), product: product(n),
      min: min(n), max: max(big), maxBy: maxBy(note, n), minBy: minBy(x, n), first: first(note), last: last(note), lastKnown: last(note, { ignoreNulls: true }), every: boolAnd(ok), some: boolOr(ok), bitAnd: bitAnd(n), bitOr: bitOr(n),
      bitXor: bitXor(big), list: collectList(note), set: collectSet(n), mode: mode(n), text: listagg(note, '; '), distinct: approxCountDistinct(n), near: approxCountDistinct(n, 0.1), byName: aggregateFn<number | null>('stddev_pop', n),
    })),
    {
      shop: 'a', rows: 3, notes: 2, good: 2, filtered: 2, sum: 7, sumBig: 11n, sumDouble: 7, trySum: 7, avg: 7 / 3, tryAvg: 11 / 3, product: 9,
      min: 1, max: 6n, maxBy: 'four', minBy: 1, first: 'one', last: 'four', lastKnown: 'four', every: false, some: true, bitAnd: 1, bitOr: 3,
      bitXor: 3n, list: ['one', 'four'], set: [1, 3], mode: 3, text: 'one; four', distinct: 2, near: 2, byName: Math.sqrt(8 / 9),
    },
    {
      shop: 'b', rows: 1, notes: 1, good: 1, filtered: 1, sum: 5, sumBig: 7n, sumDouble: 3, trySum: 5, avg: 5, tryAvg: 7, product: 5,
      min: 5, max: 7n, maxBy: 'three', minBy: 3, first: 'three', last: 'three', lastKnown: 'three', every: true, some: true, bitAnd: 5, bitOr: 5,
      bitXor: 7n, list: ['three'], set: [5], mode: 5, text: 'three', distinct: 1, near: 1, byName: 0,
    },
  ))

  it('statistics', () => expectRows(
    sales().agg(({ n, x, y }) => ({
      stddev: stddev(x), stddevPop: stddevPop(n), variance: variance(x), varPop: varPop(x), skewness: skewness(x), kurtosis: kurtosis(x), median: median(n), covarPop: covarPop(x, y), covarSamp: covarSamp(x, y), corr: corr(x, y),
      regrCount: regrCount(y, x), regrAvgx: regrAvgx(y, x), regrAvgy: regrAvgy(y, x), regrSxx: regrSxx(y, x), regrSyy: regrSyy(y, x), regrSxy: regrSxy(y, x), regrSlope: regrSlope(y, x), regrIntercept: regrIntercept(y, x),
      regrR2: regrR2(y, x), percentile: percentile(x, 0.5), percentiles: percentile(x, [0, 1]), disc: percentileDisc(n, 0.5),
    })),
    {
      stddev: Math.sqrt(5 / 3), stddevPop: Math.SQRT2, variance: 5 / 3, varPop: 1.25, skewness: 0, kurtosis: -1.36, median: 3, covarPop: 2.5, covarSamp: 10 / 3, corr: 1,
      regrCount: 4, regrAvgx: 2.5, regrAvgy: 5, regrSxx: 5, regrSyy: 20, regrSxy: 10, regrSlope: 2, regrIntercept: 0,
      regrR2: 1, percentile: 2.5, percentiles: [1, 4], disc: 3,
    },
  ))
})

describe('generators', () => {
  it('make rows of arrays', () => expectRows(
    sampleFrame().select('i', ({ words }) => ({ word: explode(words) })),
    { i: -7, word: 'b' }, { i: -7, word: null }, { i: -7, word: 'a' },
  ))

  it('give a row of nulls for nothing with the outer form', async () => {
    const empty = sampleFrame().select(({ numbers }) => ({ none: explodeOuter(numbers) })).where(({ none }) => none.gt(9))
    await expectRows(empty)
    const source = new MemorySource(schema({ list: t.nullable(t.array(t.int32())), structs: t.array(t.struct({ a: t.int32() })) }))
    source.addData([{ list: null, structs: [] }])
    const frame = session.readBatch(memory(source))
    await expectRows(frame.select(({ list }) => ({ v: explodeOuter(list) })), { v: null })
    await expectRows(frame.select(({ list }) => ({ v: explode(list) })))
    await expectRows(frame.select(({ list }) => posexplodeOuter(list)), { pos: null, col: null })
    await expectRows(frame.select(({ structs }) => inlineOuter(structs, ['a'])), { a: null })
  })

  it('give several columns, under their own names or others, beside those of the row', async () => {
    await expectRows(sampleFrame().select(({ numbers }) => posexplode(numbers)), { pos: 0, col: 3 }, { pos: 1, col: 1 }, { pos: 2, col: 2 })
    await expectRows(sampleFrame().select(({ numbers, s }) => {
      const { pos, col } = posexplode(numbers)
      return { col: s, at: pos, number: col }
    }), { col: 'Spark SQL', at: 0, number: 3 }, { col: 'Spark SQL', at: 1, number: 1 }, { col: 'Spark SQL', at: 2, number: 2 })
    await expectRows(sampleFrame().select('s', ({ points }) => inline(points, ['name'])), { s: 'Spark SQL', name: 'home' }, { s: 'Spark SQL', name: 'away' })
    await expectRows(sampleFrame().select(({ i, x }) => stack(2, ['kind', 'value'], 'i', i, 'x', x)), { kind: 'i', value: -7 }, { kind: 'x', value: 2.5 })
  })

  it('stand in withColumns() too, and replace a column', () => expectRows(
    sampleFrame().select('numbers', 'b').withColumns(({ numbers }) => ({ numbers: explode(numbers) })),
    { numbers: 3, b: true }, { numbers: 1, b: true }, { numbers: 2, b: true },
  ))

  it('give every combination where there are several', () => expectRows(
    sampleFrame().select(({ numbers, points }) => ({ n: explode(slice(numbers, 1, 2)), ...inline(points, ['name']) })),
    { n: 3, name: 'home' }, { n: 3, name: 'away' }, { n: 1, name: 'home' }, { n: 1, name: 'away' },
  ))

  it('are refused inside expressions, and for fields that are none', () => {
    const frame = sampleFrame()
    expect(problem(() => frame.select(({ words }) => ({ a: upper(explode(words) as never) })))).toBe(
      'PLAN_GENERATOR_MISPLACED: explode() stands inside another expression. Give it a column of its own in select(), and compute with that column in a further select().',
    )
    expect(problem(() => frame.select(({ points }) => inline(points, ['nam' as 'name'])))).toBe('PLAN_UNKNOWN_FIELD: inline() has no column "nam", only "east", "name". Did you mean "name"?')
  })
})
