import { assertNever } from '../common/assert.ts'
import { didYouMean, quoteList } from '../common/suggest.ts'
import { makeError, type MillraceError } from '../common/errors.ts'
import type { Json } from '../common/json.ts'
import { booleanType, type DataType, isIntegral, isNumeric, sameType, type StructType, typeName } from '../columnar/data-type.ts'
import { fieldIndex, type Schema, unknownColumn } from '../columnar/schema.ts'
import { castKernel } from './cast.ts'
import type { CastKernel } from './casts/cast-kernel.ts'
import { commonTypeOf, implicitlyCasts } from './coercion.ts'
import type { CallExpr, CaseExpr, Expr, FieldExpr } from './expr.ts'
import type { FunctionEntry, ResolvedArgument, Signature } from './function-table.ts'
import { findFunction, functionNames } from './functions/index.ts'
import { findGenerator } from './generators.ts'

/** An expression with types, bound to the columns of one schema by position. Made once per query on each thread. */
export type ResolvedExpr =
  | { readonly kind: 'column'; readonly index: number; readonly name: string; readonly type: DataType; readonly nullable: boolean }
  | { readonly kind: 'literal'; readonly value: Json; readonly type: DataType; readonly nullable: boolean }
  | ResolvedCall
  | ResolvedCast
  | ResolvedCase
  | { readonly kind: 'field'; readonly input: ResolvedExpr; readonly index: number; readonly type: DataType; readonly nullable: boolean }

export interface ResolvedCall {
  readonly kind: 'call'
  readonly entry: FunctionEntry
  readonly signature: Signature
  readonly args: readonly ResolvedExpr[]
  readonly type: DataType
  readonly nullable: boolean
}
export interface ResolvedCast {
  readonly kind: 'cast'
  readonly input: ResolvedExpr
  readonly kernel: CastKernel
  readonly type: DataType
  readonly nullable: boolean
}
export interface ResolvedCase {
  readonly kind: 'case'
  readonly branches: readonly { readonly when: ResolvedExpr; readonly then: ResolvedExpr }[]
  readonly otherwise: ResolvedExpr
  readonly type: DataType
  readonly nullable: boolean
}

/**
 * Gives an expression its types over a schema. `where` names the verb in errors, `select()`.
 * @throws AnalysisError PLAN_UNKNOWN_COLUMN, PLAN_UNKNOWN_FIELD, PLAN_UNKNOWN_FUNCTION, PLAN_ARGUMENT_COUNT,
 *   PLAN_TYPE_MISMATCH, PLAN_CAST_NOT_ALLOWED, PLAN_AGGREGATE_MISPLACED
 */
export function resolve(expr: Expr, schema: Schema, where: string): ResolvedExpr {
  switch (expr.kind) {
    case 'column': {
      const index = fieldIndex(schema, expr.name)
      if (index < 0) throw unknownColumn(expr.name, schema.fields.map(f => f.name), where)
      const f = schema.fields[index]
      return { kind: 'column', index, name: f.name, type: f.type, nullable: f.nullable }
    }
    case 'literal':
      return { kind: 'literal', value: expr.value, type: expr.type, nullable: expr.value === null }
    case 'field':
      return resolveField(expr, schema, where)
    case 'cast':
      return castTo(resolve(expr.input, schema, where), expr.to, expr.mode, where)
    case 'case':
      return resolveCase(expr, schema, where)
    case 'call':
      return resolveCall(expr, schema, where)
    case 'aggregate':
      throw makeError('PLAN_AGGREGATE_MISPLACED', `${where} uses the aggregate ${expr.name}(), which may only stand in agg().`, {
        context: { name: expr.name, where },
      })
    case 'window':
      throw makeError('PLAN_AGGREGATE_MISPLACED', `${where} uses window(), which may only stand in groupBy() and select().`, { context: { where } })
    case 'model':
      throw makeError('PLAN_UNKNOWN_FUNCTION', `${where} calls the model ${expr.name}(), which may stand in select(), withColumn(), withColumns(), where(), groupBy() and agg().`, { context: { name: expr.name, where } })
    default:
      return assertNever(expr, 'expression')
  }
}

