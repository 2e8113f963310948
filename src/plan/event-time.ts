import { isWindowType } from '../columnar/data-type.ts'
import type { Expr } from '../expr/expr.ts'
import { outputSchema } from './output-schema.ts'
import type { AggregateNode, LogicalPlan, WatermarkNode } from './logical-plan.ts'

/**
 * Which columns of a plan's output carry event time: column name → the watermark node that declared it. A window of an
 * event-time column carries it on, a column passed through or renamed keeps it, anything computed loses it.
 */
export function eventTimeColumns(plan: LogicalPlan): ReadonlyMap<string, WatermarkNode> {
  switch (plan.kind) {
    case 'scan':
      return none
    case 'watermark':
      // As in Spark, a further watermark takes the place of the one before, also on another column.
      return new Map([[plan.column, plan]])
    case 'project': {
      const input = eventTimeColumns(plan.input)
      return collect(plan.columns.map(({ name, expr }) => [name, eventTimeOf(expr, input)]))
    }
    case 'generate': {
      const input = eventTimeColumns(plan.input)
      const node = plan.generator === 'window' ? eventTimeOf(plan.args[0], input) : undefined
      return node === undefined ? input : new Map([...input, [plan.names[0], node]])
    }
    case 'aggregate': {
      const input = eventTimeColumns(plan.input)
      return collect(plan.keys.map(({ name, expr }) => [name, eventTimeOf(expr, input)]))
    }
    case 'join': {
      const kept = [...eventTimeColumns(plan.left), ...eventTimeColumns(plan.right)]
      const names = new Set(outputSchema(plan).fields.map(f => f.name))
      return new Map(kept.filter(([name]) => names.has(name)))
    }
    case 'union': {
      // The result has the names of the first input, and as in Spark its event time.
      return eventTimeColumns(plan.inputs[0])
    }
    default:
      return eventTimeColumns(plan.input)
  }
}

const none: ReadonlyMap<string, WatermarkNode> = new Map()

function collect(entries: readonly (readonly [string, WatermarkNode | undefined])[]): ReadonlyMap<string, WatermarkNode> {
  return new Map(entries.filter((e): e is readonly [string, WatermarkNode] => e[1] !== undefined))
}

function eventTimeOf(expr: Expr, input: ReadonlyMap<string, WatermarkNode>): WatermarkNode | undefined {
  if (expr.kind === 'column') return input.get(expr.name)
  if (expr.kind === 'window') return eventTimeOf(expr.input, input)
  if (expr.kind === 'call' && expr.name === 'window_time') return eventTimeOf(expr.args[0], input)
  return undefined
}

/** How the groups of an aggregation end: by their window, by a timestamp among the keys, or never. */
export type GroupTime =
  | { readonly kind: 'window'; readonly key: number; readonly watermarked: boolean }
  | { readonly kind: 'time'; readonly key: number; readonly watermarked: true }
  | { readonly kind: 'none' }

export function groupTime(plan: AggregateNode): GroupTime {
  const input = eventTimeColumns(plan.input)
  const schema = outputSchema(plan)
  for (let k = 0; k < plan.keys.length; k++) {
    const expr = plan.keys[k].expr
    const watermarked = eventTimeOf(expr, input) !== undefined
    if (expr.kind === 'window') return { kind: 'window', key: k, watermarked }
    // A window column made by an earlier aggregation, or a bare event-time column.
    if (watermarked) return isWindowType(schema.fields[k].type) ? { kind: 'window', key: k, watermarked } : { kind: 'time', key: k, watermarked: true }
  }
  return { kind: 'none' }
}
