import { describe, expect, test } from 'vitest'
import { fitKMeans } from '../../../src/ml/fit/k-means.ts'
import { fitLinear } from '../../../src/ml/fit/linear-regression.ts'
import { fitLogistic } from '../../../src/ml/fit/logistic-regression.ts'
import { momentsOf } from '../../../src/ml/fit/moments.ts'
import { imputer } from '../../../src/ml/fit/stages/imputer.ts'
import { stringIndexer } from '../../../src/ml/fit/stages/string-indexer.ts'
import { modeOf, quantileOf, sortedValues } from '../../../src/ml/fit/quantiles.ts'
import type { TrainingSet } from '../../../src/ml/fit/training-set.ts'
import { resolveOptions } from '../../../src/common/options.ts'
import { difference } from '../spark/support.ts'
import { Features } from '../../../src/ml/spark/features.ts'
import { dataOf, linearRuns, logisticRuns, rows, spark, trainingSet } from './support.ts'

interface Coefficients {
  readonly coef: readonly (readonly number[])[] | readonly number[]
  readonly intercept: readonly number[] | number
}

function logistic(run: keyof typeof logisticRuns, blockRows?: number, isSparse?: boolean): { coefficients: number[]; intercepts: number[] } {
  const options = { isMultinomial: false, ...logisticRuns[run] }
  const counts = new Float64Array(options.label === 'kind' ? 3 : 2)
  for (const row of rows) counts[Number(row[options.label])]++
  const { coefficients, intercepts } = fitLogistic(trainingSet(options.label, blockRows, isSparse), counts, options.isMultinomial, options)
  return { coefficients: Array.from(coefficients), intercepts: Array.from(intercepts) }
}

describe('what is learned is what Spark learns from the same rows', () => {
  test.each(Object.keys(logisticRuns) as (keyof typeof logisticRuns)[])('logistic regression, %s', run => {
    const want = spark.fitted[run] as Coefficients
    const got = logistic(run)
    expect(difference(got.coefficients, want.coef.flat())).toBeLessThan(5e-6)
    expect(difference(got.intercepts, want.intercept)).toBeLessThan(5e-6)
    // A penalty on sizes makes the same coefficients exactly zero.
    if (logisticRuns[run].elasticNetParam > 0) expect(got.coefficients.map(c => c === 0)).toEqual(want.coef.flat().map(c => c === 0))
  })

  test.each(Object.keys(linearRuns) as (keyof typeof linearRuns)[])('linear regression, %s', run => {
    const want = spark.fitted[run] as Coefficients
    const { coefficients, intercept } = fitLinear(trainingSet('y'), linearRuns[run])
    const limit = linearRuns[run].elasticNetParam > 0 || run === 'reg-lbfgs' ? 1e-6 : 1e-12
    expect(difference(Array.from(coefficients), want.coef)).toBeLessThan(limit)
    expect(difference(intercept, want.intercept)).toBeLessThan(limit)
  })

  test.each(['euclidean', 'cosine'] as const)('k-means, %s: clusters that cost no more', distanceMeasure => {
    const { cost } = spark.fitted[`km-${distanceMeasure}`] as { readonly cost: number }
    const options = { k: distanceMeasure === 'euclidean' ? 3 : 2, seed: 1, maxIter: 50, tol: 1e-4, distanceMeasure }
    expect(fitKMeans(trainingSet(undefined), options).cost).toBeLessThanOrEqual(cost * (1 + 1e-12))
  })

  test('moments', () => {
    const { mean, variance, min, max } = momentsOf(trainingSet(undefined).blocks.map(b => b.features), 3)
    expect(difference([Array.from(mean), Array.from(variance, Math.sqrt)], spark.fitted['std'])).toBeLessThan(1e-14)
    expect([Array.from(min), Array.from(max)]).toEqual(spark.fitted['minmax'])
    expect(Array.from(max, (x, i) => Math.max(x, -min[i]))).toEqual(spark.fitted['maxabs'])
  })

  test.each([['robust', 0.25, 0.75], ['robust-1-8', 0.1, 0.8]] as const)('quantiles, %s', (name, lower, upper) => {
    const columns = ['x1', 'x2', 'x3'].map(c => sortedValues(Float64Array.from(rows, r => Number(r[c]))))
    const got = [columns.map(c => Number(quantileOf(c, upper)) - Number(quantileOf(c, lower))), columns.map(c => quantileOf(c, 0.5))]
    expect(difference(got, spark.fitted[name])).toBeLessThan(1e-14)
  })

  test.each(['frequencyDesc', 'frequencyAsc', 'alphabetDesc', 'alphabetAsc'] as const)('labels in order %s, of numbers too', stringOrderType => {
    const given = { inputCols: ['color', 'size', 'x3'], outputCols: ['a', 'b', 'c'], stringOrderType }
    const table = stringIndexer.fit?.(dataOf(), resolveOptions(stringIndexer.params, given, 'StringIndexer'))
    expect(table?.columns[0].values[0]).toEqual(spark.fitted[`si-${stringOrderType}`])
  })

  test.each(['mean', 'median', 'mode'] as const)('the %s of what is there', strategy => {
    const given = { inputCols: ['n1', 'n2'], outputCols: ['a', 'b'], strategy }
    const table = imputer.fit?.(dataOf(), resolveOptions(imputer.params, given, 'Imputer'))
    expect(difference(table?.columns.map(c => c.values[0]), spark.fitted[`imp-${strategy}`])).toBeLessThan(1e-14)
  })

  test('another number that means missing', () => {
    const given = { inputCols: ['n1', 'n2'], outputCols: ['a', 'b'], missingValue: 3 }
    const present = rows.filter(r => !Number.isNaN(r['n2']))
    const table = imputer.fit?.(dataOf(present), resolveOptions(imputer.params, given, 'Imputer'))
    expect(difference(table?.columns.map(c => c.values[0]), spark.fitted['imp-3'])).toBeLessThan(1e-14)
  })
})

