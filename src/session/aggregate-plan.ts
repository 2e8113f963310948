import { makeError } from '../common/errors.ts'
import type { Expr } from '../expr/expr.ts'
import { splitAggregates } from '../expr/resolve-aggregate.ts'
import type { LogicalPlan, NamedExpr } from '../plan/logical-plan.ts'
import { outputSchema } from '../plan/output-schema.ts'
import { type Callback, recordFrom } from './callbacks.ts'
import { column } from './names.ts'

/** An aggregation node; aggregates inside larger expressions become columns of it, computed in a projection above. */
export function aggregatePlan(input: LogicalPlan, keys: readonly NamedExpr[], callback: Callback, name: string | null): LogicalPlan {
  const record = recordFrom(callback, outputSchema(input), 'agg()', ['aggregate', 'column'])
  return aggregateOf(input, keys, record.map(r => ({ name: r.name, expr: r.value.expr })), name)
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
    if (split.aggregates.length === 0) throw notAggregate(as)
    bare.push(...split.aggregates)
    return { name: as, expr: split.expr }
  })
  const aggregate: LogicalPlan = Object.freeze({ kind: 'aggregate', input, name, keys: Object.freeze([...keys]), aggregates: Object.freeze(bare) })
  if (!composite) return aggregate
  return Object.freeze({ kind: 'project', input: aggregate, columns: Object.freeze([...keys.map(k => ({ name: k.name, expr: column(k.name) as Expr })), ...above]) })
}

function notAggregate(name: string): Error {
  return makeError('PLAN_AGGREGATE_MISPLACED', `agg() gives "${name}" something that is no aggregate. Use sum(), count(), first() and the like, or add the column to groupBy().`, {
    context: { name },
    spark: 'MISSING_AGGREGATION',
  })
}
