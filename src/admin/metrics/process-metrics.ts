import type { ProcessView } from '../../common/process-view.ts'
import { BoundedMetrics } from './bounded-metrics.ts'
import { processMetrics } from './metric-table.ts'
import type { MetricsRegistry } from './metrics-registry.ts'

/**
 * The process, under names of our own: of prom-client's default metrics some are gauges that end in `_total`, which
 * `promtool check metrics` objects to.
 */
export class ProcessMetrics {
  readonly #view: ProcessView
  readonly #metrics: BoundedMetrics<keyof typeof processMetrics>
  #cpuSeconds = 0

  constructor(view: ProcessView, registry: MetricsRegistry) {
    this.#view = view
    this.#metrics = new BoundedMetrics(processMetrics, registry, 1, () => {})
  }

  /** Reads them, before a scrape. */
  update(): void {
    const m = this.#metrics
    const now = this.#view.read()
    m.set('millrace_process_resident_memory_bytes', {}, now.residentBytes)
    m.set('millrace_process_heap_used_bytes', {}, now.heapUsedBytes)
    m.set('millrace_process_heap_limit_bytes', {}, now.heapLimitBytes)
    m.set('millrace_process_event_loop_lag_seconds', {}, now.eventLoopLagMs / 1000)
    m.add('millrace_process_cpu_seconds_total', {}, Math.max(0, now.cpuSeconds - this.#cpuSeconds))
    this.#cpuSeconds = now.cpuSeconds
    if (now.openDescriptors !== null) m.set('millrace_process_open_descriptors', {}, now.openDescriptors)
  }

  close(): void {
    this.#view.close()
    this.#metrics.close()
  }
}