/** The expression in another type: itself, a literal null, or a cast. */
export function castTo(input: ResolvedExpr, to: DataType, mode: 'ansi' | 'try', where: string): ResolvedExpr {
  if (sameType(input.type, to)) return input
  const kernel = castKernel(input.type, to, mode)
  if (kernel === undefined) throw castNotAllowed(input.type, to, where)
  if (isNullLiteral(input)) return { kind: 'literal', value: null, type: to, nullable: true }
  return { kind: 'cast', input, kernel, type: to, nullable: input.nullable || mode === 'try' || kernel.nullable === true }
}

function isNullLiteral(e: ResolvedExpr): boolean {
  return e.kind === 'literal' && e.value === null
}

/** Checks that a condition is boolean (NULL counts as false in filters). */
export function resolveCondition(expr: Expr, schema: Schema, where: string): ResolvedExpr {
  const resolved = resolve(expr, schema, where)
  if (resolved.type.kind === 'null') return castTo(resolved, booleanType, 'ansi', where)
  if (resolved.type.kind !== 'boolean') {
    throw makeError('PLAN_TYPE_MISMATCH', `${where} needs a boolean condition, but got ${typeName(resolved.type)}. Compare the value with something.`, {
      context: { where, type: typeName(resolved.type) },
      spark: 'DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN',
    })
  }
  return resolved
}

/** The condition of a case branch, which unlike a filter must not be a bare NULL. */
function resolveWhen(expr: Expr, schema: Schema, where: string): ResolvedExpr {
  const resolved = resolve(expr, schema, where)
  if (resolved.type.kind !== 'boolean') {
    throw makeError('PLAN_TYPE_MISMATCH', `${where}: a case has a condition of type ${typeName(resolved.type)} where a boolean is needed. Compare the value with something.`, {
      context: { where, type: typeName(resolved.type) },
    })
  }
  return resolved
}

function resolveField(expr: FieldExpr, schema: Schema, where: string): ResolvedExpr {
  const input = resolve(expr.input, schema, where)
  if (input.type.kind !== 'struct') {
    throw makeError('PLAN_UNKNOWN_FIELD', `${where} takes field "${expr.name}" of a ${typeName(input.type)}, which has no fields.`, {
      context: { name: expr.name, type: typeName(input.type) },
      spark: 'INVALID_EXTRACT_BASE_FIELD_TYPE',
    })
  }
  const fields: StructType['fields'] = input.type.fields
  const index = fields.findIndex(f => f.name === expr.name)
  if (index < 0) {
    const names = fields.map(f => f.name)
    throw makeError('PLAN_UNKNOWN_FIELD', `${where} takes field "${expr.name}", but the struct has ${quoteList(names)}.${didYouMean(expr.name, names)}`, {
      context: { name: expr.name, candidates: names },
    })
  }
  return { kind: 'field', input, index, type: fields[index].type, nullable: input.nullable || fields[index].nullable }
}

function resolveCase(expr: CaseExpr, schema: Schema, where: string): ResolvedExpr {
  const whens = expr.branches.map(b => resolveWhen(b.when, schema, where))
  const thens = expr.branches.map(b => resolve(b.then, schema, where))
  const otherwise = expr.otherwise === null ? nullLiteral : resolve(expr.otherwise, schema, where)
  const type = commonTypeOf([...thens, otherwise].map(e => e.type))
  if (type === undefined) {
    const names = [...new Set([...thens, otherwise].map(e => typeName(e.type)))]
    throw makeError('PLAN_TYPE_MISMATCH', `${where}: the branches of a case have types ${names.join(', ')}, which have nothing in common. Cast them to one type.`, {
      context: { types: names, where },
      spark: 'DATATYPE_MISMATCH.DATA_DIFF_TYPES',
    })
  }
  const cast = (e: ResolvedExpr): ResolvedExpr => castTo(e, type, 'ansi', where)
  const branches = thens.map((then, i) => ({ when: whens[i], then: cast(then) }))
  const last = cast(otherwise)
  return { kind: 'case', branches, otherwise: last, type, nullable: last.nullable || branches.some(b => b.then.nullable) }
}

const nullLiteral: ResolvedExpr = { kind: 'literal', value: null, type: { kind: 'null' }, nullable: true }

function fitsExactly(from: DataType, to: DataType): boolean {
  return from.kind === 'null' || from.kind === to.kind || (isNumeric(from) && isNumeric(to))
}

