/** Dates and timestamps from numbers and text, and text from them; patterns are those of Spark. */
import { call } from '../column.ts'
import type { Column, NullIn, Numeric } from '../column-types.ts'
import type { LocalDate, NumberIn, Text, TextOrTime, Time } from './arguments.ts'

/** The date of three numbers; raises where they make none. */
export function makeDate<A extends Numeric, B extends Numeric, C extends Numeric>(year: A, month: B, day: C): Column<LocalDate | NullIn<A | B | C>> {
  return call('make_date', year, month, day)
}

/** The instant of a local time in the given zone or the session's. */
export function makeTimestamp<A extends Numeric, B extends Numeric, C extends Numeric, D extends Numeric, E extends Numeric, F extends Numeric, G extends Text = never>(year: A, month: B, day: C, hour: D, minute: E, second: F, zone?: G): Column<Date | NullIn<A | B | C | D | E | F | NoInfer<G>>> {
  return call('make_timestamp', year, month, day, hour, minute, second, zone)
}

/** The instant of a local time in the given zone or the session's; null where the numbers make none. */
export function tryMakeTimestamp<A extends Numeric, B extends Numeric, C extends Numeric, D extends Numeric, E extends Numeric, F extends Numeric, G extends Text = never>(year: A, month: B, day: C, hour: D, minute: E, second: F, zone?: G): Column<Date | null> {
  return call('try_make_timestamp', year, month, day, hour, minute, second, zone)
}

/** The date so many days after 1970-01-01. */
export function dateFromUnixDate<A extends Numeric>(days: A): Column<LocalDate | NullIn<A>> {
  return call('date_from_unix_date', days)
}

/** The timestamp so many seconds after 1970-01-01 UTC. */
export function timestampSeconds<A extends Numeric>(seconds: A): Column<Date | (NumberIn<A> extends bigint ? never : null) | NullIn<A>> {
  return call('timestamp_seconds', seconds)
}

/** The timestamp so many milliseconds after 1970-01-01 UTC. */
export function timestampMillis<A extends Numeric>(milliseconds: A): Column<Date | NullIn<A>> {
  return call('timestamp_millis', milliseconds)
}

/** The timestamp so many microseconds after 1970-01-01 UTC. */
export function timestampMicros<A extends Numeric>(microseconds: A): Column<Date | NullIn<A>> {
  return call('timestamp_micros', microseconds)
}

/** The time so many seconds after 1970-01-01 UTC as text in the session zone, yyyy-MM-dd HH:mm:ss unless a pattern is given. */
export function fromUnixtime<A extends Numeric, B extends Text = never>(seconds: A, pattern?: B): Column<string | NullIn<A | NoInfer<B>>> {
  return call('from_unixtime', seconds, pattern)
}

/** The date in a text: as a cast reads it, or by a pattern. */
export function toDate<A extends TextOrTime, B extends Text = never>(text: A, pattern?: B): Column<LocalDate | NullIn<A | NoInfer<B>>> {
  return call('to_date', text, pattern)
}

/** As to_date(), null where the text is no date. */
export function tryToDate<A extends TextOrTime, B extends Text = never>(text: A, pattern?: B): Column<LocalDate | null> {
  return call('try_to_date', text, pattern)
}

/** The timestamp in a text: as a cast reads it, or by a pattern; local times are of the session zone. */
export function toTimestamp<A extends TextOrTime, B extends Text = never>(text: A, pattern?: B): Column<Date | NullIn<A | NoInfer<B>>> {
  return call('to_timestamp', text, pattern)
}

/** As to_timestamp(), null where the text is no timestamp. */
export function tryToTimestamp<A extends TextOrTime, B extends Text = never>(text: A, pattern?: B): Column<Date | null> {
  return call('try_to_timestamp', text, pattern)
}

/** Whole seconds since 1970-01-01 UTC, of the batch clock without arguments; text is read by the pattern, yyyy-MM-dd HH:mm:ss unless given. */
export function unixTimestamp<A extends TextOrTime = never, B extends Text = never>(time?: A, pattern?: B): Column<number | NullIn<NoInfer<A> | NoInfer<B>>> {
  return call('unix_timestamp', time, pattern)
}

/** Whole seconds since 1970-01-01 UTC; text is read by the pattern, yyyy-MM-dd HH:mm:ss unless given. */
export function toUnixTimestamp<A extends TextOrTime, B extends Text = never>(time: A, pattern?: B): Column<number | NullIn<A | NoInfer<B>>> {
  return call('to_unix_timestamp', time, pattern)
}

/** The timestamp as text by a pattern, in the session zone. */
export function dateFormat<A extends Time, B extends Text>(time: A, pattern: B): Column<string | NullIn<A | B>> {
  return call('date_format', time, pattern)
}
