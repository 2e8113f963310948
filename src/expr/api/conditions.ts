/** Choosing between values, and nulls. */
import { call, isColumn, makeColumn, toExpr } from '../column.ts'
import type { Column, ColumnLike, Condition, NullIn, Numeric, Operand, ValueIn } from '../column-types.ts'
import type { CaseExpr, Expr } from '../expr.ts'
import type { NullInAll, NumberIn, Text, Truth, Value } from './arguments.ts'

/** What further branches may give: a value of the same kind, or null. */
type Branch<T> = [T] extends [null] ? Value : Operand<T> | null

/** A case under construction, and a column already: null where no condition is true. */
export type Case<T> = Column<T | null> & {
  /** A further branch; the first condition that is true decides. */
  when<const V extends Branch<T>>(condition: Condition, value: V): Case<T | ValueIn<V>>
  /** The value where no condition is true. */
  otherwise<const V extends Branch<T>>(value: V): Column<T | ValueIn<V>>
}

/**
 * The value where the condition is true; `.when()` adds branches, `.otherwise()` the rest. Spark's `if` and CASE. Only
 * the chosen branch is computed.
 *
 *     when(delay.gt(60), 'late').when(delay.gt(15), 'behind').otherwise('on time')
 */
export function when<const V extends Value>(condition: Condition, value: V): Case<ValueIn<V>> {
  return caseOf([branchOf(condition, value)])
}

interface CaseBranch {
  readonly when: Expr
  readonly then: Expr
}

function caseOf<T>(branches: readonly CaseBranch[]): Case<T> {
  const make = (otherwise: Expr | null): CaseExpr => Object.freeze({ kind: 'case', branches: Object.freeze([...branches]), otherwise })
  return makeColumn(make(null), {
    when: (condition: Condition, value: unknown) => caseOf([...branches, branchOf(condition, value)]),
    otherwise: (value: unknown) => makeColumn(make(toExpr(value))),
  }) as Case<T>
}

function branchOf(condition: Condition, value: unknown): CaseBranch {
  if (!isColumn(condition)) throw new TypeError('when() takes a condition made of columns, such as delay.gt(60), and a value.')
  return Object.freeze({ when: condition.expr, then: toExpr(value) })
}

/** The first value that is not null; later ones are computed only where needed. */
export function coalesce<F extends ColumnLike<unknown>, const Rest extends readonly (Operand<ValueIn<F>> | null)[]>(
  first: F,
  ...rest: Rest
): Column<NonNullable<ValueIn<F> | ValueIn<Rest[number]>> | NullInAll<[F, ...Rest]>> {
  return call('coalesce', first, ...rest)
}

/** The largest of the arguments; nulls are passed over, NaN is the largest number. */
export function greatest<F extends ColumnLike<unknown>, const Rest extends readonly [Operand<ValueIn<F>>, ...Operand<ValueIn<F>>[]]>(
  first: F,
  ...rest: Rest
): Column<NonNullable<ValueIn<F> | ValueIn<Rest[number]>> | NullInAll<[F, ...Rest]>> {
  return call('greatest', first, ...rest)
}

/** The smallest of the arguments; nulls are passed over. */
export function least<F extends ColumnLike<unknown>, const Rest extends readonly [Operand<ValueIn<F>>, ...Operand<ValueIn<F>>[]]>(
  first: F,
  ...rest: Rest
): Column<NonNullable<ValueIn<F> | ValueIn<Rest[number]>> | NullInAll<[F, ...Rest]>> {
  return call('least', first, ...rest)
}

/** Null where both are equal, else the value. */
export function nullif<A extends ColumnLike<unknown>>(value: A, other: Operand<ValueIn<A>>): Column<ValueIn<A> | null> {
  return call('nullif', value, other)
}

/** The second argument where the first is not null, else the third. */
export function nvl2<A extends Value, B extends Operand<ValueIn<A>> | null>(test: ColumnLike<unknown>, present: A, absent: B): Column<ValueIn<A> | ValueIn<B>> {
  return call('nvl2', test, present, absent)
}

/** Zero where the value is null. */
export function zeroifnull<A extends Numeric>(value: A): Column<NumberIn<A>> {
  return call('zeroifnull', value)
}

/** Null where the value is zero. */
export function nullifzero<A extends Numeric>(value: A): Column<NumberIn<A> | null> {
  return call('nullifzero', value)
}

/** The replacement where the value is NaN. */
export function nanvl<A extends Numeric, B extends Numeric>(value: A, replacement: B): Column<number | NullIn<A | B>> {
  return call('nanvl', value, replacement)
}

/** Whether the value is NaN; false for null. */
export function isnan(value: Numeric): Column<boolean> {
  return call('isnan', value)
}

/** The name of the type of the value. Spark's `typeof`, which is a word of JavaScript. */
export function typeOf(value: Value): Column<string> {
  return call('typeof', value)
}

/** Null where the condition is true; raises EXPR_USER_RAISED where it is false or null. */
export function assertTrue(condition: Truth, message?: Text): Column<null> {
  return call('assert_true', condition, message)
}

/** Raises EXPR_USER_RAISED with the message for any row that reaches it. */
export function raiseError(message: Text): Column<null> {
  return call('raise_error', message)
}
