/** What functions of the public surface take: a column of the type, or a plain value. */
import type { LocalDate } from '../../columnar/schema-builder.ts'
import type { ColumnLike, Condition, ElementOf, Numeric, ValueIn } from '../column-types.ts'

export type Text = ColumnLike<string | null> | string
/** A date or a timestamp; as a plain value a Date, or a day as text, `2013-01-31`. */
export type Time = ColumnLike<Date | LocalDate | null> | Date | LocalDate
export type Bytes = ColumnLike<Uint8Array | string | null> | Uint8Array | string
export type Truth = Condition | boolean
/** Numbers, and text that is read as numbers. */
export type TextOrNumeric = Text | Numeric
export type TextOrTime = Text | Time
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
