/** Parts of dates and timestamps; those of a timestamp in the time zone of the session. */
import { call } from '../column.ts'
import type { Column, NullIn } from '../column-types.ts'
import type { DateUnit, LocalDate, Time, TimeField, TruncUnit } from './arguments.ts'

/** The year. */
export function year<A extends Time>(time: A): Column<number | NullIn<A>> {
  return call('year', time)
}

/** The quarter, 1 to 4. */
export function quarter<A extends Time>(time: A): Column<number | NullIn<A>> {
  return call('quarter', time)
}

/** The month, 1 to 12. */
export function month<A extends Time>(time: A): Column<number | NullIn<A>> {
  return call('month', time)
}

/** The day of the month. */
export function day<A extends Time>(time: A): Column<number | NullIn<A>> {
  return call('day', time)
}

/** The day of the week, 1 for Sunday to 7. */
export function dayofweek<A extends Time>(time: A): Column<number | NullIn<A>> {
  return call('dayofweek', time)
}

/** The day of the week, 0 for Monday to 6. */
export function weekday<A extends Time>(time: A): Column<number | NullIn<A>> {
  return call('weekday', time)
}

/** The day of the year, from 1. */
export function dayofyear<A extends Time>(time: A): Column<number | NullIn<A>> {
  return call('dayofyear', time)
}

/** The ISO week: weeks start on Monday and belong to the year of their Thursday. */
export function weekofyear<A extends Time>(time: A): Column<number | NullIn<A>> {
  return call('weekofyear', time)
}

/** The hour in the session zone. */
export function hour<A extends Time>(time: A): Column<number | NullIn<A>> {
  return call('hour', time)
}

/** The minute in the session zone. */
export function minute<A extends Time>(time: A): Column<number | NullIn<A>> {
  return call('minute', time)
}

/** The whole second. */
export function second<A extends Time>(time: A): Column<number | NullIn<A>> {
  return call('second', time)
}

/** One field of a date or timestamp: year, quarter, month, week, day, dow, doy, hour, minute, second (a double with its fraction) and their short names. */
export function extract<B extends Time>(field: TimeField, time: B): Column<number | NullIn<B>> {
  return call('extract', field, time)
}

/** The short English name of the day, `Mon`. */
export function dayname<A extends Time>(time: A): Column<string | NullIn<A>> {
  return call('dayname', time)
}

/** The short English name of the month, `Jan`. */
export function monthname<A extends Time>(time: A): Column<string | NullIn<A>> {
  return call('monthname', time)
}

/** The start of the year, quarter, month, week (Monday), day, hour, minute, second or millisecond in the session zone; null for an unknown unit. */
export function dateTrunc<A extends TruncUnit, B extends Time>(unit: A, time: B): Column<Date | null> {
  return call('date_trunc', unit, time)
}

/** The first day of the year, quarter, month or week (Monday); null for any other unit. */
export function trunc<A extends Time, B extends DateUnit>(date: A, unit: B): Column<LocalDate | null> {
  return call('trunc', date, unit)
}

/** The last day of the month. */
export function lastDay<A extends Time>(date: A): Column<LocalDate | NullIn<A>> {
  return call('last_day', date)
}

/** Days since 1970-01-01. */
export function unixDate<A extends Time>(date: A): Column<number | NullIn<A>> {
  return call('unix_date', date)
}

/** Seconds since 1970-01-01 UTC, rounded down. */
export function unixSeconds<A extends Time>(time: A): Column<number | NullIn<A>> {
  return call('unix_seconds', time)
}

/** Milliseconds since 1970-01-01 UTC, rounded down. */
export function unixMillis<A extends Time>(time: A): Column<number | NullIn<A>> {
  return call('unix_millis', time)
}

/** Microseconds since 1970-01-01 UTC, rounded down. */
export function unixMicros<A extends Time>(time: A): Column<number | NullIn<A>> {
  return call('unix_micros', time)
}