export function argumentOf(e: ResolvedExpr): ResolvedArgument {
  return { type: e.type, nullable: e.nullable, literal: e.kind === 'literal' ? e.value : undefined }
}

function resolveCall(expr: CallExpr, schema: Schema, where: string): ResolvedExpr {
  const entry = findFunction(expr.name)
  if (entry === undefined) throw findGenerator(expr.name) === undefined ? unknownFunction(expr.name, where) : generatorMisplaced(expr.name, where)
  const [min, max] = entry.arity
  if (expr.args.length < min || expr.args.length > max) throw argumentCount(entry, expr.args.length, where)
  const rewritten = entry.rewrite?.(expr.args)
  if (rewritten !== undefined) return resolve(rewritten, schema, where)
  const args = expr.args.map(a => resolve(a, schema, where))
  const signature = entry.resolve(args.map(argumentOf))
  const mismatch = (): MillraceError => typeMismatch(entry.usage, entry.name, args.map(a => a.type), where, entry.mismatch)
  if (signature === undefined) throw mismatch()
  const cast = args.map((a, i) => {
    const wanted = signature.args[i] ?? a.type
    if (!implicitlyCasts(a.type, wanted) || (entry.exact === true && !fitsExactly(a.type, wanted))) throw mismatch()
    return castTo(a, wanted, entry.triesCasts === true ? 'try' : 'ansi', where)
  })
  // A null literal makes the call null whatever the others are, or would raise.
  const strict = (entry.nulls ?? 'strict') === 'strict'
  if (strict && cast.some(isNullLiteral)) return { kind: 'literal', value: null, type: signature.result, nullable: true }
  const nullable = signature.nullable || (strict && cast.some(a => a.nullable))
  return { kind: 'call', entry, signature, args: cast, type: signature.result, nullable }
}

function unknownFunction(name: string, where: string): MillraceError {
  const names = functionNames()
  return makeError('PLAN_UNKNOWN_FUNCTION', `${where} calls ${name}(), which is no function of this version.${didYouMean(name, names)} See docs/functions.md.`, {
    context: { name, where },
  })
}

function generatorMisplaced(name: string, where: string): MillraceError {
  return makeError('PLAN_GENERATOR_MISPLACED', `${where} calls ${name}(), which makes rows of one: it may only stand at the top of a column of select().`, {
    context: { name, where },
  })
}

function argumentCount(entry: FunctionEntry, count: number, where: string): MillraceError {
  return makeError('PLAN_ARGUMENT_COUNT', `${where} calls ${entry.name}() with ${count} arguments. Usage: ${entry.usage}.`, {
    context: { name: entry.name, count, arity: [...entry.arity], where },
  })
}

export function typeMismatch(usage: string, name: string, types: readonly DataType[], where: string, condition?: FunctionEntry['mismatch']): MillraceError {
  const got = types.map(typeName).join(', ')
  return makeError('PLAN_TYPE_MISMATCH', `${where} calls ${name}(${got}), which does not fit. Usage: ${usage}.`, {
    context: { name, types: types.map(typeName), where },
    ...(condition === undefined ? {} : { spark: `DATATYPE_MISMATCH.${condition(types)}` }),
  })
}

function castNotAllowed(from: DataType, to: DataType, where: string): MillraceError {
  return makeError('PLAN_CAST_NOT_ALLOWED', `${where} casts ${typeName(from)} to ${typeName(to)}, which is never possible.`, {
    context: { from: typeName(from), to: typeName(to), where },
    spark: `DATATYPE_MISMATCH.${castHint(from, to)}`,
  })
}

/** Spark tells casts that a function replaces, and those that its non-ANSI mode has, from the impossible ones. */
function castHint(from: DataType, to: DataType): string {
  if ((isNumeric(from) && to.kind === 'date') || (from.kind === 'date' && isNumeric(to))) return 'CAST_WITH_FUNC_SUGGESTION'
  if (isIntegral(from) && to.kind === 'binary') return 'CAST_WITH_CONF_SUGGESTION'
  if ((from.kind === 'date' || from.kind === 'timestamp') && to.kind === 'boolean') return 'CAST_WITH_CONF_SUGGESTION'
  if (from.kind === 'boolean' && to.kind === 'timestamp') return 'CAST_WITH_CONF_SUGGESTION'
  return 'CAST_WITHOUT_SUGGESTION'
}
