import { makeError } from '../common/errors.ts'
import type { Expr } from '../expr/expr.ts'
import { findGenerator } from '../expr/generators.ts'
import type { LogicalPlan, NamedExpr } from '../plan/logical-plan.ts'
import { outputSchema } from '../plan/output-schema.ts'
import { column } from './names.ts'

/**
 * A projection, with a generator among its columns taken out first: `select({ item: explode(items) })` becomes a
 * generate node below the projection. One generator at most, and only at the top of a column.
 */
export function projectionPlan(input: LogicalPlan, columns: readonly NamedExpr[], where: string): LogicalPlan {
  const generators = columns.filter(c => isGenerator(c.expr))
  if (generators.length === 0) return Object.freeze({ kind: 'project', input, columns: Object.freeze([...columns]) })
  if (generators.length > 1) {
    throw makeError('PLAN_GENERATOR_MISPLACED', `${where} has more than one generator (${generators.map(g => `"${g.name}"`).join(', ')}). Use one, and the other in a further select().`, {
      context: { where },
      spark: 'UNSUPPORTED_GENERATOR.MULTI_GENERATOR',
    })
  }
  const [generator] = generators
  const call = generator.expr as Extract<Expr, { kind: 'call' }>
  const taken = new Set(outputSchema(input).fields.map(f => f.name))
  let name = generator.name
  while (taken.has(name)) name = `${name}_`
  const generate: LogicalPlan = Object.freeze({ kind: 'generate', input, generator: call.name, args: call.args, names: Object.freeze([name]) })
  const rest = columns.map(c => (c === generator ? { name: c.name, expr: column(name) } : c))
  return Object.freeze({ kind: 'project', input: generate, columns: Object.freeze(rest) })
}

function isGenerator(expr: Expr): boolean {
  return expr.kind === 'call' && findGenerator(expr.name) !== undefined
}
