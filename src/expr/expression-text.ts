import { durationText } from '../common/duration.ts'
import { isMillraceError, makeError } from '../common/errors.ts'
import type { Json } from '../common/json.ts'
import type { DataType } from '../columnar/data-type.ts'
import type { Expr } from './expr.ts'
import type { ResolvedExpr } from './resolve.ts'

const infix = new Set(['+', '-', '*', '/', '%', 'div', '=', '<>', '<', '<=', '>', '>=', '<=>', 'and', 'or'])

/** A call as SQL-like text. */
export function callText(name: string, args: readonly string[]): string {
  return infix.has(name) && args.length === 2 ? `(${args[0]} ${name} ${args[1]})` : `${name}(${args.join(', ')})`
}

/** A constant as it would be written: text in quotes, an instant as such, NaN and infinities without. */
export function literalText(value: Json, type: DataType): string {
  if (type.kind === 'string' && value !== null) return `'${String(value)}'`
  if (type.kind === 'timestamp' && typeof value === 'number') return `timestamp '${new Date(value / 1000).toISOString()}'`
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** An expression as SQL-like text, for explain() and messages. */
export function exprText(expr: Expr): string {
  switch (expr.kind) {
    case 'column':
      return expr.name
    case 'literal':
      return literalText(expr.value, expr.type)
    case 'call':
      return callText(expr.name, expr.args.map(exprText))
    case 'model':
      return `${expr.name}(${expr.args.map(exprText).join(', ')})`
    case 'cast':
      return `${expr.mode === 'try' ? 'try_' : ''}cast(${exprText(expr.input)} as ${expr.to.kind})`
    case 'case':
      return `case ${expr.branches.map(b => `when ${exprText(b.when)} then ${exprText(b.then)}`).join(' ')}${expr.otherwise === null ? '' : ` else ${exprText(expr.otherwise)}`} end`
    case 'field':
      return `${exprText(expr.input)}.${expr.name}`
    case 'aggregate':
      return `${expr.name}(${expr.args.map(exprText).join(', ')})${expr.filter === null ? '' : ` filter (where ${exprText(expr.filter)})`}`
    case 'window':
      return `window(${exprText(expr.input)}, ${durationText(expr.sizeMicros)}${expr.slideMicros === expr.sizeMicros ? '' : `, ${durationText(expr.slideMicros)}`})`
  }
}

/** A resolved expression as SQL-like text, with the casts that analysis put in. */
export function resolvedText(expr: ResolvedExpr): string {
  switch (expr.kind) {
    case 'column':
      return expr.name
    case 'literal':
      return literalText(expr.value, expr.type)
    case 'field':
      return `${resolvedText(expr.input)}.${expr.input.type.kind === 'struct' ? expr.input.type.fields[expr.index].name : expr.index}`
    case 'cast':
      return `cast(${resolvedText(expr.input)} as ${expr.type.kind})`
    case 'call':
      return callText(expr.entry.name, expr.args.map(resolvedText))
    case 'case':
      return `case ${expr.branches.map(b => `when ${resolvedText(b.when)} then ${resolvedText(b.then)}`).join(' ')} else ${resolvedText(expr.otherwise)} end`
  }
}

const longest = 120

/**
 * What a kernel raises names values; this adds the expression that had them. The innermost one says it, and what
 * raise_error() was given stays as it is.
 */
export function atExpression(error: unknown, expr: ResolvedExpr): unknown {
  if (!isMillraceError(error) || !error.code.startsWith('EXPR_') || error.code === 'EXPR_USER_RAISED' || error.context['expression'] !== undefined) return error
  const expression = resolvedText(expr)
  const spark = error.sparkCondition
  return makeError(error.code, `In ${expression.length > longest ? `${expression.slice(0, longest)}…` : expression}: ${error.message}`, {
    context: { ...error.context, expression },
    cause: error.cause,
    ...(spark === undefined ? {} : { spark }),
  })
}
