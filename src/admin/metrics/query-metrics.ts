import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { StreamingQueryProgress } from '../../microbatch/progress.ts'
import type { Session } from '../../session/session.ts'
import type { StreamingQueryListener } from '../../session/query-manager.ts'

/** Metrics of a session's queries, made from their progress: a batch costs a few additions, a row nothing. */
export class QueryMetrics {
  readonly #registry = new Registry()
  readonly #session: Session
  readonly #listener: StreamingQueryListener
  readonly #counters: ReturnType<typeof define>

  constructor(session: Session) {
    this.#session = session
    this.#counters = define(this.#registry)
    this.#listener = { onQueryProgress: progress => this.#onProgress(progress) }
    session.streams.addListener(this.#listener)
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  /** In Prometheus' text format. */
  async text(): Promise<string> {
    this.#counters.active.set(this.#session.streams.active.length)
    return this.#registry.metrics()
  }

  close(): void {
    this.#session.streams.removeListener(this.#listener)
  }

  #onProgress(p: StreamingQueryProgress): void {
    const query = p.name ?? p.id
    const m = this.#counters
    m.batches.inc({ query })
    m.batchId.set({ query }, p.batchId)
    for (const [phase, ms] of Object.entries(p.durationMs)) if (phase !== 'triggerExecution') m.phase.observe({ query, phase }, ms / 1000)
    m.batch.observe({ query }, p.batchDuration / 1000)
    for (const s of p.sources) {
      m.input.inc({ query, source: s.name }, s.numInputRows)
      m.bad.inc({ query, source: s.name }, s.numBadRecords)
    }
    m.output.inc({ query }, Math.max(0, p.sink.numOutputRows))
    for (const s of p.stateOperators) {
      m.late.inc({ query, operator: s.operatorName }, s.numLateRows)
      m.stateRows.set({ query, operator: s.operatorName }, s.numRowsTotal)
      m.stateBytes.set({ query, operator: s.operatorName }, s.memoryUsedBytes)
    }
    if (p.eventTime.watermark !== undefined) m.watermark.set({ query }, Date.parse(p.eventTime.watermark) / 1000)
  }
}

function define(registry: Registry) {
  const registers = [registry]
  const buckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]
  return {
    active: new Gauge({ registers, name: 'millrace_active_queries', help: 'Queries that run.' }),
    batches: new Counter({ registers, name: 'millrace_batches_total', help: 'Batches committed.', labelNames: ['query'] }),
    batchId: new Gauge({ registers, name: 'millrace_last_batch_id', help: 'Number of the last committed batch.', labelNames: ['query'] }),
    batch: new Histogram({ registers, buckets, name: 'millrace_batch_duration_seconds', help: 'From the trigger to the end of the batch.', labelNames: ['query'] }),
    phase: new Histogram({ registers, buckets, name: 'millrace_batch_phase_duration_seconds', help: 'The phases of a batch, with the names of its progress.', labelNames: ['query', 'phase'] }),
    input: new Counter({ registers, name: 'millrace_input_rows_total', help: 'Rows read.', labelNames: ['query', 'source'] }),
    bad: new Counter({ registers, name: 'millrace_bad_records_total', help: 'Records that could not be decoded.', labelNames: ['query', 'source'] }),
    output: new Counter({ registers, name: 'millrace_output_rows_total', help: 'Rows given to the sink.', labelNames: ['query'] }),
    late: new Counter({ registers, name: 'millrace_late_rows_total', help: 'Rows that came after their group was closed.', labelNames: ['query', 'operator'] }),
    stateRows: new Gauge({ registers, name: 'millrace_state_rows', help: 'Rows in the state.', labelNames: ['query', 'operator'] }),
    stateBytes: new Gauge({ registers, name: 'millrace_state_bytes', help: 'Memory of the state.', labelNames: ['query', 'operator'] }),
    watermark: new Gauge({ registers, name: 'millrace_watermark_timestamp_seconds', help: 'The watermark, seconds since the epoch.', labelNames: ['query'] }),
  }
}
