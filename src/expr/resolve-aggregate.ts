import { assert, assertNever } from '../common/assert.ts'
import { didYouMean } from '../common/suggest.ts'
import { makeError, type MillraceError } from '../common/errors.ts'
import type { DataType } from '../columnar/data-type.ts'
import type { Schema } from '../columnar/schema.ts'
import { valueAt } from '../columnar/values.ts'
import type { AggregateEntry, AggregateSignature } from './aggregate-table.ts'
import { aggregateNames, findAggregate } from './aggregates/index.ts'
import { implicitlyCasts } from './coercion.ts'
import { compile, type Rows } from './evaluate.ts'
import type { AggregateExpr, Expr } from './expr.ts'
import type { EvalContext, ResolvedArgument } from './function-table.ts'
import { argumentOf, castTo, resolve, resolveCondition, type ResolvedExpr, typeMismatch } from './resolve.ts'
import { anyExpr, mapExpr } from './walk.ts'

/** An aggregate call with types: how its state is kept, and the expressions that feed it. */
export interface ResolvedAggregate {
  readonly entry: AggregateEntry
  readonly signature: AggregateSignature
  /** In the types of `signature.args`. */
  readonly args: readonly ResolvedExpr[]
  /** Only rows where it is true are added; null: all. */
  readonly filter: ResolvedExpr | null
  readonly type: DataType
  readonly nullable: boolean
}

/**
 * Gives an aggregate its types over the schema of the rows it aggregates. `where` names the verb in errors, `agg()`.
 * @throws AnalysisError PLAN_UNKNOWN_FUNCTION, PLAN_ARGUMENT_COUNT, PLAN_TYPE_MISMATCH, PLAN_INVALID_ARGUMENT,
 *   PLAN_STREAMING_UNSUPPORTED (distinct), PLAN_AGGREGATE_MISPLACED (an aggregate inside an aggregate), and whatever
 *   the arguments raise
 */
export function resolveAggregate(expr: AggregateExpr, schema: Schema, where: string): ResolvedAggregate {
  const entry = findAggregate(expr.name)
  if (entry === undefined) throw unknownAggregate(expr.name, where)
  if (expr.distinct) throw distinctUnsupported(expr.name, where)
  const nested = [...expr.args, ...(expr.filter === null ? [] : [expr.filter])].find(containsAggregate)
  if (nested !== undefined) throw nestedAggregate(expr.name, where)
  const [min, max] = entry.arity
  if (expr.args.length < min || expr.args.length > max) throw argumentCount(entry, expr.args.length, where)
  const args = expr.args.map(a => resolve(a, schema, where))
  const signature = entry.resolve(args.map(constantArgument), { ignoreNulls: expr.ignoreNulls })
  if (signature === undefined) throw typeMismatch(entry.usage, entry.name, args.map(a => a.type), where)
  const cast = args.map((a, i) => {
    const wanted = signature.args[i] ?? a.type
    if (!implicitlyCasts(a.type, wanted)) throw typeMismatch(entry.usage, entry.name, args.map(x => x.type), where)
    return castTo(a, wanted, 'ansi', where)
  })
  const filter = expr.filter === null ? null : resolveCondition(expr.filter, schema, where)
  return { entry, signature, args: cast, filter, type: signature.result, nullable: signature.nullable }
}

/**
 * What the table learns of an argument: as for functions, and options may also be constant expressions, such as
 * array(0.5, 0.9).
 */
function constantArgument(e: ResolvedExpr): ResolvedArgument {
  const argument = argumentOf(e)
  if (e.kind === 'literal' || !isConstant(e)) return argument
  const value = valueAt(compile(e)(noRows, noContext), 0)
  return { ...argument, literal: value }
}

function isConstant(e: ResolvedExpr): boolean {
  switch (e.kind) {
    case 'column':
      return false
    case 'literal':
      return true
    case 'field':
    case 'cast':
      return isConstant(e.input)
    case 'case':
      return isConstant(e.otherwise) && e.branches.every(b => isConstant(b.when) && isConstant(b.then))
    case 'call':
      return e.entry.deterministic !== false && e.args.every(isConstant)
    default:
      return assertNever(e, 'expression')
  }
}

/** One row without columns. */
const noRows: Rows = {
  length: 1,
  column: index => {
    assert(false, 'A constant reads no column.', { index })
  },
}
const noContext: EvalContext = Object.freeze({ nowMicros: 0, timeZone: 'UTC', seed: 0, firstRow: 0 })

/** Whether an aggregate stands anywhere in the expression. */
export function containsAggregate(expr: Expr): boolean {
  return anyExpr(expr, e => e.kind === 'aggregate')
}

export interface SplitAggregates {
  /** Each different aggregate once, with the name of the column that holds its result. */
  readonly aggregates: readonly { readonly name: string; readonly expr: AggregateExpr }[]
  /** The expression over these columns and the grouping keys. */
  readonly expr: Expr
}

/**
 * Takes an expression over aggregates apart: `sum(x) / count()` becomes the aggregates `sum(x)` and `count()` and the
 * expression `{prefix}0 / {prefix}1` over their results. `prefix` must begin no name of a grouping key.
 */
export function splitAggregates(expr: Expr, prefix = '$agg'): SplitAggregates {
  const aggregates: { readonly name: string; readonly expr: AggregateExpr }[] = []
  const names = new Map<string, string>()
  const rewritten = mapExpr(expr, e => {
    if (e.kind !== 'aggregate') return undefined
    const key = JSON.stringify(e)
    let name = names.get(key)
    if (name === undefined) {
      name = `${prefix}${aggregates.length}`
      names.set(key, name)
      aggregates.push({ name, expr: e })
    }
    return { kind: 'column', name }
  })
  return { aggregates, expr: rewritten }
}

function unknownAggregate(name: string, where: string): MillraceError {
  return makeError('PLAN_UNKNOWN_FUNCTION', `${where} calls the aggregate ${name}(), which is none of this version.${didYouMean(name, aggregateNames())} See docs/functions.md.`, {
    context: { name, where },
  })
}

function distinctUnsupported(name: string, where: string): MillraceError {
  return makeError('PLAN_STREAMING_UNSUPPORTED', `${where} calls ${name}(distinct …), but distinct aggregates have no bounded state on a stream. Use approx_count_distinct(), or dropDuplicates() before groupBy().`, {
    context: { name, where },
  })
}

function nestedAggregate(name: string, where: string): MillraceError {
  return makeError('PLAN_AGGREGATE_MISPLACED', `${where} calls ${name}() over another aggregate. Aggregate in two steps: agg() the inner one first, then group its result.`, {
    context: { name, where },
    spark: 'NESTED_AGGREGATE_FUNCTION',
  })
}

function argumentCount(entry: AggregateEntry, count: number, where: string): MillraceError {
  return makeError('PLAN_ARGUMENT_COUNT', `${where} calls ${entry.name}() with ${count} arguments. Usage: ${entry.usage}.`, {
    context: { name: entry.name, count, arity: [...entry.arity], where },
  })
}
