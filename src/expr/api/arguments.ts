/** What functions of the public surface take: a column of the type, or a plain value. */
import type { LocalDate } from '../../columnar/schema-builder.ts'
import type { ColumnLike, Condition, ElementOf, Numeric, ValueIn } from '../column-types.ts'

export type Text = ColumnLike<string | null> | string
/** A date or a timestamp; as a plain value a Date, or a day as text, `2013-01-31`. */
export type Time = ColumnLike<Date | LocalDate | null> | Date | LocalDate
export type Bytes = ColumnLike<Uint8Array | string | null> | Uint8Array | string
export type Truth = Condition | boolean

/** A unit of time; a misspelled one does not compile. */
export type TimeUnit = 'year' | 'quarter' | 'month' | 'week' | 'day' | 'hour' | 'minute' | 'second' | 'millisecond' | 'microsecond'
/** What dateTrunc() cuts to. */
export type TruncUnit = ColumnLike<string | null> | TimeUnit
/** What trunc() cuts a date to. */
export type DateUnit = ColumnLike<string | null> | 'year' | 'quarter' | 'month' | 'week'
/** What extract() takes of a time. */
export type TimeField = 'year' | 'quarter' | 'month' | 'week' | 'day' | 'dow' | 'doy' | 'hour' | 'minute' | 'second' | 'dow_iso' | 'yearofweek'
export type Weekday = ColumnLike<string | null> | 'Monday' | 'Tuesday' | 'Wednesday' | 'Thursday' | 'Friday' | 'Saturday' | 'Sunday' | 'Mon' | 'Tue' | 'Wed' | 'Thu' | 'Fri' | 'Sat' | 'Sun'

/** Numbers, and text that is read as numbers. */
export type TextOrNumeric = Text | Numeric
/** Text (a date is read as it is) and times. */
export type TextOrTime = ColumnLike<string | Date | null> | string | Date
export type NumericOrTruth = Numeric | Truth
export type NumericOrBytes = Numeric | Bytes
/** Any column or constant. */
export type Value = ColumnLike<unknown> | number | bigint | string | boolean | Date | Uint8Array | null
export type List = ColumnLike<readonly unknown[] | null>
export type Lists = ColumnLike<readonly (readonly unknown[] | null)[] | null>

/** The numbers of an argument, null set aside: `number` or `bigint`. */
export type NumberIn<A> = NonNullable<ValueIn<A>>

/** The elements of an array argument. */
export type ElementIn<A> = ElementOf<ValueIn<A>>

/** `null` if every argument can be null, or there is none: what functions give that pass nulls over. */
export type NullInAll<A extends readonly unknown[]> = A extends readonly [infer First, ...infer Rest] ? (null extends ValueIn<First> ? NullInAll<Rest> : never) : null

export type { ColumnLike, Condition, LocalDate, Numeric }

/** A whole number of the argument's type, or with a scale a double. */
export type WholeOf<A, Scale> = [Scale] extends [never] ? NumberIn<A> : number
