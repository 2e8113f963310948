import { int64Type } from '../columnar/data-type.ts'
import type { Expr, WindowExpr } from '../expr/expr.ts'
import { findGenerator } from '../expr/generators.ts'
import { makeLiteral } from '../expr/literal.ts'
import { mapExpr } from '../expr/walk.ts'
import type { LogicalPlan, NamedExpr } from '../plan/logical-plan.ts'
import { outputSchema, twoWindows } from '../plan/output-schema.ts'
import { column } from './names.ts'

/**
 * A projection. What makes rows of one is taken out first: `select({ item: explode(items) })` becomes a generate node
 * below the projection, and so does a window(). A generator stands at the top of a column; several give every
 * combination, as in Spark, and there may be one window.
 * @throws AnalysisError PLAN_TWO_WINDOWS
 */
export function projectionPlan(input: LogicalPlan, columns: readonly NamedExpr[], where: string): LogicalPlan {
  let below = input
  const generate = (generator: string, args: readonly Expr[], name: string): Expr => {
    const free = freeName(below, name)
    below = Object.freeze({ kind: 'generate', input: below, generator, args: Object.freeze([...args]), names: Object.freeze([free]) })
    return column(free)
  }
  const plain = withoutWindows(columns, generate, where)
  const rows = plain.map(c => {
    if (c.expr.kind !== 'call' || findGenerator(c.expr.name) === undefined) return c
    return { name: c.name, expr: generate(c.expr.name, c.expr.args, c.name) }
  })
  return Object.freeze({ kind: 'project', input: below, columns: Object.freeze(rows) })
}

function withoutWindows(columns: readonly NamedExpr[], generate: (generator: string, args: readonly Expr[], name: string) => Expr, where: string): NamedExpr[] {
  const windows = new Map<string, WindowExpr>()
  for (const { expr } of columns) {
    mapExpr(expr, e => {
      if (e.kind === 'window') windows.set(JSON.stringify(e), e)
      return undefined
    })
  }
  if (windows.size === 0) return [...columns]
  if (windows.size > 1) throw twoWindows(where)
  const [window] = windows.values()
  const lengths = [window.sizeMicros, window.slideMicros, window.startMicros].map(n => makeLiteral(String(n), int64Type))
  const made = generate('window', [window.input, ...lengths], 'window')
  return columns.map(({ name, expr }) => ({ name, expr: mapExpr(expr, e => (e.kind === 'window' ? made : undefined)) }))
}

function freeName(plan: LogicalPlan, wanted: string): string {
  const taken = new Set(outputSchema(plan).fields.map(f => f.name))
  let name = wanted
  while (taken.has(name)) name = `${name}_`
  return name
}
