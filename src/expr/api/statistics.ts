/** Statistics, for agg(). */
import { type Aggregate, aggregateCall } from '../aggregate.ts'
import { array } from './array-building.ts'
import type { Numbers } from './aggregates.ts'

/** Standard deviation of a sample; null for fewer than two values. */
export function stddev(value: Numbers): Aggregate<number | null> {
  return aggregateCall('stddev', [value])
}

/** Standard deviation of the whole population. */
export function stddevPop(value: Numbers): Aggregate<number | null> {
  return aggregateCall('stddev_pop', [value])
}

/** Variance of a sample; null for fewer than two values. */
export function variance(value: Numbers): Aggregate<number | null> {
  return aggregateCall('variance', [value])
}

/** Variance of the whole population. */
export function varPop(value: Numbers): Aggregate<number | null> {
  return aggregateCall('var_pop', [value])
}

/** Skewness of the population; null when all values are equal. */
export function skewness(value: Numbers): Aggregate<number | null> {
  return aggregateCall('skewness', [value])
}

/** Excess kurtosis of the population; null when all values are equal. */
export function kurtosis(value: Numbers): Aggregate<number | null> {
  return aggregateCall('kurtosis', [value])
}

/** Exact median of the values that are not null; keeps all values of a group. */
export function median(value: Numbers): Aggregate<number | null> {
  return aggregateCall('median', [value])
}

/** Covariance of the whole population. */
export function covarPop(x: Numbers, y: Numbers): Aggregate<number | null> {
  return aggregateCall('covar_pop', [x, y])
}

/** Covariance of a sample; null for fewer than two pairs. */
export function covarSamp(x: Numbers, y: Numbers): Aggregate<number | null> {
  return aggregateCall('covar_samp', [x, y])
}

/** Pearson correlation; null for one pair, an error where one side is constant. */
export function corr(x: Numbers, y: Numbers): Aggregate<number | null> {
  return aggregateCall('corr', [x, y])
}

/** Number of rows in which both numbers are present. */
export function regrCount(y: Numbers, x: Numbers): Aggregate<number> {
  return aggregateCall('regr_count', [y, x])
}

/** Mean of x over the pairs. */
export function regrAvgx(y: Numbers, x: Numbers): Aggregate<number | null> {
  return aggregateCall('regr_avgx', [y, x])
}

/** Mean of y over the pairs. */
export function regrAvgy(y: Numbers, x: Numbers): Aggregate<number | null> {
  return aggregateCall('regr_avgy', [y, x])
}

/** Sum of squares of x around its mean. */
export function regrSxx(y: Numbers, x: Numbers): Aggregate<number | null> {
  return aggregateCall('regr_sxx', [y, x])
}

/** Sum of squares of y around its mean. */
export function regrSyy(y: Numbers, x: Numbers): Aggregate<number | null> {
  return aggregateCall('regr_syy', [y, x])
}

/** Sum of products of x and y around their means. */
export function regrSxy(y: Numbers, x: Numbers): Aggregate<number | null> {
  return aggregateCall('regr_sxy', [y, x])
}

/** Slope of the regression line of y over x; null where x is constant. */
export function regrSlope(y: Numbers, x: Numbers): Aggregate<number | null> {
  return aggregateCall('regr_slope', [y, x])
}

/** Where the regression line of y over x meets x = 0; null where x is constant. */
export function regrIntercept(y: Numbers, x: Numbers): Aggregate<number | null> {
  return aggregateCall('regr_intercept', [y, x])
}

/** Square of the correlation; null where x is constant, 1 where only y is. */
export function regrR2(y: Numbers, x: Numbers): Aggregate<number | null> {
  return aggregateCall('regr_r2', [y, x])
}

/** One percentage from 0 to 1, or several: the result is then an array. */
type Percentages = number | readonly number[]
type Percentiles<P> = P extends number ? number : number[]

/** Exact percentile of the values that are not null, interpolated; keeps all values of a group. */
export function percentile<const P extends Percentages>(value: Numbers, percentage: P): Aggregate<Percentiles<P> | null> {
  return aggregateCall('percentile', [value, typeof percentage === 'number' ? percentage : array(...(percentage as readonly number[]))])
}

/** Exact percentile that is one of the values; keeps all values of a group. */
export function percentileDisc<const P extends Percentages>(value: Numbers, percentage: P): Aggregate<Percentiles<P> | null> {
  return aggregateCall('percentile_disc', [value, typeof percentage === 'number' ? percentage : array(...(percentage as readonly number[]))])
}
