import { Counter, Gauge, Histogram } from 'prom-client'
import { makeError } from '../../common/errors.ts'
import type { MetricSpec } from './metric-table.ts'
import type { MetricsRegistry } from './metrics-registry.ts'

export type Labels = { readonly [label: string]: string }
type Instrument = Counter | Gauge | Histogram

interface Bounded {
  readonly spec: MetricSpec
  readonly instrument: Instrument
  readonly series: Set<string>
  hasOverflowed: boolean
}

const overflow = 'overflow'

/**
 * The metrics of a table in a registry. A metric has at most `maxSeries` series; what would be one more is added to a single
 * series whose labels are all `overflow`, and said once: a scrape stays small whatever the program is made of.
 */
export class BoundedMetrics<Names extends string> {
  readonly #registry: MetricsRegistry
  readonly #maxSeries: number
  readonly #onOverflow: (metric: string, isFirst: boolean) => void
  readonly #metrics = new Map<string, Bounded>()

  /** @throws AnalysisError PLAN_INVALID_OPTION when the registry has a metric of such a name */
  constructor(table: { readonly [N in Names]: MetricSpec }, registry: MetricsRegistry, maxSeries: number, onOverflow: (metric: string, isFirst: boolean) => void) {
    this.#registry = registry
    this.#maxSeries = maxSeries
    this.#onOverflow = onOverflow
    const specs = Object.entries<MetricSpec>(table)
    for (const [name] of specs) {
      if (registry.getSingleMetric(name) !== undefined) {
        throw makeError('PLAN_INVALID_OPTION', `serveAdmin(): the given registry already has a metric "${name}". Give each admin server a registry of its own.`, { context: { option: 'registry', value: name } })
      }
    }
    for (const [name, spec] of specs) {
      const instrument = make(name, spec)
      registry.registerMetric(instrument)
      this.#metrics.set(name, { spec, instrument, series: new Set(), hasOverflowed: false })
    }
  }

  /** Adds to a counter; 0 makes its series be there. */
  add(name: Names, labels: Labels, amount: number): void {
    const { instrument } = this.#of(name)
    // Something that is not known is told as a negative number or none.
    if (instrument instanceof Counter && amount >= 0) instrument.inc(this.#bounded(name, labels), amount)
  }

  set(name: Names, labels: Labels, value: number): void {
    const { instrument } = this.#of(name)
    if (instrument instanceof Gauge && Number.isFinite(value)) instrument.set(this.#bounded(name, labels), value)
  }

  observe(name: Names, labels: Labels, value: number): void {
    const { instrument } = this.#of(name)
    if (instrument instanceof Histogram && Number.isFinite(value)) instrument.observe(this.#bounded(name, labels), Math.max(0, value))
  }

  /** Takes away the series of a gauge that have these labels: what is gone has no value. */
  forget(name: Names, labels: Labels): void {
    const metric = this.#of(name)
    for (const text of metric.series) {
      const values: readonly string[] = JSON.parse(text)
      if (!metric.spec.labels.every((label, i) => labels[label] === undefined || labels[label] === values[i])) continue
      metric.series.delete(text)
      metric.instrument.remove(Object.fromEntries(metric.spec.labels.map((label, i) => [label, values[i]])))
    }
  }

  close(): void {
    for (const name of this.#metrics.keys()) this.#registry.removeSingleMetric(name)
  }

  #of(name: string): Bounded {
    const metric = this.#metrics.get(name)
    if (metric === undefined) throw makeError('INTERNAL_ASSERTION', `There is no metric "${name}".`, { context: { name } })
    return metric
  }

  #bounded(name: string, labels: Labels): Labels {
    const metric = this.#of(name)
    const text = JSON.stringify(metric.spec.labels.map(label => labels[label] ?? ''))
    if (metric.series.has(text)) return labels
    if (metric.series.size < this.#maxSeries) {
      metric.series.add(text)
      return labels
    }
    const isFirst = !metric.hasOverflowed
    metric.hasOverflowed = true
    this.#onOverflow(name, isFirst)
    return Object.fromEntries(metric.spec.labels.map(label => [label, overflow]))
  }
}

/** In no registry yet: `registers` is empty, or it would go to prom-client's global one. */
function make(name: string, { type, help, labels: labelNames, buckets }: MetricSpec): Instrument {
  const options = { name, help, labelNames, registers: [] }
  if (type === 'counter') return new Counter(options)
  return type === 'gauge' ? new Gauge(options) : new Histogram({ ...options, buckets: [...(buckets ?? [])] })
}
