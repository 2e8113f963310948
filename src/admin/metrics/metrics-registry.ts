import type { Metric } from 'prom-client'

/** A registry of prom-client, of whatever copy of it: what is asked of one. */
export interface MetricsRegistry {
  /** Of the text that `metrics()` makes. */
  readonly contentType: string
  /** In Prometheus' text format. */
  metrics(): Promise<string>
  registerMetric(metric: Metric): void
  getSingleMetric(name: string): unknown
  removeSingleMetric(name: string): void
}

const methods = ['metrics', 'registerMetric', 'getSingleMetric', 'removeSingleMetric'] as const

export function isMetricsRegistry(value: unknown): value is MetricsRegistry {
  return typeof value === 'object' && value !== null && 'contentType' in value && methods.every(m => m in value && typeof (value as { readonly [method: string]: unknown })[m] === 'function')
}
