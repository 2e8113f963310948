import { type Columns, type ColumnLike } from '../expr/column-types.ts'
import { makeError } from '../common/errors.ts'
import { isAggregate } from '../expr/aggregate.ts'
import { isColumn, makeColumn } from '../expr/column.ts'
import { recordingConditions } from '../expr/condition-recorder.ts'
import type { Expr } from '../expr/expr.ts'
import { requireField, type Schema } from '../columnar/schema.ts'
import { column } from './names.ts'

/** A callback of a verb, as far as the plan is concerned. */
export type Callback = (columns: Columns<never>) => unknown

/** Recording columns for a callback; a name that is no column is an error at once, with candidates. */
function columnsOf(schema: Schema, where: string): Columns<never> {
  return new Proxy(Object.create(null) as object, {
    get(_, name) {
      if (typeof name === 'symbol') return undefined
      requireField(schema, name, where)
      return makeColumn(column(name))
    },
    ownKeys: () => schema.fields.map(f => f.name),
    getOwnPropertyDescriptor: (_, name) => (schema.fields.some(f => f.name === name) ? { enumerable: true, configurable: true } : undefined),
  }) as Columns<never>
}

/**
 * Runs a callback that gives one column.
 * @throws AnalysisError PLAN_UNKNOWN_COLUMN, PLAN_DROPPED_CONDITION; TypeError when it gives something else
 */
export function columnFrom(callback: Callback, schema: Schema, where: string): Expr {
  requireCallback(callback, where)
  const result = recordingConditions(where, () => callback(columnsOf(schema, where)), r => (isColumn(r) ? [r.expr] : []))
  if (isAggregate(result)) throw aggregateMisplaced(where, result.expr.name)
  if (!isColumn(result)) throw new TypeError(`The callback of ${where} gives ${shown(result)}, which is no column. Return an expression such as amount.gt(100): comparisons of JavaScript (===, >, !) do not work on columns.`)
  return result.expr
}

/** A named result of a callback: anything with a kind and an expression. */
export interface NamedResult {
  readonly name: string
  readonly value: { readonly kind: string; readonly expr: Expr }
}

/**
 * Runs a callback that gives a record, such as `({ amount }) => ({ total: sum(amount) })`, whose values are of one of
 * the kinds.
 * @throws AnalysisError PLAN_UNKNOWN_COLUMN, PLAN_DROPPED_CONDITION; TypeError when it gives something else
 */
export function recordFrom(callback: Callback, schema: Schema, where: string, kinds: readonly string[]): NamedResult[] {
  requireCallback(callback, where)
  const result = recordingConditions(where, () => callback(columnsOf(schema, where)), r => entriesOf(r).flatMap(([, value]) => exprOf(value) ?? []))
  if (typeof result !== 'object' || result === null || isColumn(result)) {
    throw new TypeError(`The callback of ${where} gives ${shown(result)}. Return an object of named columns, such as ({ amount }) => ({ double: amount.times(2) }).`)
  }
  return entriesOf(result).map(([name, value]) => {
    const kind = (value as { readonly kind?: unknown } | null | undefined)?.kind
    if (isAggregate(value) && !kinds.includes('aggregate')) throw aggregateMisplaced(where, value.expr.name)
    if (typeof kind !== 'string' || !kinds.includes(kind) || exprOf(value) === undefined) {
      throw new TypeError(`The callback of ${where} gives "${name}" ${shown(value)}, which is no ${kinds[0]}. ${kinds[0] === 'column' ? 'Make constants columns with lit().' : 'Use sum(), count() and the like.'}`)
    }
    return { name, value: value as NamedResult['value'] }
  })
}

function entriesOf(record: unknown): [string, unknown][] {
  return typeof record === 'object' && record !== null && !isColumn(record) ? Object.entries(record) : []
}

function exprOf(value: unknown): Expr | undefined {
  return typeof value === 'object' && value !== null ? (value as Partial<ColumnLike<unknown>>).expr : undefined
}

function requireCallback(callback: unknown, where: string): void {
  if (typeof callback !== 'function') throw new TypeError(`${where} takes a callback such as ({ amount }) => …, but got ${shown(callback)}.`)
}

function aggregateMisplaced(where: string, name: string): Error {
  return makeError('PLAN_AGGREGATE_MISPLACED', `${where} uses the aggregate ${name}(), which may only stand in agg().`, { context: { name, where } })
}

function shown(value: unknown): string {
  if (isColumn(value)) return 'a column'
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
}
