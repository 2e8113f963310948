import { makeError, type MillraceError } from './errors.ts'

type Unit = 'microsecond' | 'millisecond' | 'second' | 'minute' | 'hour' | 'day' | 'week'

/** A length of time as text; a misspelled unit does not compile. Months and years have no fixed length and are refused. */
export type Duration =
  | `${number} ${Unit | `${Unit}s`}`
  | `${number} ${Unit | `${Unit}s`} ${number} ${Unit | `${Unit}s`}`
  | `${number}${'us' | 'ms' | 's' | 'm' | 'h' | 'd'}`

const micros: Readonly<Record<string, number>> = Object.freeze({
  us: 1, microsecond: 1, microseconds: 1,
  ms: 1e3, millisecond: 1e3, milliseconds: 1e3,
  s: 1e6, sec: 1e6, secs: 1e6, second: 1e6, seconds: 1e6,
  m: 60e6, min: 60e6, mins: 60e6, minute: 60e6, minutes: 60e6,
  h: 3600e6, hour: 3600e6, hours: 3600e6,
  d: 86400e6, day: 86400e6, days: 86400e6,
  week: 604800e6, weeks: 604800e6,
})

/** A duration split as Spark's interval is: months have no fixed number of microseconds. */
export interface Interval {
  readonly months: number
  readonly micros: number
}

/**
 * Reads `10 minutes`, `1 hour 30 minutes`, `-5 seconds`, `interval 1 day`, `250ms`.
 * Answers undefined for text that is no interval.
 */
export function parseInterval(text: string): Interval | undefined {
  let rest = text.trim().toLowerCase()
  if (rest.startsWith('interval ')) rest = rest.slice(9).trim()
  if (rest === '') return undefined
  const part = /^([+-]?\s*\d+(?:\.\d+)?)\s*([a-z]+)\s*/
  let months = 0
  let total = 0
  while (rest !== '') {
    const match = part.exec(rest)
    if (match === null) return undefined
    const amount = Number(match[1].replace(/\s+/g, ''))
    const unit = match[2]
    if (unit === 'month' || unit === 'months') months += amount
    else if (unit === 'year' || unit === 'years') months += amount * 12
    else if (unit in micros) {
      // Fractions exist for seconds only, as in Spark: "1.5 hours" is refused there too.
      if (!Number.isInteger(amount) && micros[unit] !== 1e6) return undefined
      total += Math.round(amount * micros[unit])
    } else return undefined
    rest = rest.slice(match[0].length)
  }
  if (!Number.isSafeInteger(total) || !Number.isSafeInteger(months)) return undefined
  return { months, micros: total }
}

/**
 * Microseconds of a duration. `what` names the argument in the error.
 * @throws AnalysisError PLAN_INVALID_DURATION
 */
export function durationMicros(text: string, what: string): number {
  // Plain JavaScript gives anything.
  if (typeof text !== 'string') throw new TypeError(`The ${what} is ${String(text)}, but it must be a length of time as text, such as "10 minutes".`)
  const interval = parseInterval(text)
  if (interval === undefined) throw invalidDuration(text, what)
  if (interval.months !== 0) throw monthsNotAllowed(text, what)
  return interval.micros
}

/** Milliseconds of a duration given as text or as a number of milliseconds. */
export function durationMs(value: Duration | number, what: string): number {
  return typeof value === 'number' ? value : durationMicros(value, what) / 1000
}

function invalidDuration(text: string, what: string): MillraceError {
  return makeError(
    'PLAN_INVALID_DURATION',
    `The ${what} "${text}" is no length of time. Write a number and a unit, such as "10 minutes", "1 hour 30 minutes" or "250ms".`,
    { context: { text, what } },
  )
}

function monthsNotAllowed(text: string, what: string): MillraceError {
  return makeError(
    'PLAN_INVALID_DURATION',
    `The ${what} "${text}" has months or years, whose length varies. Use days, hours, minutes or seconds.`,
    { context: { text, what }, spark: '_LEGACY_ERROR_TEMP_3231' },
  )
}

const largestFirst: readonly (readonly [string, number])[] = [['day', 86400e6], ['hour', 3600e6], ['minute', 60e6], ['second', 1e6], ['millisecond', 1e3], ['microsecond', 1]]

/** `1 hour`, `90 minutes`: in the largest unit that divides it; nothing is `0 seconds`. */
export function durationText(microseconds: number): string {
  if (microseconds === 0) return '0 seconds'
  const [unit, size] = largestFirst.find(([, s]) => microseconds % s === 0) ?? largestFirst[5]
  const n = microseconds / size
  return `${n} ${unit}${Math.abs(n) === 1 ? '' : 's'}`
}
