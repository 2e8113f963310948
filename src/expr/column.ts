import type { DataType } from '../columnar/data-type.ts'
import type { ColumnType, LocalDate } from '../columnar/schema-builder.ts'
import type { CallExpr, Expr } from './expr.ts'
import { literalOf } from './literal.ts'
import { recordCondition } from './condition-recorder.ts'

/** `null` if the type has it: results are null where an operand is. */
export type NullOf<T> = null extends T ? null : never

/** A column of the type or a plain value of it. */
export type Operand<T> = Column<T> | Column<NonNullable<T>> | Column<NonNullable<T> | null> | NonNullable<T>

/** Any whole or fractional number, as a column or a value. */
export type NumericOperand = Column<number> | Column<number | null> | Column<bigint> | Column<bigint | null> | number | bigint

/** Of two numeric types the one that holds both. */
type Wider<A, B> = NonNullable<A> extends bigint ? (B extends number ? (number extends NonNullable<A> ? number : bigint) : bigint) : number

type Arithmetic<T, O> = (O extends ColumnBase<infer U> ? Wider<T, NonNullable<U>> | NullOf<U> : Wider<T, O>) | NullOf<T>

/** What every column can do. */
export interface ColumnBase<T> {
  readonly kind: 'column'
  /** The expression as data. */
  readonly expr: Expr
  readonly '~type'?: T
  /** Equal; null where a side is null. */
  eq(other: Operand<T>): Column<boolean | NullOf<T>>
  /** Different; null where a side is null. */
  ne(other: Operand<T>): Column<boolean | NullOf<T>>
  /** Equal, null counting as a value. */
  eqNullSafe(other: Operand<T> | null): Column<boolean>
  isNull(): Column<boolean>
  isNotNull(): Column<boolean>
  /** One of the values. */
  in(...values: readonly Operand<T>[]): Column<boolean | NullOf<T>>
  /** In another type; a value that does not fit raises. */
  cast<U>(type: ColumnType<U>): Column<U | NullOf<T>>
  /** In another type; null where a value does not fit. */
  tryCast<U>(type: ColumnType<U>): Column<U | null>
}

export interface Ordered<T> {
  gt(other: Operand<T>): Column<boolean | NullOf<T>>
  ge(other: Operand<T>): Column<boolean | NullOf<T>>
  lt(other: Operand<T>): Column<boolean | NullOf<T>>
  le(other: Operand<T>): Column<boolean | NullOf<T>>
  /** Both ends included. */
  between(low: Operand<T>, high: Operand<T>): Column<boolean | NullOf<T>>
}

export interface NumberFace<T> {
  gt(other: NumericOperand): Column<boolean | NullOf<T>>
  ge(other: NumericOperand): Column<boolean | NullOf<T>>
  lt(other: NumericOperand): Column<boolean | NullOf<T>>
  le(other: NumericOperand): Column<boolean | NullOf<T>>
  between(low: NumericOperand, high: NumericOperand): Column<boolean | NullOf<T>>
  plus<const O extends NumericOperand>(other: O): Column<Arithmetic<T, O>>
  minus<const O extends NumericOperand>(other: O): Column<Arithmetic<T, O>>
  times<const O extends NumericOperand>(other: O): Column<Arithmetic<T, O>>
  /** Always a double; division by zero raises. */
  divide(other: NumericOperand): Column<number | NullOf<T>>
  /** Remainder with the sign of the dividend. */
  mod<const O extends NumericOperand>(other: O): Column<Arithmetic<T, O>>
  negate(): Column<T>
}

export interface BooleanFace<T> {
  and(other: Column<boolean> | Column<boolean | null>): Column<boolean | NullOf<T>>
  or(other: Column<boolean> | Column<boolean | null>): Column<boolean | NullOf<T>>
  not(): Column<T>
}

export interface StringFace<T> {
  /** `%` any text, `_` one character. */
  like(pattern: string): Column<boolean | NullOf<T>>
  /** A match anywhere of a regular expression (linear time: no look-around, no back-references). */
  rlike(pattern: string): Column<boolean | NullOf<T>>
  contains(other: Operand<T>): Column<boolean | NullOf<T>>
  startsWith(other: Operand<T>): Column<boolean | NullOf<T>>
  endsWith(other: Operand<T>): Column<boolean | NullOf<T>>
  /** 1-based, in characters. */
  substring(start: number, length?: number): Column<T>
}

export interface ArrayFace<T> {
  /** 0-based; out of range raises. */
  at(index: number): Column<(NonNullable<T> extends readonly (infer E)[] ? E : never) | NullOf<T>>
}

