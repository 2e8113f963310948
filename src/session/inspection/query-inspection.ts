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

/** A place of the plan that a model stands in. */
export interface ModelInspection {
  /** Of the model that scores now. */
  readonly digest: string
  /** `name@alias` of one that may be swapped; null for one that stays. */
  readonly reference: string | null
  readonly version: string | null
  /** First batch that it scored in this run. */
  readonly sinceBatch: number | null
  readonly previous: string | null
  /** The last version that was not taken, and why. */
  readonly refused: { readonly version: string; readonly digest: string; readonly reason: string } | null
  readonly label: string
  readonly format: string
  readonly bytes: number
  readonly inputs: readonly string[]
  /** New columns and the outputs of the model that they are. */
  readonly outputs: readonly { readonly column: string; readonly output: string }[]
  /** Rows that left it in the batch that is shown. */
  readonly rowsOut: number
  /** Milliseconds of all tasks of that batch in it. */
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
    models: models(definition, { plan, standing }, graph),
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

function models({ plan: logical }: QueryDefinition, { plan: { slots }, standing }: Pick<MicroBatchExecution, 'plan' | 'standing'>, graph: PlanGraph): ModelInspection[] {
  const scores = [...nodesOf(logical)].filter(n => n.kind === 'score')
  return standing.models.map((status, slot) => {
    const { reference, digest: planned } = slots[slot]
    const nodes = scores.filter(n => (n.model.reference ?? null) === reference && (reference !== null || n.model.digest === planned))
    const steps = graph.nodes.filter(n => n.modelSlot === slot)
    return {
      ...status,
      reference,
      label: nodes[0]?.model.label ?? '',
      format: nodes[0]?.model.format ?? '',
      inputs: [...new Set(nodes.flatMap(n => n.inputs.map(i => i.name)))],
      outputs: nodes.flatMap(n => n.outputs),
      rowsOut: total(steps, n => n.rowsOut ?? 0),
      timeMs: total(steps, n => n.timeMs ?? 0),
    }
  })
}

/** Rows that left the models' operators in the last batch, by slot: cheap enough for every batch. */
export function scoredRows({ plan: { physical, slots }, standing }: Pick<MicroBatchExecution, 'plan' | 'standing'>): readonly number[] {
  const rows = slots.map(() => 0)
  if (slots.length === 0) return rows
  for (const [prefix, stages] of [['scan', physical.scans], ['aggregation', physical.aggregations]] as const) {
    stages.forEach((stage, i) => stage.operators.forEach((o, k) => {
      if (o.kind !== 'score') return
      for (const task of standing.tasks) if (task.stage === `${prefix} ${i}`) rows[o.slot] += task.rowsOut[k] ?? 0
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
