import type { ColumnType, LocalDate } from '../columnar/schema-builder.ts'
import type { Expr } from './expr.ts'

/**
 * The typed face of expressions. A column is what a callback gets (`({ amount }) => …`) and what functions give: methods
 * by type, null set aside for choosing them and kept in the results.
 */
export type Column<T> = ColumnBase<T> & Face<T, NonNullable<T>>

/** The columns of a row type. */
export type Columns<R> = { readonly [K in keyof R]: Column<R[K]> }

/**
 * Any column whose values are of the type: what functions take. Three properties and no methods, so that the compiler
 * says in one line what does not fit.
 */
export interface ColumnLike<T> {
  readonly kind: 'column'
  /** The expression as data. */
  readonly expr: Expr
  readonly '~type'?: T
}

/** `null` if the type has it: results are null where an operand is. */
export type NullOf<T> = null extends T ? null : never

/** The type or null; never, of which nothing is known, stays so. */
export type Nullable<T> = [T] extends [never] ? never : T | null

/** The type that a column, an aggregate or a window carries; an absent one means never: nothing is known. */
export type Carried<C> = C extends { readonly '~type'?: infer T } ? ([T] extends [undefined] ? never : T) : never

/** The type of the values behind an argument: of a column's rows, or of the plain value. */
export type ValueIn<A> = A extends ColumnLike<unknown> ? Carried<A>
  : A extends number ? number
  : A extends string ? string
  : A extends boolean ? boolean
  : A extends bigint ? bigint
  : A

/** `null` if an argument can be null. */
export type NullIn<A> = A extends { readonly '~type'?: infer T } ? NullOf<T> : NullOf<A>

/** What values of a type can be compared with. Numbers of all types meet, and so do dates and timestamps. */
export type Peer<V> = [V] extends [never] ? unknown
  : [V] extends [number | bigint] ? number | bigint
  : [V] extends [Date | LocalDate] ? Date | LocalDate
  : V

/** A column or a plain value that values of the type can be compared with. */
export type Operand<T> = ColumnLike<Peer<NonNullable<T>> | null> | Peer<NonNullable<T>>

/** A number as a column or a value. */
export type Numeric = ColumnLike<number | bigint | null> | number | bigint

/** A condition: a boolean column. */
export type Condition = ColumnLike<boolean | null>

/** The result type of arithmetic. A whole constant takes the type of the other side, a fraction makes a double. */
export type Arithmetic<A, B> = ArithmeticOf<NonNullable<ValueIn<A>>, NonNullable<ValueIn<B>>, A, B> | NullIn<A> | NullIn<B>

type ArithmeticOf<X, Y, A, B> = [X] extends [never] ? never
  : [Y] extends [never] ? X
  : [X] extends [number] ? ([Y] extends [number] ? number : A extends number ? Whole<A> : number | bigint)
  : [X] extends [bigint] ? ([Y] extends [bigint] ? bigint : B extends number ? Whole<B> : number | bigint)
  : number | bigint

/** What a constant makes of an int64 on the other side. */
type Whole<N extends number> = number extends N ? number | bigint : `${N}` extends `${bigint}` ? bigint : number

/** What every column can do. */
export interface ColumnBase<T> extends ColumnLike<T> {
  /** Equal; null where a side is null. */
  eq<O extends Operand<T>>(other: O): Column<boolean | NullOf<T> | NullIn<O>>
  /** Different; null where a side is null. */
  ne<O extends Operand<T>>(other: O): Column<boolean | NullOf<T> | NullIn<O>>
  /** Equal, null counting as a value. */
  eqNullSafe(other: Operand<T> | null): Column<boolean>
  isNull(): Column<boolean>
  isNotNull(): Column<boolean>
  /** One of the values; null where it is not and one of them is null. */
  in<const O extends readonly Operand<T>[]>(...values: O): Column<boolean | NullOf<T> | NullIn<O[number]>>
  /** In another type; a value that does not fit raises. */
  cast<U>(type: ColumnType<U>): Column<NonNullable<U> | NullOf<T>>
  /** In another type; null where a value does not fit. */
  tryCast<U>(type: ColumnType<U>): Column<U | null>
}

/** Of columns whose values have an order: numbers, text (by its bytes), times, binary, booleans, arrays. */
export interface OrderedFace<T> {
  gt<O extends Operand<T>>(other: O): Column<boolean | NullOf<T> | NullIn<O>>
  ge<O extends Operand<T>>(other: O): Column<boolean | NullOf<T> | NullIn<O>>
  lt<O extends Operand<T>>(other: O): Column<boolean | NullOf<T> | NullIn<O>>
  le<O extends Operand<T>>(other: O): Column<boolean | NullOf<T> | NullIn<O>>
  /** Both ends included. */
  between<L extends Operand<T>, H extends Operand<T>>(low: L, high: H): Column<boolean | NullOf<T> | NullIn<L | H>>
}

