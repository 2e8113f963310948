import { makeError } from '../common/errors.ts'
import type { DataType } from '../columnar/data-type.ts'
import type { ColumnType } from '../columnar/schema-builder.ts'
import type { Column, ColumnBase } from './column-types.ts'
import { recordCondition } from './condition-recorder.ts'
import type { CallExpr, Expr } from './expr.ts'
import { literalOf } from './literal.ts'

const columnTag = Symbol.for('millrace.column')

export function isColumn(value: unknown): value is ColumnBase<unknown> {
  return typeof value === 'object' && value !== null && (value as { [columnTag]?: boolean })[columnTag] === true
}

/**
 * The expression behind a column or an aggregate, or a literal of the value.
 * @throws AnalysisError PLAN_GENERATOR_MISPLACED, PLAN_UNSUPPORTED_TYPE
 */
export function toExpr(value: unknown): Expr {
  if (isColumn(value)) return value.expr
  const { kind, expr } = (typeof value === 'object' && value !== null ? value : {}) as { readonly kind?: unknown; readonly expr?: Expr }
  // agg() takes expressions over aggregates apart; everywhere else the analyser refuses them.
  if (kind === 'aggregate' && expr !== undefined) return expr
  if (kind === 'generated') throw generatorInside((expr as CallExpr).name)
  if (kind === 'window') throw windowInside()
  return literalOf(value)
}

export function callExpr(name: string, ...args: readonly unknown[]): CallExpr {
  return Object.freeze({ kind: 'call', name, args: Object.freeze(args.map(toExpr)) })
}

/** A column that calls a function; arguments that were left out at the end are dropped. */
export function call<T>(name: string, ...args: readonly unknown[]): Column<T> {
  let count = args.length
  while (count > 0 && args[count - 1] === undefined) count--
  return makeColumn<T>(callExpr(name, ...args.slice(0, count)))
}

/** The functions that columns have as methods: method name → name in the function table. */
export const columnMethods: Readonly<Record<string, string>> = Object.freeze({
  eq: '=', ne: '<>', gt: '>', ge: '>=', lt: '<', le: '<=', eqNullSafe: '<=>', in: 'in', isNull: 'isnull', isNotNull: 'isnotnull', between: 'between',
  plus: '+', minus: '-', times: '*', divide: '/', mod: '%', negate: 'negative',
  bitwiseAnd: '&', bitwiseOr: '|', bitwiseXor: '^', bitwiseNot: '~', and: 'and', or: 'or', not: 'not',
  like: 'like', ilike: 'ilike', rlike: 'rlike', contains: 'contains', startsWith: 'startswith', endsWith: 'endswith', substring: 'substring',
  at: 'element', elementAt: 'element_at',
})

/** What a member of a column gives for the column's expression. */
type Member = (self: Expr, ...args: readonly never[]) => unknown

const members = new Map<string, Member>([
  ...Object.entries(columnMethods).map(([method, name]): [string, Member] => [method, (self, ...args) => methodCall(name, self, args)]),
  ['getField', (self, name: string) => fieldColumn(self, name)],
  ['cast', (self, type: ColumnType<unknown>) => castColumn(self, type, 'ansi')],
  ['tryCast', (self, type: ColumnType<unknown>) => castColumn(self, type, 'try')],
])

/** Only substring() may leave its last argument out; elsewhere undefined is a mistake, and refused as one. */
function methodCall(name: string, self: Expr, args: readonly unknown[]): Column<never> {
  return name === 'substring' ? call(name, makeColumn(self), ...args) : makeColumn(callExpr(name, makeColumn(self), ...args))
}

function fieldColumn(input: Expr, name: string): Column<never> {
  return makeColumn(Object.freeze({ kind: 'field', input, name }))
}

function castColumn(input: Expr, to: ColumnType<unknown>, mode: 'ansi' | 'try'): Column<never> {
  const type: DataType | undefined = (to as ColumnType<unknown> | undefined)?.type
  if (typeof type?.kind !== 'string') throw new TypeError('cast() takes a column type, such as t.int64() or t.string().')
  return makeColumn(Object.freeze({ kind: 'cast', input, to: type, mode }))
}

/**
 * The recording column of an expression. Properties that are no method are fields of a struct; whether there is such
 * a field is known when the expression is resolved. `more` are members of this column only, such as when().otherwise().
 */
export function makeColumn<T>(expr: Expr, more?: Readonly<Record<string, unknown>>): Column<T> {
  if (expr.kind === 'call') recordCondition(expr)
  const target = Object.create(null) as { readonly expr: Expr }
  return new Proxy(target, {
    get(_, name) {
      if (name === 'kind') return 'column'
      if (name === 'expr') return expr
      if (name === columnTag) return true
      if (name === Symbol.toPrimitive) return refuseValue
      // A promise-like would be awaited by accident; other symbols belong to the language.
      if (typeof name === 'symbol' || name === 'then' || name === 'toJSON') return undefined
      if (more !== undefined && Object.hasOwn(more, name)) return more[name]
      const member = members.get(name)
      if (member !== undefined) return (...args: readonly never[]) => member(expr, ...args)
      return fieldColumn(expr, name)
    },
    has: (_, name) => name === columnTag || name === 'expr' || name === 'kind',
  }) as unknown as Column<T>
}

/** What `amount > 5` or `${amount}` meets: a column has no value while the query is built. */
function refuseValue(): never {
  throw new TypeError('A column is an expression, not a value: use its methods, such as amount.gt(5) or amount.plus(1), and concat() for text.')
}

function generatorInside(name: string): Error {
  return makeError('PLAN_GENERATOR_MISPLACED', `${name}() stands inside another expression. Give it a column of its own in select(), and compute with that column in a further select().`, {
    context: { name },
    spark: 'UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS',
  })
}

function windowInside(): Error {
  return makeError('PLAN_AGGREGATE_MISPLACED', 'window() over a name stands inside an expression, but it is a key of groupBy(). In a callback give it the column: window(at, "1 hour").', { context: { name: 'window' } })
}
