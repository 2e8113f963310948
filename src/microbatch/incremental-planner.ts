import { assert } from '../common/assert.ts'
import { makeError } from '../common/errors.ts'
import { type DataType, describeType } from '../columnar/data-type.ts'
import { fieldIndex, type Schema } from '../columnar/schema.ts'
import type { OutputMode } from '../common/output-mode.ts'
import type { ProviderSpec } from '../common/provider-spec.ts'
import { paneMicros } from '../exec/operators/panes.ts'
import type { AggregationStage, AggregationTime, JoinSpec, OperatorSpec, PhysicalPlan, RouteShares, ScanStage, ScoreSpec, SinkStage } from '../exec/physical-plan.ts'
import type { AggregateExpr, Expr } from '../expr/expr.ts'
import { resolve } from '../expr/resolve.ts'
import { resolveAggregate } from '../expr/resolve-aggregate.ts'
import type { OnBadRecord } from '../formats/format.ts'
import type { AggregateNode, JoinNode, LogicalPlan, ModelReference, NamedExpr, ScanNode, ScoreNode, ScoreRoute, WatermarkNode } from '../plan/logical-plan.ts'
import { isStreaming, nodesOf } from '../plan/logical-plan.ts'
import { groupTime } from '../plan/event-time.ts'
import { outputSchema } from '../plan/output-schema.ts'
import { disagreementSchema } from '../plan/score-variants.ts'
import type { WatermarkNodeSpec } from '../watermark/watermark-tracker.ts'

/** A streaming plan cut into what the executors do, and what the driver must know about it. */
export interface IncrementalPlan {
  readonly physical: PhysicalPlan
  /** The streaming source of each scan stage. */
  readonly scans: readonly ScanNode[]
  /** Static sides of joins, by table name. */
  readonly tables: ReadonlyMap<string, LogicalPlan>
  readonly watermarks: readonly WatermarkNodeSpec[]
  /** The same nodes, the outermost of the plan first: progress shows the times of the first that saw rows. */
  readonly shownTimes: readonly string[]
  /** Digests of the models at the start, by slot. */
  readonly models: readonly string[]
  readonly slots: readonly ModelSlot[]
  /** How rows are shared out at the start, for each score() with a route. */
  readonly routes: readonly RouteShares[]
}

/** A place in the plan that a model stands in; which one, each batch record says. */
export interface ModelSlot {
  /** Of the model at the start. */
  readonly digest: string
  /** What it is called in its registry; null for one from a file. */
  readonly version: string | null
  /** What a model that may be swapped is called; null for one that stays. */
  readonly reference: string | null
  /** What the score() calls with it give and take. */
  readonly scores: readonly PlannedScore[]
}

export interface PlannedScore {
  readonly inputs: readonly { readonly name: string; readonly type: DataType }[]
  readonly outputs: readonly { readonly name: string; readonly type: DataType; readonly nullable: boolean }[]
  /** Its contributions are asked for too. */
  readonly explains: boolean
}

export interface PlanSettings {
  readonly outputMode: OutputMode
  readonly partitions: number
  readonly timeZone: string
  readonly sinks: readonly { readonly name: SinkStage['name']; readonly provider: ProviderSpec; readonly schema: Schema | null }[]
  /** A bounded query runs once over everything: its scans are static ones. */
  readonly bounded: boolean
  /** Null event times count, as in Spark. */
  readonly likeSpark?: boolean
}

/**
 * The only place that knows both what a query says and how it runs. A plan becomes a chain of stages: each scan with the
 * operators above it up to the first aggregation (stage one), then every aggregation with the operators above it.
 * @throws AnalysisError PLAN_UNSUPPORTED_OPERATOR for shapes that are no such chain
 */
export function planIncrementally(plan: LogicalPlan, settings: PlanSettings): IncrementalPlan {
  const builder = new StageBuilder(settings)
  return builder.build(plan)
}

/** A stretch of operators under construction, and where its rows come from. */
interface Stretch {
  /** Scan stages (all with their own operators), or the aggregation that feeds it. */
  readonly feeds: { scans: MutableScan[] } | { aggregation: MutableAggregation }
}

