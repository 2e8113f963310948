import type { OperatorSpec, PhysicalPlan } from './physical-plan.ts'

/** The stages of a physical plan, one block each. */
export function explainPhysical(plan: PhysicalPlan): string {
  const blocks: string[] = []
  plan.scans.forEach((s, i) => {
    const end = plan.aggregations.length === 0 ? ['Write output'] : [`PartialAggregate ${plan.aggregations[0].name}`, `Exchange by key into ${plan.partitions} partitions`]
    blocks.push([`Stage 1.${i}: scan ${s.source} (${s.provider.provider}) [${s.schema.fields.map(f => f.name).join(', ')}]`, ...s.operators.map(operatorText), ...end].join('\n   '))
  })
  plan.aggregations.forEach((a, i) => {
    const next = plan.aggregations[i + 1]
    const end = next === undefined ? ['Write output'] : [`PartialAggregate ${next.name}`, `Exchange by key into ${plan.partitions} partitions`]
    const time = a.time.kind === 'none' ? 'no time' : `by ${a.time.kind}${a.time.watermarked ? ', watermarked' : ''}`
    blocks.push([`Stage ${i + 2}: merge ${a.name} (${time}), ${plan.outputMode}`, ...a.operators.map(operatorText), ...end].join('\n   '))
  })
  return blocks.join('\n')
}

function operatorText(o: OperatorSpec): string {
  switch (o.kind) {
    case 'project':
      return `Project [${o.columns.map(c => c.name).join(', ')}]`
    case 'filter':
      return 'Filter'
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
