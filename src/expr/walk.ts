import { assertNever } from '../common/assert.ts'
import type { Expr } from './expr.ts'

/** The direct operands of an expression, in written order. */
export function operandsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'column':
    case 'literal':
      return []
    case 'call':
    case 'model':
      return expr.args
    case 'cast':
    case 'field':
    case 'window':
      return [expr.input]
    case 'case':
      return [...expr.branches.flatMap(b => [b.when, b.then]), ...(expr.otherwise === null ? [] : [expr.otherwise])]
    case 'aggregate':
      return expr.filter === null ? expr.args : [...expr.args, expr.filter]
    default:
      return assertNever(expr, 'expression')
  }
}

/** Whether the test holds for the expression or anything in it. */
export function anyExpr(expr: Expr, test: (e: Expr) => boolean): boolean {
  return test(expr) || operandsOf(expr).some(e => anyExpr(e, test))
}

/** Rebuilds an expression: where `replace` answers another one for a node, that stands in its place (and is not entered). */
export function mapExpr(expr: Expr, replace: (e: Expr) => Expr | undefined): Expr {
  const other = replace(expr)
  if (other !== undefined) return other
  const map = (e: Expr): Expr => mapExpr(e, replace)
  switch (expr.kind) {
    case 'column':
    case 'literal':
      return expr
    case 'call':
    case 'model':
      return { ...expr, args: expr.args.map(map) }
    case 'cast':
    case 'field':
    case 'window':
      return { ...expr, input: map(expr.input) }
    case 'case':
      return {
        ...expr,
        branches: expr.branches.map(b => ({ when: map(b.when), then: map(b.then) })),
        otherwise: expr.otherwise === null ? null : map(expr.otherwise),
      }
    case 'aggregate':
      return { ...expr, args: expr.args.map(map), filter: expr.filter === null ? null : map(expr.filter) }
    default:
      return assertNever(expr, 'expression')
  }
}
