import { exprText } from '../expr/expression-text.ts'
import { durationText } from '../common/duration.ts'
import { childrenOf, type LogicalPlan } from './logical-plan.ts'

/** A plan as an indented tree, one line a node. */
export function explainPlan(plan: LogicalPlan, depth = 0): string {
  const line = `${'   '.repeat(depth)}${depth === 0 ? '' : '+- '}${label(plan)}`
  return [line, ...childrenOf(plan).map(c => explainPlan(c, depth + 1))].join('\n')
}

function label(plan: LogicalPlan): string {
  switch (plan.kind) {
    case 'scan':
      return `${plan.streaming ? 'StreamingScan' : 'Scan'} ${plan.name || plan.source.provider} [${plan.schema.fields.map(f => f.name).join(', ')}]`
    case 'project':
      return `Project [${plan.columns.map(c => (c.expr.kind === 'column' && c.expr.name === c.name ? c.name : `${exprText(c.expr)} AS ${c.name}`)).join(', ')}]`
    case 'filter':
      return `Filter ${exprText(plan.condition)}`
    case 'generate':
      return `Generate ${plan.generator}(${plan.args.map(exprText).join(', ')}) AS (${plan.names.join(', ')})`
    case 'watermark':
      return `EventTimeWatermark ${plan.column}, ${durationText(plan.delayMicros)}`
    case 'aggregate':
      return `Aggregate${plan.name === null ? '' : ` ${plan.name}`} [${plan.keys.map(k => `${exprText(k.expr)} AS ${k.name}`).join(', ')}] [${plan.aggregates.map(a => `${exprText(a.expr)} AS ${a.name}`).join(', ')}]`
    case 'union':
      return 'Union'
    case 'join':
      return `Join ${plan.how} [${plan.keys.map(k => `${exprText(k.left)} = ${exprText(k.right)}`).join(', ')}]${plan.condition === null ? '' : ` ${exprText(plan.condition)}`}`
    case 'score':
      return `Score ${plan.model.format} ${plan.model.digest.slice(0, 12)} AS (${plan.outputs.map(o => o.column).join(', ')})`
  }
}
