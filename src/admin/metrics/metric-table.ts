/**
 * Every metric of the admin server: docs/metrics.md, the Grafana dashboard and the alert rules are held to this table.
 * Names follow Prometheus' conventions (base units, counters end in `_total`); labels are bounded by what the program
 * consists of, never by its data.
 */
export type MetricLabel = 'query' | 'source' | 'operator' | 'sink' | 'partition' | 'model' | 'phase' | 'metric'

export interface MetricSpec {
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** One sentence: the help line of a scrape, and the documentation. */
  readonly help: string
  readonly labels: readonly MetricLabel[]
  /** Upper bounds of a histogram, in its unit. */
  readonly buckets?: readonly number[]
}

const batchSeconds = Object.freeze([0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300])
/** Fewer, as there is one such histogram for each phase of each query. */
const phaseSeconds = Object.freeze([0.005, 0.025, 0.1, 0.5, 1, 5, 30, 120])
/** Rows of a live stream are seconds old, those of files that are read again days. */
const latencySeconds = Object.freeze([0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 21_600, 86_400])

const counter = (help: string, ...labels: MetricLabel[]) => ({ type: 'counter', help, labels }) as const
const gauge = (help: string, ...labels: MetricLabel[]) => ({ type: 'gauge', help, labels }) as const
const histogram = (buckets: readonly number[], help: string, ...labels: MetricLabel[]) => ({ type: 'histogram', help, labels, buckets }) as const

/** Metrics of queries, made from the progress of each batch. */
export const queryMetrics = Object.freeze({
  millrace_active_queries: gauge('Queries that run.'),
  millrace_query_active: gauge('1 while a query runs, 0 once it has ended.', 'query'),
  millrace_query_failures_total: counter('Runs of a query that ended with an error.', 'query'),
  millrace_checkpoint_failures_total: counter('Runs of a query that ended because its checkpoint or state could not be read or written.', 'query'),
  millrace_model_failures_total: counter('Runs of a query that ended with an error of a model.', 'query'),
  millrace_batches_total: counter('Batches committed.', 'query'),
  millrace_last_batch_id: gauge('Number of the last committed batch.', 'query'),
  millrace_last_batch_timestamp_seconds: gauge('When the last batch was committed, seconds since the epoch.', 'query'),
  millrace_trigger_interval_seconds: gauge('Interval of a processingTime trigger; absent for other triggers.', 'query'),
  millrace_batch_duration_seconds: histogram(batchSeconds, 'From the trigger to the end of the batch.', 'query'),
  millrace_batch_phase_duration_seconds: histogram(phaseSeconds, 'The phases of a batch, with the names that its progress has, without those of Spark that no batch has here.', 'query', 'phase'),
  millrace_end_to_end_latency_seconds: histogram(latencySeconds, 'From the event time of the rows of a batch (their mean) to its commit; queries with a watermark.', 'query'),
  millrace_input_rows_total: counter('Rows read.', 'query', 'source'),
  millrace_bad_records_total: counter('Records that could not be decoded and were left out.', 'query', 'source'),
  millrace_source_lag: gauge('How far a partition of a source is beyond what was read, in what its offsets count (records of Kafka, files …).', 'query', 'source', 'partition'),
  millrace_output_rows_total: counter('Rows given to the sink.', 'query', 'sink'),
  millrace_late_rows_total: counter('Rows that came after their group was closed.', 'query', 'operator'),
  millrace_state_rows: gauge('Rows in the state.', 'query', 'operator'),
  millrace_state_bytes: gauge('Memory of the state.', 'query', 'operator'),
  millrace_watermark_timestamp_seconds: gauge('The watermark of the last batch, seconds since the epoch.', 'query'),
  millrace_model_rows_total: counter('Rows that a model scored, by its digest.', 'query', 'model'),
  millrace_metric_overflows_total: counter('Values that went to the series "overflow", because their metric has as many series as it may.', 'metric'),
} satisfies { readonly [name: string]: MetricSpec })

/** Metrics of the process, read when they are asked for. */
export const processMetrics = Object.freeze({
  millrace_process_resident_memory_bytes: gauge('Memory of the process that is in RAM.'),
  millrace_process_heap_used_bytes: gauge('JavaScript objects of the driver\'s thread.'),
  millrace_process_heap_limit_bytes: gauge('What the JavaScript heap of the driver\'s thread may grow to.'),
  millrace_process_cpu_seconds_total: counter('Processor time of all threads, user and system.'),
  millrace_process_event_loop_lag_seconds: gauge('How much later than due the event loop came to its timers since the last scrape, 99th percentile.'),
  millrace_process_open_descriptors: gauge('Open file descriptors; absent where the system does not tell.'),
} satisfies { readonly [name: string]: MetricSpec })

export const metricTable: { readonly [name: string]: MetricSpec } = Object.freeze({ ...queryMetrics, ...processMetrics })
