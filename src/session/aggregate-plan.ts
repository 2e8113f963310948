import { makeError } from '../common/errors.ts'
import type { Expr } from '../expr/expr.ts'
import { splitAggregates } from '../expr/resolve-aggregate.ts'
import { anyExpr, mapExpr } from '../expr/walk.ts'
import type { LogicalPlan, NamedExpr } from '../plan/logical-plan.ts'
import { outputSchema } from '../plan/output-schema.ts'
import { type Callback, recordFrom } from './callbacks.ts'
import type { ModelCalls } from './model-calls.ts'
import { column } from './names.ts'

/** An aggregation node; aggregates inside larger expressions become columns of it, computed in a projection above. */
export function aggregatePlan(calls: ModelCalls, keys: readonly NamedExpr[], callback: Callback, name: string | null): LogicalPlan {
  const record = recordFrom(callback, outputSchema(calls.plan), 'agg()', ['aggregate', 'column'])
  const lifted = ({ name: as, expr }: NamedExpr): NamedExpr => ({ name: as, expr: calls.lift(expr) })
  const groups = keys.map(lifted)
  const columns = record.map(r => lifted({ name: r.name, expr: r.value.expr }))
  return aggregateOf(calls.plan, groups, columns, name)
}

export function aggregateOf(input: LogicalPlan, keys: readonly NamedExpr[], columns: readonly NamedExpr[], name: string | null): LogicalPlan {
  const bare: NamedExpr[] = []
  let composite = false
  const above = columns.map(({ name: as, expr }): NamedExpr => {
    if (expr.kind === 'aggregate') {
      bare.push({ name: as, expr })
      return { name: as, expr: column(as) }
    }
    composite = true
    const split = splitAggregates(expr, `${as}#`)
    bare.push(...split.aggregates)
    return { name: as, expr: overGroups(split.expr, keys, split.aggregates.map(a => a.name), as) }
  })
  const aggregate: LogicalPlan = Object.freeze({ kind: 'aggregate', input, name, keys: Object.freeze([...keys]), aggregates: Object.freeze(bare) })
  if (!composite) return aggregate
  return Object.freeze({ kind: 'project', input: aggregate, columns: Object.freeze([...keys.map(k => ({ name: k.name, expr: column(k.name) as Expr })), ...above]) })
}

/**
 * What surrounds the aggregates may use the keys, by their names or written out again, and nothing else of a row.
 * @throws AnalysisError PLAN_AGGREGATE_MISPLACED
 */
function overGroups(expr: Expr, keys: readonly NamedExpr[], aggregates: readonly string[], as: string): Expr {
  const byText = new Map(keys.map(k => [JSON.stringify(k.expr), k.name]))
  const known = new Set([...keys.map(k => k.name), ...aggregates])
  const own = mapExpr(expr, e => {
    const key = byText.get(JSON.stringify(e))
    return key === undefined ? undefined : column(key)
  })
  if (anyExpr(own, e => e.kind === 'column' && !known.has(e.name))) throw notAggregate(as)
  return own
}

function notAggregate(name: string): Error {
  return makeError('PLAN_AGGREGATE_MISPLACED', `agg() gives "${name}" something that is neither an aggregate nor made of the keys of groupBy(). Use sum(), count(), first() and the like, or add the column to groupBy().`, {
    context: { name },
    spark: 'MISSING_AGGREGATION',
  })
}
