import type { Json } from '../../common/json.ts'
import type { MicroBatchExecution } from '../../microbatch/micro-batch-execution.ts'
import type { QueryDefinition } from '../../microbatch/query-definition.ts'
import type { Trigger } from '../../microbatch/trigger.ts'
import { nodesOf } from '../../plan/logical-plan.ts'
import { type PlanGraph, planGraph } from './plan-graph.ts'

/** What can be seen of a query from outside: plain data, made when it is asked for, without waiting for anything. */
export interface QueryInspection {
  readonly outputMode: string
  readonly trigger: string
  /** Of `processingTime`; null for the others. */
  readonly triggerIntervalMs: number | null
  readonly checkpointLocation: string
  readonly partitions: number
  readonly sink: string
  readonly sources: readonly SourceInspection[]
  readonly watermark: { readonly policy: string; readonly watermarkMs: number | null; readonly inputs: readonly WatermarkInput[] }
  readonly state: readonly StateInspection[]
  readonly models: readonly ModelInspection[]
  /** With what the batch did that is shown. */
  readonly graph: PlanGraph
  /** The last batch that read something; null before the first. */
  readonly shownBatch: { readonly batchId: number; readonly durationMs: number } | null
}

export interface SourceInspection {
  readonly name: string
  /** `files`, `kafka` … */
  readonly provider: string
  readonly description: string
  readonly end: Json
  readonly newest: Json
}

/** One withWatermark() of the query. */
export interface WatermarkInput {
  readonly node: string
  readonly sources: readonly string[]
  readonly column: string
  readonly delayMs: number
  readonly watermarkMs: number | null
  /** When it last had a row. */
  readonly seenMs: number | null
  /** The query's watermark waits for this one. */
  readonly holdsBack: boolean
}

export interface StateInspection {
  readonly operator: string
  readonly numRows: number
  readonly memoryBytes: number
  readonly partitions: readonly { readonly partition: number; readonly numRows: number; readonly memoryBytes: number }[]
}

export interface ModelInspection {
  readonly digest: string
  readonly label: string
  readonly format: string
  readonly bytes: number
  readonly inputs: readonly string[]
  /** New columns and the outputs of the model that they are. */
  readonly outputs: readonly { readonly column: string; readonly output: string }[]
  /** Rows that left it in the last batch. */
  readonly rowsOut: number
  /** Milliseconds of all tasks of the last batch in it. */
  readonly timeMs: number
}

export function inspectQuery(definition: QueryDefinition, execution: MicroBatchExecution): QueryInspection {
  const { plan, standing } = execution
  const { physical } = plan
  const graph = planGraph(physical, standing.shownBatch?.tasks ?? [])
  const { trigger, settings, outputMode, checkpointLocation } = definition
  return {
    outputMode,
    trigger: triggerText(trigger),
    triggerIntervalMs: trigger.kind === 'processingTime' ? trigger.intervalMs : null,
    checkpointLocation,
    partitions: physical.partitions,
    sink: standing.sink,
    sources: standing.sources.map(s => ({ ...s, provider: physical.scans.find(scan => scan.source === s.name)?.provider.provider ?? '' })),
    watermark: {
      policy: settings.watermarkPolicy,
      watermarkMs: standing.watermark.globalMs,
      inputs: standing.watermark.nodes.map(n => ({ ...n, ...observed(physical, n.node) })),
    },
    state: physical.aggregations.map(({ name }, i) => {
      const partitions = standing.states.filter(s => s.aggregation === i).map(({ partition, numRows, memoryBytes }) => ({ partition, numRows, memoryBytes }))
      return { operator: name, numRows: total(partitions, p => p.numRows), memoryBytes: total(partitions, p => p.memoryBytes), partitions }
    }),
    models: models(definition, plan.models, graph),
    graph,
    shownBatch: standing.shownBatch === null ? null : { batchId: standing.shownBatch.batchId, durationMs: standing.shownBatch.durationMs },
  }
}

type Physical = MicroBatchExecution['plan']['physical']

/** Where a watermark's rows come from: operators of scans name it, or those after an aggregation. */
function observed({ scans, aggregations }: Physical, node: string): { sources: string[]; column: string } {
  const sources: string[] = []
  let column = ''
  for (const stage of [...scans, ...aggregations]) {
    for (const o of stage.operators) {
      if (o.kind !== 'observe' || o.node !== node) continue
      column = o.input.fields[o.column].name
      sources.push('source' in stage ? stage.source : stage.name)
    }
  }
  return { sources, column }
}

function models({ plan, models: artefacts }: QueryDefinition, slots: readonly string[], graph: PlanGraph): ModelInspection[] {
  const found = new Map<string, ModelInspection>()
  for (const node of nodesOf(plan)) {
    if (node.kind !== 'score') continue
    const { digest, label, format } = node.model
    const steps = graph.nodes.filter(n => n.modelSlot !== null && slots[n.modelSlot] === digest)
    const outputs = [...(found.get(digest)?.outputs ?? []), ...node.outputs]
    found.set(digest, {
      digest, label, format, outputs,
      bytes: total(artefacts.get(digest)?.files ?? [], f => f.bytes.byteLength),
      inputs: node.inputs.map(i => i.name),
      rowsOut: total(steps, n => n.rowsOut ?? 0),
      timeMs: total(steps, n => n.timeMs ?? 0),
    })
  }
  return [...found.values()]
}

/** Rows that left the models' operators in the last batch, by digest: cheap enough for every batch. */
export function scoredRows({ plan: { physical, models: slots }, standing }: Pick<MicroBatchExecution, 'plan' | 'standing'>): ReadonlyMap<string, number> {
  const rows = new Map<string, number>()
  if (slots.length === 0) return rows
  for (const [prefix, stages] of [['scan', physical.scans], ['aggregation', physical.aggregations]] as const) {
    stages.forEach((stage, i) => stage.operators.forEach((o, k) => {
      if (o.kind !== 'score') return
      for (const task of standing.tasks) if (task.stage === `${prefix} ${i}`) rows.set(slots[o.slot], (rows.get(slots[o.slot]) ?? 0) + (task.rowsOut[k] ?? 0))
    }))
  }
  return rows
}

function triggerText(trigger: Trigger): string {
  return trigger.kind === 'processingTime' ? `every ${trigger.intervalMs / 1000} s` : { default: 'as data comes', availableNow: 'available now', once: 'once' }[trigger.kind]
}

function total<T>(list: readonly T[], f: (value: T) => number): number {
  return list.reduce((n, v) => n + f(v), 0)
}