/** One column as the only feature, with y as label. */
function single(name: string): TrainingSet['blocks'] {
  return [{ features: Features.dense(rows.length, 1, Float64Array.from(rows, r => Number(r[name]))), labels: trainingSet('y').blocks[0].labels }]
}

describe('optimisers', () => {
  test('sparse vectors and small blocks give what dense ones in one block give', () => {
    const one = logistic('lr-multi')
    expect(difference(logistic('lr-multi', 7, true).coefficients, one.coefficients)).toBeLessThan(1e-7)
    const lbfgs = linearRuns['reg-lbfgs']
    expect(difference(Array.from(fitLinear(trainingSet('y', 11, true), lbfgs).coefficients), Array.from(fitLinear(trainingSet('y'), lbfgs).coefficients))).toBeLessThan(1e-8)
  })

  test('features that depend on each other, and one that does not vary', () => {
    const set = trainingSet('y')
    const x = Float64Array.from(rows.flatMap(r => [Number(r['x1']), 2 * Number(r['x1']), 5]))
    const wide = [{ features: Features.dense(rows.length, 3, x), labels: set.blocks[0].labels }]
    const { coefficients, intercept } = fitLinear({ ...set, blocks: wide }, linearRuns['reg-plain'])
    expect(coefficients[2]).toBe(0)
    const together = fitLinear({ size: 1, rows: set.rows, blocks: single('x1') }, linearRuns['reg-plain'])
    expect(difference(coefficients[0] + 2 * coefficients[1], together.coefficients[0])).toBeLessThan(1e-5)
    expect(difference(intercept, together.intercept)).toBeLessThan(1e-4)
  })

  test('labels that are all the same leave no doubt', () => {
    const set = trainingSet(undefined)
    expect(Array.from(fitLogistic(set, Float64Array.of(120), false, logisticRuns['lr-plain']).intercepts)).toEqual([-Infinity])
    expect(fitLinear(set, linearRuns['reg-plain'])).toEqual({ coefficients: new Float64Array(3), intercept: 0 })
  })

  test('the same seed gives the same clusters, and there are no more than different rows', () => {
    const options = { k: 5, seed: 42, maxIter: 20, tol: 1e-4, distanceMeasure: 'euclidean' as const }
    expect(fitKMeans(trainingSet(undefined), options)).toEqual(fitKMeans(trainingSet(undefined), options))
    const few = fitKMeans({ size: 1, rows: rows.length, blocks: single('label') }, options)
    expect(few.centres.map(c => c[0]).sort()).toEqual([0, 1])
    expect(few.cost).toBe(0)
  })

  test('mode and quantile of nothing', () => {
    expect([modeOf(new Float64Array(0)), quantileOf(new Float64Array(0), 0.5)]).toEqual([undefined, undefined])
  })
})
