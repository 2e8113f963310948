// The Grafana dashboard: panels of a title, a unit of Grafana's and queries with their legends.

const of = 'query=~"$query"'
const perSecond = (metric, by) => `sum by (${by}) (rate(${metric}{${of}}[$__rate_interval]))`
const quantile = (q, metric, by) => `histogram_quantile(${q}, sum by (${by}, le) (rate(${metric}_bucket{${of}}[$__rate_interval])))`

const panels = [
  ['Queries that run', 'short', [['sum by (query) (millrace_query_active{query=~"$query"})', '{{query}}']]],
  ['Rows read', 'rowsps', [[perSecond('millrace_input_rows_total', 'query, source'), '{{query}} {{source}}']]],
  ['Rows written', 'rowsps', [[perSecond('millrace_output_rows_total', 'query'), '{{query}}']]],
  ['Lag', 'short', [[`sum by (query, source) (millrace_source_lag{${of}})`, '{{query}} {{source}}']]],
  ['Batch duration', 's', [[quantile(0.5, 'millrace_batch_duration_seconds', 'query'), '{{query}} median'], [quantile(0.99, 'millrace_batch_duration_seconds', 'query'), '{{query}} 99 %']]],
  ['Time of a batch by phase', 's', [[`sum by (phase) (rate(millrace_batch_phase_duration_seconds_sum{${of}}[$__rate_interval])) / scalar(sum(rate(millrace_batches_total{${of}}[$__rate_interval])))`, '{{phase}}']]],
  ['End-to-end latency', 's', [[quantile(0.5, 'millrace_end_to_end_latency_seconds', 'query'), '{{query}} median'], [quantile(0.99, 'millrace_end_to_end_latency_seconds', 'query'), '{{query}} 99 %']]],
  ['Watermark behind the clock', 's', [[`time() - millrace_watermark_timestamp_seconds{${of}}`, '{{query}}']]],
  ['State, rows', 'short', [[`millrace_state_rows{${of}}`, '{{query}} {{operator}}']]],
  ['State, memory', 'bytes', [[`millrace_state_bytes{${of}}`, '{{query}} {{operator}}']]],
  ['Late rows', 'rowsps', [[perSecond('millrace_late_rows_total', 'query, operator'), '{{query}} {{operator}}']]],
  ['Bad records', 'rowsps', [[perSecond('millrace_bad_records_total', 'query, source'), '{{query}} {{source}}']]],
  ['Rows scored by model', 'rowsps', [[perSecond('millrace_model_rows_total', 'query, model'), '{{query}} {{model}}']]],
  ['Failures', 'short', [[`sum by (query) (increase(millrace_query_failures_total{${of}}[$__rate_interval]))`, '{{query}}']]],
  ['Memory', 'bytes', [['millrace_process_resident_memory_bytes', 'resident {{instance}}'], ['millrace_process_heap_used_bytes', 'heap {{instance}}'], ['millrace_process_heap_limit_bytes', 'heap limit {{instance}}']]],
  ['Event loop lag', 's', [['millrace_process_event_loop_lag_seconds', '{{instance}}']]],
  ['Processor time', 'percentunit', [['rate(millrace_process_cpu_seconds_total[$__rate_interval])', '{{instance}}']]],
  ['Open descriptors', 'short', [['millrace_process_open_descriptors', '{{instance}}']]],
]

const datasource = { type: 'prometheus', uid: '${datasource}' }

export function grafanaDashboard() {
  return {
    title: 'Millrace',
    uid: 'millrace',
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source' },
        { name: 'query', type: 'query', label: 'Query', datasource, query: { query: 'label_values(millrace_batches_total, query)', refId: 'query' }, multi: true, includeAll: true, allValue: '.*', refresh: 2 },
      ],
    },
    panels: panels.map(([title, unit, queries], i) => ({
      id: i + 1,
      type: 'timeseries',
      title,
      datasource,
      gridPos: { x: (i % 2) * 12, y: Math.floor(i / 2) * 8, w: 12, h: 8 },
      fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
      options: { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
      targets: queries.map(([expr, legendFormat], n) => ({ refId: String.fromCharCode(65 + n), datasource, expr, legendFormat })),
    })),
  }
}