interface MutableScan {
  readonly stage: Omit<ScanStage, 'operators'>
  readonly operators: OperatorSpec[]
}

interface MutableAggregation {
  readonly stage: Omit<AggregationStage, 'operators'>
  readonly operators: OperatorSpec[]
}

class StageBuilder {
  readonly #settings: PlanSettings
  readonly #scanNodes: ScanNode[] = []
  readonly #scans: MutableScan[] = []
  readonly #aggregations: MutableAggregation[] = []
  readonly #tables = new Map<string, LogicalPlan>()
  readonly #watermarks: WatermarkNodeSpec[] = []
  readonly #watermarkNames = new Map<WatermarkNode, string>()
  readonly #slots: ModelSlot[] = []
  readonly #routes: RouteShares[] = []
  #disagreements: Schema | null = null

  constructor(settings: PlanSettings) {
    this.#settings = settings
  }

  build(plan: LogicalPlan): IncrementalPlan {
    this.#visit(plan)
    const schema = outputSchema(plan)
    const late = this.#aggregations[0]?.stage.input ?? schema
    const sinks = this.#settings.sinks.map(s => ({ name: s.name, provider: s.provider, schema: s.schema ?? (s.name === 'lateRows' ? late : s.name === 'disagreements' ? (this.#disagreements ?? schema) : schema) }))
    const physical: PhysicalPlan = {
      scans: this.#scans.map(s => ({ ...s.stage, operators: s.operators })),
      aggregations: this.#aggregations.map(a => ({ ...a.stage, operators: a.operators })),
      sinks,
      partitions: this.#settings.partitions,
      outputMode: this.#settings.outputMode,
      timeZone: this.#settings.timeZone,
    }
    const shownTimes = [...nodesOf(plan)].flatMap(n => (n.kind === 'watermark' ? (this.#watermarkNames.get(n) ?? []) : []))
    return { physical, scans: this.#scanNodes, tables: this.#tables, watermarks: this.#watermarks, shownTimes, models: this.#slots.map(s => s.digest), slots: this.#slots, routes: this.#routes }
  }

  #visit(plan: LogicalPlan): Stretch {
    switch (plan.kind) {
      case 'scan':
        return this.#scan(plan)
      case 'union':
        return this.#union(plan.inputs, outputSchema(plan))
      case 'aggregate':
        return this.#aggregate(plan)
      case 'join':
        return this.#join(plan)
      default: {
        const stretch = this.#visit(plan.input)
        this.#push(stretch, this.#operator(plan))
        return stretch
      }
    }
  }

  #scan(node: ScanNode): Stretch {
    this.#scanNodes.push(node)
    const onBadRecord = (node.source.options['onBadRecord'] as OnBadRecord | undefined) ?? 'fail'
    const scan: MutableScan = { stage: { source: node.name, provider: node.source, declared: node.declared, schema: node.schema, onBadRecord }, operators: [] }
    this.#scans.push(scan)
    return { feeds: { scans: [scan] } }
  }

  #union(inputs: readonly LogicalPlan[], schema: Schema): Stretch {
    const scans = inputs.flatMap(input => {
      const { feeds } = this.#visit(input)
      if (!('scans' in feeds)) throw unsupported('A union above an aggregation')
      // Same names and types on all sides from here on.
      const from = outputSchema(input)
      const columns = schema.fields.map((f, i) => ({ name: f.name, expr: { kind: 'column', name: from.fields[i].name } satisfies Expr }))
      for (const scan of feeds.scans) scan.operators.push({ kind: 'project', input: from, columns, output: schema })
      return feeds.scans
    })
    return { feeds: { scans } }
  }

  #aggregate(node: AggregateNode): Stretch {
    this.#visit(node.input)
    assert(node.name !== null, 'Aggregations are named before they are planned.')
    const input = outputSchema(node.input)
    const output = outputSchema(node)
    const time = this.#settings.bounded ? ({ kind: 'none' } as const) : groupTime(node)
    const aggregates = node.aggregates.map(({ name, expr }) => ({ name, expr: expr as AggregateExpr }))
    const resolved = aggregates.map(({ expr }) => resolveAggregate(expr, input, 'agg()'))
    const paneMicros = panesOf(node, time, resolved.some(r => r.entry.ordered === true))
    const keys = node.keys.map((k, i) => ({ name: k.name, type: output.fields[i].type }))
    const stage: MutableAggregation['stage'] = {
      name: node.name,
      input,
      keys: node.keys,
      aggregates,
      time,
      paneMicros,
      table: {
        // The bucket says which pane it is.
        keys: paneMicros === null ? keys : keys.filter((_, i) => time.kind === 'none' || i !== time.key),
        values: resolved.map(({ entry, args, signature }, i) => ({
          name: `${entry.name}(${args.map(a => describeType(a.type as DataType)).join(',')})`,
          column: aggregates[i].name,
          buffers: signature.buffers,
        })),
      },
      output,
    }
    const aggregation: MutableAggregation = { stage, operators: [] }
    this.#aggregations.push(aggregation)
    return { feeds: { aggregation } }
  }

