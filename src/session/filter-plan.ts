import type { Expr } from '../expr/expr.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { outputSchema } from '../plan/output-schema.ts'
import { callsModel, type ModelCalls } from './model-calls.ts'
import { column } from './names.ts'

/**
 * A filter. Where the condition calls models, what can be decided without them comes first, so that only the rows that are
 * left are scored, and the columns of the models do not come out.
 */
export function filterPlan(calls: ModelCalls, condition: Expr): LogicalPlan {
  if (!callsModel(condition)) return filter(calls.plan, condition)
  const { fields } = outputSchema(calls.plan)
  const parts = conjuncts(condition)
  const plain = parts.filter(part => !callsModel(part))
  if (plain.length > 0) calls.plan = filter(calls.plan, plain.reduce(and))
  const scored = parts.filter(callsModel).map(part => calls.lift(part)).reduce(and)
  return Object.freeze({ kind: 'project', input: filter(calls.plan, scored), columns: Object.freeze(fields.map(f => ({ name: f.name, expr: column(f.name) }))) })
}

function filter(input: LogicalPlan, condition: Expr): LogicalPlan {
  return Object.freeze({ kind: 'filter', input, condition })
}

function conjuncts(expr: Expr): Expr[] {
  return expr.kind === 'call' && expr.name === 'and' ? expr.args.flatMap(conjuncts) : [expr]
}

function and(a: Expr, b: Expr): Expr {
  return Object.freeze({ kind: 'call', name: 'and', args: Object.freeze([a, b]) })
}
