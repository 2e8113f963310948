import { exprText } from '../expr/expression-text.ts'
import type { OperatorSpec, PhysicalPlan } from './physical-plan.ts'
import type { TaskMetrics } from './tasks.ts'

/** The stages of a physical plan, one block each; with the tasks of a batch also the rows that passed. */
export function explainPhysical(plan: PhysicalPlan, tasks: readonly TaskMetrics[] = []): string {
  const blocks: string[] = []
  plan.scans.forEach((s, i) => {
    const head = `scan ${s.source} (${s.provider.provider}) [${s.schema.fields.map(f => f.name).join(', ')}]`
    blocks.push(block(plan, `Stage 1.${i}: ${head}`, s.operators, 0, tasks.filter(t => t.stage === `scan ${i}`)))
  })
  plan.aggregations.forEach((a, i) => {
    const time = a.time.kind === 'none' ? 'no time' : `by ${a.time.kind}${a.time.watermarked ? ', watermarked' : ''}`
    blocks.push(block(plan, `Stage ${i + 2}: merge ${a.name} (${time}), ${plan.outputMode}`, a.operators, i + 1, tasks.filter(t => t.stage === `aggregation ${i}`)))
  })
  return blocks.join('\n')
}

function block(plan: PhysicalPlan, head: string, operators: readonly OperatorSpec[], next: number, tasks: readonly TaskMetrics[]): string {
  const shown = tasks.length > 0
  const total = (f: (t: TaskMetrics) => number): number => tasks.reduce((n, t) => n + f(t), 0)
  const rows = (n: number): string => (shown ? `  (${n} rows)` : '')
  const into = plan.aggregations.at(next)
  const end = into === undefined ? ['Write output'] : [`PartialAggregate ${into.name}`, `Exchange by key into ${plan.partitions} partitions`]
  const lines = operators.map((o, k) => `${operatorText(o)}${rows(total(t => t.rowsOut[k]))}`)
  return [`${head}${rows(total(t => t.inputRows))}`, ...lines, ...end].join('\n   ')
}

/** An operator in a line. */
export function operatorText(o: OperatorSpec): string {
  switch (o.kind) {
    case 'project':
      return `Project [${o.columns.map(c => c.name).join(', ')}]`
    case 'filter':
      return `Filter ${exprText(o.condition)}`
    case 'generate':
      return `Generate ${o.generator}`
    case 'observe':
      return `EventTimeWatermark ${o.input.fields[o.column].name} (${o.node})`
    case 'join':
      return `BroadcastHashJoin ${o.how} with ${o.table}`
    case 'score':
      return `Score [${o.outputs.join(', ')}]`
  }
}
