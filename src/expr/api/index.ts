/**
 * The function table as typed functions, a family a file. The rule of names: Spark's name in camel case, so that
 * `date_trunc` is `dateTrunc`. What is a method of columns (`gt`, `like`, `cast`) has no function; docs/functions.md
 * has them all.
 */
export * from './aggregates.ts'
export type { DateUnit, TimeField, TimeUnit, Weekday } from './arguments.ts'
export * from './arithmetic.ts'
export * from './array-building.ts'
export * from './arrays.ts'
export * from './bits.ts'
export * from './conditions.ts'
export * from './constants.ts'
export * from './encoding.ts'
export * from './generators.ts'
export * from './math.ts'
export * from './other-names.ts'
export * from './random.ts'
export * from './regexp.ts'
export * from './statistics.ts'
export * from './structs.ts'
export * from './text.ts'
export * from './text-building.ts'
export * from './time-arithmetic.ts'
export * from './time-fields.ts'
export * from './time-making.ts'
export * from './trigonometry.ts'