/** Of numbers. Overflow of whole numbers raises; `tryAdd()` and its kin give null instead. */
export interface NumberFace<T> {
  plus<const O extends Numeric>(other: O): Column<Arithmetic<ColumnLike<T>, O>>
  minus<const O extends Numeric>(other: O): Column<Arithmetic<ColumnLike<T>, O>>
  times<const O extends Numeric>(other: O): Column<Arithmetic<ColumnLike<T>, O>>
  /** Always a double; division by zero raises. */
  divide<O extends Numeric>(other: O): Column<number | NullOf<T> | NullIn<O>>
  /** Remainder with the sign of the dividend. */
  mod<const O extends Numeric>(other: O): Column<Arithmetic<ColumnLike<T>, O>>
  negate(): Column<T>
  /** Of whole numbers: bits set in both. */
  bitwiseAnd<const O extends Numeric>(other: O): Column<Arithmetic<ColumnLike<T>, O>>
  /** Of whole numbers: bits set in one or both. */
  bitwiseOr<const O extends Numeric>(other: O): Column<Arithmetic<ColumnLike<T>, O>>
  /** Of whole numbers: bits set in exactly one. */
  bitwiseXor<const O extends Numeric>(other: O): Column<Arithmetic<ColumnLike<T>, O>>
  /** Of whole numbers: every bit turned over. */
  bitwiseNot(): Column<T>
}

/** Of booleans, with SQL's three values: null is "unknown". JavaScript's && and || do not work on columns. */
export interface BooleanFace<T> {
  and<O extends Condition>(other: O): Column<boolean | NullOf<T> | NullIn<O>>
  or<O extends Condition>(other: O): Column<boolean | NullOf<T> | NullIn<O>>
  not(): Column<T>
}

/** Of text. Everything else that text can do is a function: upper(), trim(), regexpReplace(), … */
export interface StringFace<T> {
  /** The whole text fits a pattern: `%` any text, `_` one character. */
  like(pattern: string): Column<boolean | NullOf<T>>
  /** As like(), without regard to upper and lower case. */
  ilike(pattern: string): Column<boolean | NullOf<T>>
  /** A match anywhere of a regular expression (linear time: no look-around, no back-references). */
  rlike(pattern: string): Column<boolean | NullOf<T>>
  contains<O extends Operand<T>>(other: O): Column<boolean | NullOf<T> | NullIn<O>>
  startsWith<O extends Operand<T>>(other: O): Column<boolean | NullOf<T> | NullIn<O>>
  endsWith<O extends Operand<T>>(other: O): Column<boolean | NullOf<T> | NullIn<O>>
  /** The characters from a position on: 1 is the first, negative counts from the end. */
  substring(start: number, length?: number): Column<T>
}

/** The type of an array's elements. */
export type ElementOf<T> = NonNullable<T> extends readonly (infer E)[] ? E : never

export interface ArrayFace<T> {
  /** The element at a position from 0; outside of the array it raises. */
  at<I extends Numeric>(index: I): Column<ElementOf<T> | NullOf<T> | NullIn<I>>
  /** The element at a position from 1, or from −1 backwards; outside of the array it raises. */
  elementAt<I extends Numeric>(index: I): Column<ElementOf<T> | NullOf<T> | NullIn<I>>
}

/** Fields of a struct column as properties: `window.start`. */
export type StructFace<T> = { readonly [K in keyof NonNullable<T>]: Column<NonNullable<T>[K] | NullOf<T>> } & {
  /** A field whose name is also that of a method. */
  getField<const K extends keyof NonNullable<T>>(name: K): Column<NonNullable<T>[K] | NullOf<T>>
}

/** After $untyped(): every method, nothing checked. */
type UntypedFace = OrderedFace<never> & NumberFace<never> & BooleanFace<never> & StringFace<never> & ArrayFace<never> & { getField(name: string): Column<never> }

type Face<T, V> = [T] extends [never] ? UntypedFace
  : [V] extends [never] ? unknown
  : [V] extends [boolean] ? BooleanFace<T> & OrderedFace<T>
  : [V] extends [number | bigint] ? NumberFace<T> & OrderedFace<T>
  : [V] extends [LocalDate] ? OrderedFace<T>
  : [V] extends [string] ? StringFace<T> & OrderedFace<T>
  : [V] extends [Date | Uint8Array] ? OrderedFace<T>
  : [V] extends [Float64Array] ? unknown
  : [V] extends [readonly unknown[]] ? ArrayFace<T> & OrderedFace<T>
  : [V] extends [object] ? StructFace<T>
  : unknown