  #join(node: JoinNode): Stretch {
    const leftStreams = this.#settings.bounded || isStreaming(node.left)
    const [stream, fixed] = leftStreams ? [node.left, node.right] : [node.right, node.left]
    const stretch = this.#visit(stream)
    const table = `table-${this.#tables.size}`
    this.#tables.set(table, fixed)
    const streamSchema = outputSchema(stream)
    const staticSchema = outputSchema(fixed)
    const output = outputSchema(node)
    const dropped = leftStreams ? node.dropRight : []
    const staticColumns = staticSchema.fields.flatMap((f, i) => (dropped.includes(f.name) ? [] : [i]))
    const joinedFields = leftStreams ? [...streamSchema.fields, ...staticSchema.fields] : [...staticSchema.fields, ...streamSchema.fields]
    const how = joinKind(node, leftStreams)
    const spec: JoinSpec = {
      kind: 'join',
      table,
      stream: streamSchema,
      static: staticSchema,
      streamIsLeft: leftStreams,
      how,
      streamKeys: node.keys.map(k => (leftStreams ? k.left : k.right)),
      staticKeys: node.keys.map(k => (leftStreams ? k.right : k.left)),
      condition: node.condition,
      joined: Object.freeze({ fields: joinedFields }),
      staticColumns,
      output,
    }
    this.#push(stretch, spec)
    return stretch
  }

  #operator(node: Exclude<LogicalPlan, { kind: 'scan' | 'union' | 'aggregate' | 'join' }>): OperatorSpec {
    const input = outputSchema(node.input)
    const output = outputSchema(node)
    switch (node.kind) {
      case 'project':
        return { kind: 'project', input, columns: node.columns, output }
      case 'filter':
        return { kind: 'filter', input, condition: node.condition }
      case 'generate':
        return { kind: 'generate', input, generator: node.generator, args: node.args, output }
      case 'watermark': {
        const column = input.fields.findIndex(f => f.name === node.column)
        return { kind: 'observe', node: this.#watermarkName(node), input, column, nullIsEpoch: this.#settings.likeSpark === true }
      }
      case 'score': {
        const { fallback } = node
        if (this.#settings.bounded && node.onInvalid === 'deadLetter') throw boundedDeadLetters()
        return {
          kind: 'score',
          ...this.#placed(node, node.model, node.inputs, node.explain !== null),
          input,
          label: node.model.label,
          outputs: node.outputs.map(o => o.output),
          provenance: node.provenance.map(p => p.fact),
          onInvalid: node.onInvalid,
          fallback: fallback?.kind === 'model' ? { kind: 'model', ...this.#placed(node, fallback.model, fallback.inputs, false) } : fallback,
          topK: node.explain?.topK ?? null,
          limits: node.limits,
          output,
          ...this.#variants(node),
        }
      }
    }
  }

  /** A model in its slot, and what it is given. */
  #placed(node: ScoreNode, model: ModelReference, given: readonly NamedExpr[], explains: boolean): { readonly slot: number; readonly name: string | null; readonly inputs: readonly Expr[]; readonly inputNames: readonly string[] } {
    // All that there is: another version may take what this one does not.
    return { slot: this.#slot(node, model, given, explains), name: model.name ?? null, inputs: given.map(i => i.expr), inputNames: given.map(i => i.name) }
  }

  /** Models beside the one that a score() is typed by. What is compared and has nowhere to go is left out. */
  #variants(node: ScoreNode): Pick<ScoreSpec, 'route' | 'shadow'> {
    const { route, shadow } = node
    const explains = node.explain !== null
    return {
      ...(route === undefined ? {} : { route: { position: this.#routePosition(route), by: { kind: 'column', name: route.by }, targets: route.targets.map(({ label, model }) => ({ ...this.#placed(node, model, node.inputs, explains), label })) } }),
      ...(shadow === undefined || !this.#settings.sinks.some(s => s.name === 'disagreements') ? {} : {
        shadow: {
          targets: shadow.models.map(model => ({ ...this.#placed(node, model, node.inputs, false), label: model.reference ?? model.label })),
          tolerance: shadow.tolerance,
          schema: (this.#disagreements = disagreementSchema(node)),
        },
      }),
    }
  }

  #routePosition({ name, salt, weights }: ScoreRoute): number {
    return this.#routes.push({ name, salt, weights }) - 1
  }

  /** Models that stay are told apart by their digest and version, those that may be swapped by what they are called. */
  #slot(node: ScoreNode, model: ModelReference, given: readonly NamedExpr[], explains: boolean): number {
    const row = outputSchema(node.input)
    const output = outputSchema(node)
    const planned: PlannedScore = {
      inputs: given.map(i => ({ name: i.name, type: resolve(i.expr, row, 'score()').type })),
      outputs: node.outputs.map(o => {
        const { type, nullable } = output.fields[fieldIndex(output, o.column)]
        return { name: o.output, type, nullable }
      }),
      explains,
    }
    const { digest, version = null, reference = null } = model
    const known = this.#slots.findIndex(s => s.reference === reference && (reference !== null || (s.digest === digest && s.version === version)))
    if (known >= 0) {
      this.#slots[known] = { ...this.#slots[known], scores: [...this.#slots[known].scores, planned] }
      return known
    }
    this.#slots.push({ digest, version, reference, scores: [planned] })
    return this.#slots.length - 1
  }

  #watermarkName(node: WatermarkNode): string {
    let name = this.#watermarkNames.get(node)
    if (name === undefined) {
      name = `watermark-${this.#watermarks.length}`
      this.#watermarkNames.set(node, name)
      this.#watermarks.push({ node: name, delayMs: Math.floor(node.delayMicros / 1000) })
    }
    return name
  }

  #push(stretch: Stretch, operator: OperatorSpec): void {
    if ('scans' in stretch.feeds) for (const scan of stretch.feeds.scans) scan.operators.push(operator)
    else stretch.feeds.aggregation.operators.push(operator)
  }
}

/**
 * The panes in which an aggregation by a sliding window keeps its state; null where it keeps windows. It does not look at
 * the output mode, which may change on a checkpoint.
 */
function panesOf(node: AggregateNode, time: AggregationTime, ordered: boolean): number | null {
  if (time.kind !== 'window' || ordered) return null
  const { expr } = node.keys[time.key]
  return expr.kind === 'window' ? paneMicros(expr.sizeMicros, expr.slideMicros) : null
}

function joinKind(node: JoinNode, streamIsLeft: boolean): JoinSpec['how'] {
  switch (node.how) {
    case 'inner':
      return 'inner'
    case 'cross':
      return 'cross'
    case 'leftSemi':
      return 'semi'
    case 'leftAnti':
      return 'anti'
    case 'left':
      if (streamIsLeft) return 'outer'
      break
    case 'right':
      if (!streamIsLeft) return 'outer'
      break
    case 'full':
      break
  }
  throw unsupported(`A ${node.how} join that keeps unmatched rows of the table beside the stream`)
}

function unsupported(what: string): Error {
  return makeError('PLAN_UNSUPPORTED_OPERATOR', `${what} is not available yet. Write the first result to a sink and read it in a second query.`, { context: { what } })
}

function boundedDeadLetters(): Error {
  return makeError('PLAN_INVALID_OPTION', 'A bounded query cannot have score() with onInvalid "deadLetter": it has no sink for dead letters, so that rows would be lost. Set onInvalid to "skip", "error" or "keep".', {
    context: { option: 'onInvalid' },
  })
}
