/**
 * Other names by which Spark's users know a function. Each function has one name of its own, from the function table;
 * these are the further ones that are common in programs. All others work in fn().
 */
export { avg as mean, boolAnd as every, boolOr as some, collectList as arrayAgg, first as anyValue, first as firstValue, last as lastValue, listagg as stringAgg } from './aggregates.ts'
export { stddev as stddevSamp, variance as varSamp } from './statistics.ts'
export { ceil as ceiling, pow as power, signum as sign } from './math.ts'
export { length as charLength, lower as lcase, upper as ucase } from './text.ts'
export { day as dayofmonth } from './time-fields.ts'
export { currentTimestamp as now, dateAdd as dateadd, datediff as dateDiff } from './time-arithmetic.ts'
export { coalesce as ifnull, coalesce as nvl } from './conditions.ts'
export { substring as substr } from './text-building.ts'
export { size as cardinality } from './arrays.ts'
export { sha1 as sha } from './encoding.ts'
