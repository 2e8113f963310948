import type { Json } from '../../common/json.ts'
import { isMillraceError } from '../../common/errors.ts'
import type { StreamingQueryProgress } from '../../microbatch/progress.ts'
import type { Session } from '../../session/session.ts'
import type { StreamingQueryListener } from '../../session/query-manager.ts'
import { lagByPartition } from '../api/offsets.ts'
import { BoundedMetrics } from './bounded-metrics.ts'
import { queryMetrics } from './metric-table.ts'
import type { MetricsRegistry } from './metrics-registry.ts'

type Name = keyof typeof queryMetrics

/** What a query is known by while it runs. */
interface Run {
  readonly query: string
  readonly runId: string
  /** Of its stateful operators, in the order of its progress. */
  readonly operators: readonly string[]
}

/** In progress for Spark's sake: the whole of a batch has a metric of its own, the others are always 0. */
const noPhases: ReadonlySet<string> = new Set(['triggerExecution', 'queryPlanning', 'getBatch'])

/** They say how a running query stands: once it has ended they would be stale. */
const ofRunning: readonly Name[] = ['millrace_source_lag', 'millrace_state_rows', 'millrace_state_bytes', 'millrace_watermark_timestamp_seconds', 'millrace_trigger_interval_seconds']

/**
 * Metrics of a session's queries, made from their progress: a batch costs a few additions, a row nothing. Executors send what
 * they counted with the results of their tasks, so that the driver alone has a registry.
 */
export class QueryMetrics {
  readonly #session: Session
  readonly #listener: StreamingQueryListener
  readonly #metrics: BoundedMetrics<Name>
  readonly #runs = new Map<string, Run>()

  /** @throws AnalysisError PLAN_INVALID_OPTION when the registry has such metrics already */
  constructor(session: Session, registry: MetricsRegistry, maxSeries: number) {
    const { clock, console } = session.core.environment.ports
    this.#session = session
    this.#metrics = new BoundedMetrics<Name>(queryMetrics, registry, maxSeries, (metric, isFirst) => {
      if (metric !== 'millrace_metric_overflows_total') this.#metrics.add('millrace_metric_overflows_total', { metric }, 1)
      if (isFirst) console.warn?.(`The metric ${metric} has ${maxSeries} series, as many as it may have; more are counted together as "overflow". Fewer queries in one process, or sources with fewer partitions, keep them apart.`)
    })
    this.#listener = {
      onQueryStarted: ({ id, runId, name }) => this.#start(id, runId, name),
      onQueryProgress: progress => this.#onProgress(progress, clock.now()),
      onQueryTerminated: ({ id, exception }) => this.#end(id, exception),
    }
    session.streams.addListener(this.#listener)
    for (const { id, runId, name } of session.streams.running) this.#start(id, runId, name)
  }

  /** Before a scrape: what is not told by progress. */
  update(): void {
    this.#metrics.set('millrace_active_queries', {}, this.#session.streams.active.length)
  }

  close(): void {
    this.#session.streams.removeListener(this.#listener)
    this.#metrics.close()
  }

  #start(id: string, runId: string, name: string | null): void {
    const inspection = this.#session.streams.running.find(q => q.runId === runId)?.inspect()
    const query = name ?? id
    this.#runs.set(id, { query, runId, operators: inspection?.state.map(s => s.operator) ?? [] })
    this.#metrics.set('millrace_query_active', { query }, 1)
    // A counter that comes to be with its first failure has no increase that a rule could see.
    for (const m of ['millrace_query_failures_total', 'millrace_checkpoint_failures_total', 'millrace_model_failures_total'] as const) this.#metrics.add(m, { query }, 0)
    if (typeof inspection?.triggerIntervalMs === 'number') this.#metrics.set('millrace_trigger_interval_seconds', { query }, inspection.triggerIntervalMs / 1000)
  }

  #end(id: string, exception: Error | null): void {
    const run = this.#runs.get(id)
    if (run === undefined) return
    this.#runs.delete(id)
    const { query } = run
    this.#metrics.set('millrace_query_active', { query }, 0)
    for (const name of ofRunning) this.#metrics.forget(name, { query })
    if (exception === null) return
    this.#metrics.add('millrace_query_failures_total', { query }, 1)
    const areas = areasOf(exception)
    if (areas.has('CHECKPOINT') || areas.has('STATE')) this.#metrics.add('millrace_checkpoint_failures_total', { query }, 1)
    if (areas.has('ML')) this.#metrics.add('millrace_model_failures_total', { query }, 1)
  }

  #onProgress(p: StreamingQueryProgress, nowMs: number): void {
    const m = this.#metrics
    const run = this.#runs.get(p.id)
    const query = p.name ?? p.id
    m.add('millrace_batches_total', { query }, 1)
    m.set('millrace_last_batch_id', { query }, p.batchId)
    m.set('millrace_last_batch_timestamp_seconds', { query }, nowMs / 1000)
    m.observe('millrace_batch_duration_seconds', { query }, p.batchDuration / 1000)
    for (const [phase, ms] of Object.entries(p.durationMs)) if (!noPhases.has(phase)) m.observe('millrace_batch_phase_duration_seconds', { query, phase }, ms / 1000)
    if (p.eventTime.avg !== undefined) m.observe('millrace_end_to_end_latency_seconds', { query }, (nowMs - Date.parse(p.eventTime.avg)) / 1000)
    if (p.eventTime.watermark !== undefined) m.set('millrace_watermark_timestamp_seconds', { query }, Date.parse(p.eventTime.watermark) / 1000)
    for (const s of p.sources) {
      m.add('millrace_input_rows_total', { query, source: s.name }, s.numInputRows)
      m.add('millrace_bad_records_total', { query, source: s.name }, s.numBadRecords)
      for (const [partition, lag] of lagByPartition(s.endOffset as Json, s.latestOffset as Json)) m.set('millrace_source_lag', { query, source: s.name, partition }, lag)
    }
    m.add('millrace_output_rows_total', { query, sink: p.sink.description }, Math.max(0, p.sink.numOutputRows))
    p.stateOperators.forEach((s, i) => {
      const operator = run?.operators[i] ?? s.operatorName
      m.add('millrace_late_rows_total', { query, operator }, s.numLateRows)
      m.set('millrace_state_rows', { query, operator }, s.numRowsTotal)
      m.set('millrace_state_bytes', { query, operator }, s.memoryUsedBytes)
    })
    if (p.models.length === 0) return
    const scored = this.#session.streams.running.find(q => q.runId === p.runId)?.scoredRows()
    p.models.forEach((model, slot) => m.add('millrace_model_rows_total', { query, model }, scored?.[slot] ?? 0))
  }
}

/** The areas of the codes of an error and its causes: `ML`, `CHECKPOINT` … */
function areasOf(error: Error): ReadonlySet<string> {
  const areas = new Set<string>()
  let depth = 0
  for (let e: unknown = error; e instanceof Error && depth < 8; e = e.cause, depth++) if (isMillraceError(e)) areas.add(e.code.split('_', 1)[0])
  return areas
}