/** Fields of a struct column, `window.start`. */
export type StructFace<T> = { readonly [K in keyof NonNullable<T>]: Column<NonNullable<T>[K] | NullOf<T>> }

type Face<T, V> = [V] extends [boolean] ? BooleanFace<T>
  : [V] extends [number | bigint] ? NumberFace<T>
  : [V] extends [LocalDate] ? Ordered<T>
  : [V] extends [string] ? StringFace<T> & Ordered<T>
  : [V] extends [Date] ? Ordered<T>
  : [V] extends [Uint8Array] ? Ordered<T>
  : [V] extends [Float64Array] ? unknown
  : [V] extends [readonly unknown[]] ? ArrayFace<T>
  : [V] extends [object] ? StructFace<T>
  : unknown

/**
 * A column of a row type, as it stands in a callback: an expression that is recorded, not a value. The callback runs
 * once, when the query is built. Methods depend on the type of the column; null is set aside for choosing them.
 */
export type Column<T> = ColumnBase<T> & Face<T, NonNullable<T>>

/** The columns of a row type. */
export type Columns<R> = { readonly [K in keyof R]: Column<R[K]> } & {}

const columnTag = Symbol.for('millrace.column')

export function isColumn(value: unknown): value is ColumnBase<unknown> {
  return typeof value === 'object' && value !== null && (value as { [columnTag]?: boolean })[columnTag] === true
}

/** The expression behind a column, or a literal of the value. */
export function toExpr(value: unknown): Expr {
  return isColumn(value) ? value.expr : literalOf(value)
}

export function callExpr(name: string, ...args: readonly unknown[]): CallExpr {
  return Object.freeze({ kind: 'call', name, args: Object.freeze(args.map(toExpr)) })
}

/** A column that calls a function. */
export function call<T>(name: string, ...args: readonly unknown[]): Column<T> {
  return makeColumn<T>(callExpr(name, ...args))
}

const conditions = new Set(['=', '<>', '<', '<=', '>', '>=', '<=>', 'in', 'and', 'or', 'not', 'isnull', 'isnotnull', 'between', 'like', 'rlike', 'contains', 'startswith', 'endswith'])

type Methods = { readonly [name: string]: (self: Expr, ...args: readonly never[]) => Column<never> }

const fn = (name: string) => (self: Expr, ...args: readonly unknown[]): Column<never> => call(name, makeColumn(self), ...args)

const methods: Methods = Object.freeze(Object.assign(Object.create(null) as object, {
  eq: fn('='), ne: fn('<>'), gt: fn('>'), ge: fn('>='), lt: fn('<'), le: fn('<='), eqNullSafe: fn('<=>'), in: fn('in'),
  isNull: fn('isnull'), isNotNull: fn('isnotnull'), between: fn('between'),
  plus: fn('+'), minus: fn('-'), times: fn('*'), divide: fn('/'), mod: fn('%'), negate: fn('negative'),
  and: fn('and'), or: fn('or'), not: fn('not'),
  like: fn('like'), rlike: fn('rlike'), contains: fn('contains'), startsWith: fn('startswith'), endsWith: fn('endswith'), substring: fn('substring'),
  at: fn('element'),
  cast: (self: Expr, type: ColumnType<unknown>) => castColumn(self, type.type, 'ansi'),
  tryCast: (self: Expr, type: ColumnType<unknown>) => castColumn(self, type.type, 'try'),
}))

function castColumn(input: Expr, to: DataType, mode: 'ansi' | 'try'): Column<never> {
  return makeColumn(Object.freeze({ kind: 'cast', input, to, mode }))
}

/**
 * The recording column of an expression. Properties that are no method are fields of a struct; whether there is such
 * a field is known when the expression is resolved.
 */
export function makeColumn<T>(expr: Expr): Column<T> {
  if (expr.kind === 'call' && conditions.has(expr.name)) recordCondition(expr)
  const target = Object.create(null) as { readonly expr: Expr }
  return new Proxy(target, {
    get(_, name) {
      if (name === 'kind') return 'column'
      if (name === 'expr') return expr
      if (name === columnTag) return true
      // A promise-like would be awaited by accident; symbols belong to the language.
      if (typeof name === 'symbol' || name === 'then' || name === 'toJSON') return undefined
      const method = methods[name]
      if (method !== undefined) return (...args: readonly never[]) => method(expr, ...args)
      return makeColumn(Object.freeze({ kind: 'field', input: expr, name }))
    },
    has: (_, name) => name === columnTag || name === 'expr' || name === 'kind',
  }) as unknown as Column<T>
}
