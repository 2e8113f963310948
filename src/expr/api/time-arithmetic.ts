/** Reckoning with dates and timestamps. */
import { call } from '../column.ts'
import type { Column, NullIn, Numeric } from '../column-types.ts'
import type { LocalDate, Text, Time, TimeUnit, Truth, Weekday } from './arguments.ts'

/** The clock of the batch. */
export function currentTimestamp(): Column<Date> {
  return call('current_timestamp')
}

/** The day of the batch clock in the session zone. */
export function currentDate(): Column<LocalDate> {
  return call('current_date')
}

/** The name of the session zone. */
export function currentTimezone(): Column<string> {
  return call('current_timezone')
}

/** The date so many days later; with a unit in front as timestampadd(). */
export function dateAdd<A extends Time, B extends Numeric>(date: A, days: B): Column<LocalDate | NullIn<A | B>> {
  return call('date_add', date, days)
}

/** The date so many days earlier. */
export function dateSub<A extends Time, B extends Numeric>(date: A, days: B): Column<LocalDate | NullIn<A | B>> {
  return call('date_sub', date, days)
}

/** Days from start to end; with a unit in front as timestampdiff(). */
export function datediff<A extends Time, B extends Time>(end: A, start: B): Column<number | NullIn<A | B>> {
  return call('datediff', end, start)
}

/** The same day so many months later, the last day of the month where it has no such day. */
export function addMonths<A extends Time, B extends Numeric>(date: A, months: B): Column<LocalDate | NullIn<A | B>> {
  return call('add_months', date, months)
}

/** Months between two times: whole between equal days or two last days of months, else by 31 days; rounded to 8 digits unless `round` is false. */
export function monthsBetween<A extends Time, B extends Time, C extends Truth = never>(end: A, start: B, round?: C): Column<number | NullIn<A | B | NoInfer<C>>> {
  return call('months_between', end, start, round)
}

/** The first such day of the week after the date. */
export function nextDay<A extends Time, B extends Weekday>(date: A, weekday: B): Column<LocalDate | NullIn<A | B>> {
  return call('next_day', date, weekday)
}

/** The timestamp so many units later: months and days in local time, the rest as elapsed time. */
export function timestampadd<B extends Numeric, C extends Time>(unit: TimeUnit, count: B, time: C): Column<Date | NullIn<B | C>> {
  return call('timestampadd', unit, count, time)
}

/** Whole units from start to end in local time, cut towards zero. */
export function timestampdiff<B extends Time, C extends Time>(unit: TimeUnit, start: B, end: C): Column<number | NullIn<B | C>> {
  return call('timestampdiff', unit, start, end)
}

/** The instant at which UTC shows what the zone shows at the given one. */
export function fromUtcTimestamp<A extends Time, B extends Text>(time: A, zone: B): Column<Date | NullIn<A | B>> {
  return call('from_utc_timestamp', time, zone)
}

/** The instant at which the zone shows what UTC shows at the given one. */
export function toUtcTimestamp<A extends Time, B extends Text>(time: A, zone: B): Column<Date | NullIn<A | B>> {
  return call('to_utc_timestamp', time, zone)
}
