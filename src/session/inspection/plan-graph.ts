import { operatorText } from '../../exec/explain.ts'
import type { OperatorSpec, PhysicalPlan } from '../../exec/physical-plan.ts'
import type { TaskMetrics } from '../../exec/tasks.ts'
import { exprText } from '../../expr/expression-text.ts'

export type PlanNodeKind = 'source' | 'table' | 'operator' | 'score' | 'aggregate' | 'sink'

/** A step of a query, with what the last batch did there. */
export interface PlanNode {
  readonly id: string
  readonly kind: PlanNodeKind
  /** A word or two: `Filter`, `Read flights`. */
  readonly label: string
  /** The whole line, as explain() has it. */
  readonly detail: string
  /** `scan 0`, `aggregation 1`: what is run together. */
  readonly stage: string
  /** Rows that left it in the last batch; null where that is not counted. */
  readonly rowsOut: number | null
  /** Milliseconds of all tasks in the last batch, added up; null where that is not measured. */
  readonly timeMs: number | null
  /** Index of the aggregation whose state it keeps. */
  readonly aggregation: number | null
  /** Position of its model among the query's. */
  readonly modelSlot: number | null
}

export interface PlanGraph {
  readonly nodes: readonly PlanNode[]
  readonly edges: readonly { readonly from: string; readonly to: string; readonly shuffle: boolean }[]
}

/**
 * A physical plan as a graph: sources, operators, aggregations and sinks in the order of the rows. The time of a stage's
 * operators is measured; what is left of its tasks' time is reading (a source) or merging (an aggregation), and writing
 * partial results counts with the aggregation that they are for.
 */
export function planGraph(plan: PhysicalPlan, tasks: readonly TaskMetrics[]): PlanGraph {
  const builder = new GraphBuilder(tasks)
  const into = (i: number): string => (i < plan.aggregations.length ? `aggregation-${i}` : 'sink')
  plan.scans.forEach((scan, i) => {
    const stage = `scan ${i}`
    const id = `scan-${i}`
    builder.add({ id, kind: 'source', label: `Read ${scan.source}`, detail: `scan ${scan.source} (${scan.provider.provider}) [${scan.schema.fields.map(f => f.name).join(', ')}]`, stage, rowsOut: builder.sum(stage, t => t.inputRows), timeMs: builder.restMs(stage) })
    builder.chain(id, scan.operators, stage, into(0), plan.aggregations.length > 0)
  })
  plan.aggregations.forEach((a, i) => {
    const stage = `aggregation ${i}`
    const id = `aggregation-${i}`
    const keys = a.keys.map(k => `${exprText(k.expr)} AS ${k.name}`).join(', ')
    builder.add({
      id, kind: 'aggregate', label: `Aggregate ${a.name}`, stage, aggregation: i,
      detail: `Aggregate ${a.name} [${keys}] [${a.aggregates.map(g => `${exprText(g.expr)} AS ${g.name}`).join(', ')}]`,
      rowsOut: null,
      timeMs: added(builder.restMs(stage), builder.endMs(stagesBefore(plan, i))),
    })
    builder.chain(id, a.operators, stage, into(i + 1), i + 1 < plan.aggregations.length)
  })
  const last = stagesBefore(plan, plan.aggregations.length)
  const output = plan.sinks.find(s => s.name === 'output')
  builder.add({ id: 'sink', kind: 'sink', label: 'Write output', detail: `Write output (${output?.provider.provider ?? 'none'}), ${plan.outputMode}`, stage: last[0].stage, rowsOut: null, timeMs: builder.endMs(last) })
  return builder.graph
}

/** The stages whose rows go into an aggregation (the one behind the last: into the sink), with the number of their operators. */
function stagesBefore(plan: PhysicalPlan, aggregation: number): { readonly stage: string; readonly operators: number }[] {
  if (aggregation === 0) return plan.scans.map((s, k) => ({ stage: `scan ${k}`, operators: s.operators.length }))
  return [{ stage: `aggregation ${aggregation - 1}`, operators: plan.aggregations[aggregation - 1].operators.length }]
}

function added(a: number | null, b: number | null): number | null {
  return a === null ? b : a + (b ?? 0)
}

const words: { readonly [kind in OperatorSpec['kind']]: string } = { project: 'Project', filter: 'Filter', generate: 'Generate', observe: 'Watermark', join: 'Join', score: 'Score' }

class GraphBuilder {
  readonly #tasks: readonly TaskMetrics[]
  readonly #nodes: PlanNode[] = []
  readonly #edges: { from: string; to: string; shuffle: boolean }[] = []

  constructor(tasks: readonly TaskMetrics[]) {
    this.#tasks = tasks
  }

  get graph(): PlanGraph {
    return { nodes: this.#nodes, edges: this.#edges }
  }

  add(node: Omit<PlanNode, 'aggregation' | 'modelSlot'> & { readonly aggregation?: number; readonly modelSlot?: number }): void {
    this.#nodes.push({ aggregation: null, modelSlot: null, ...node })
  }

  /** Operators one after the other, from a node into the next. */
  chain(from: string, operators: readonly OperatorSpec[], stage: string, to: string, shuffle: boolean): void {
    let before = from
    operators.forEach((o, k) => {
      const id = `${from}-${k}`
      if (o.kind === 'join') {
        this.add({ id: `${id}-table`, kind: 'table', label: `Table ${o.table}`, detail: `static table ${o.table} [${o.static.fields.map(f => f.name).join(', ')}]`, stage, rowsOut: null, timeMs: null })
        this.#edges.push({ from: `${id}-table`, to: id, shuffle: false })
      }
      this.add({ id, kind: o.kind === 'score' ? 'score' : 'operator', label: words[o.kind], detail: operatorText(o), stage, rowsOut: this.sum(stage, t => t.rowsOut[k] ?? 0), timeMs: this.sum(stage, t => t.operatorMs[k] ?? 0), ...(o.kind === 'score' ? { modelSlot: o.slot } : {}) })
      this.#edges.push({ from: before, to: id, shuffle: false })
      before = id
    })
    this.#edges.push({ from: before, to, shuffle })
  }

  /** Over the tasks of a stage; null when none ran. */
  sum(stage: string, f: (task: TaskMetrics) => number): number | null {
    let sum: number | null = null
    for (const task of this.#tasks) if (task.stage === stage) sum = (sum ?? 0) + f(task)
    return sum
  }

  /** Time in what takes the rows of the last operators. */
  endMs(stages: readonly { readonly stage: string; readonly operators: number }[]): number | null {
    return stages.map(s => this.sum(s.stage, t => t.operatorMs[s.operators] ?? 0)).reduce(added, null)
  }

  /** What the operators leave of a stage's time. */
  restMs(stage: string): number | null {
    return this.sum(stage, t => Math.max(0, t.timeMs - t.operatorMs.reduce((n, ms) => n + ms, 0)))
  }
}
