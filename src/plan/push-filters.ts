import type { Expr } from '../expr/expr.ts'
import { findFunction } from '../expr/functions/index.ts'
import { anyExpr, mapExpr } from '../expr/walk.ts'
import { type AggregateNode, type JoinNode, type LogicalPlan, type NamedExpr, transformUp, type UnionNode, withChildren } from './logical-plan.ts'
import { outputSchema } from './output-schema.ts'
import { columnsOf } from './prune-columns.ts'

/**
 * Moves conditions below the watermarks that they do not read, as Spark's optimiser does. It can be seen: rows that a
 * condition drops are then no part of the event times, and a stream of which only some rows are wanted has the watermark
 * of those. (Vector MW-016; the text of semantics.md §1.8 rule 2 holds for conditions on the event time itself.)
 */
export function pushFilters(plan: LogicalPlan): LogicalPlan {
  return transformUp(plan, node => {
    if (node.kind === 'filter') return pushAll(conjuncts(node.condition), node.input)
    if (node.kind === 'join' && (node.how === 'inner' || node.how === 'leftSemi')) return withoutNullKeys(node)
    return node
  })
}

/** Each condition as far down as a watermark lets it; what stays, stays in order. */
function pushAll(conditions: readonly Expr[], input: LogicalPlan): LogicalPlan {
  let below = input
  let kept: Expr | null = null
  for (const condition of conditions) {
    const pushed = isDeterministic(condition) ? pushBelow(condition, below) : null
    if (pushed !== null) below = pushed
    else kept = kept === null ? condition : and(kept, condition)
  }
  return kept === null ? below : filter(below, kept)
}

/** The plan with the condition below a watermark of it, null when it cannot get there. */
function pushBelow(condition: Expr, plan: LogicalPlan): LogicalPlan | null {
  switch (plan.kind) {
    case 'watermark':
      return reads(condition).has(plan.column) ? null : Object.freeze({ ...plan, input: pushBelow(condition, plan.input) ?? filter(plan.input, condition) })
    case 'filter':
      return over(plan, pushBelow(condition, plan.input))
    case 'project': {
      const own = substituted(condition, plan.columns)
      return own === null ? null : over(plan, pushBelow(own, plan.input))
    }
    case 'generate':
      return plan.names.some(n => reads(condition).has(n)) ? null : over(plan, pushBelow(condition, plan.input))
    case 'aggregate':
      return throughAggregate(condition, plan)
    case 'union':
      return throughUnion(condition, plan)
    case 'join':
      return throughJoin(condition, plan)
    case 'scan':
    case 'score':
      return null
  }
}

function over(plan: LogicalPlan, input: LogicalPlan | null): LogicalPlan | null {
  return input === null ? null : withChildren(plan, [input])
}

/** A condition on the keys of groups holds for all rows of a group or for none. */
function throughAggregate(condition: Expr, plan: AggregateNode): LogicalPlan | null {
  const own = substituted(condition, plan.keys)
  return own === null || anyExpr(own, e => e.kind === 'window') ? null : over(plan, pushBelow(own, plan.input))
}

function throughUnion(condition: Expr, plan: UnionNode): LogicalPlan | null {
  const names = outputSchema(plan).fields.map(f => f.name)
  let reached = false
  const inputs = plan.inputs.map(input => {
    const columns = outputSchema(input).fields.map((f, i): NamedExpr => ({ name: names[i], expr: { kind: 'column', name: f.name } }))
    const own = substituted(condition, columns) as Expr
    const pushed = pushBelow(own, input)
    reached ||= pushed !== null
    return pushed ?? filter(input, own)
  })
  return reached ? Object.freeze({ ...plan, inputs: Object.freeze(inputs) }) : null
}

function throughJoin(condition: Expr, plan: JoinNode): LogicalPlan | null {
  const names = [...reads(condition)]
  const isOver = (side: LogicalPlan): boolean => names.every(n => outputSchema(side).fields.some(f => f.name === n))
  if (plan.how !== 'right' && plan.how !== 'full' && isOver(plan.left)) return onSide(plan, 'left', pushBelow(condition, plan.left))
  if ((plan.how === 'right' || plan.how === 'inner' || plan.how === 'cross') && isOver(plan.right)) return onSide(plan, 'right', pushBelow(condition, plan.right))
  return null
}

/** Rows whose key is null never match: an inner join does not let them reach a watermark below it. */
function withoutNullKeys(node: JoinNode): LogicalPlan {
  let plan = node
  for (const side of ['left', 'right'] as const) {
    for (const key of node.keys) {
      const present: Expr = { kind: 'call', name: 'isnotnull', args: [key[side]] }
      plan = (isDeterministic(present) ? onSide(plan, side, pushBelow(present, plan[side])) : null) ?? plan
    }
  }
  return plan
}

function onSide(plan: JoinNode, side: 'left' | 'right', input: LogicalPlan | null): JoinNode | null {
  return input === null ? null : Object.freeze({ ...plan, [side]: input })
}

/** The condition over the input of a projection, null where it reads something that must not be computed twice. */
function substituted(condition: Expr, columns: readonly NamedExpr[]): Expr | null {
  const byName = new Map(columns.map(c => [c.name, c.expr]))
  const needed = [...reads(condition)].map(n => byName.get(n))
  if (needed.some(e => e === undefined || !isDeterministic(e))) return null
  return mapExpr(condition, e => (e.kind === 'column' ? byName.get(e.name) : undefined))
}

function conjuncts(expr: Expr): Expr[] {
  return expr.kind === 'call' && expr.name === 'and' ? expr.args.flatMap(conjuncts) : [expr]
}

function and(a: Expr, b: Expr): Expr {
  return { kind: 'call', name: 'and', args: [a, b] }
}

function filter(input: LogicalPlan, condition: Expr): LogicalPlan {
  return Object.freeze({ kind: 'filter', input, condition })
}

function reads(expr: Expr): ReadonlySet<string> {
  const names = new Set<string>()
  columnsOf(expr, names)
  return names
}

function isDeterministic(expr: Expr): boolean {
  return !anyExpr(expr, e => e.kind === 'call' && findFunction(e.name)?.deterministic === false)
}
