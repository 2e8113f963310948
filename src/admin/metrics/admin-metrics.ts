import { Registry } from 'prom-client'
import { NodeProcessView } from '../../common/node/node-process-view.ts'
import type { Session } from '../../session/session.ts'
import type { MetricsRegistry } from './metrics-registry.ts'
import { ProcessMetrics } from './process-metrics.ts'
import { QueryMetrics } from './query-metrics.ts'

const maxSeries = 1000

/** What `/metrics` answers: the queries of a session and the process, and what else a given registry has. */
export class AdminMetrics {
  readonly #registry: MetricsRegistry
  readonly #queries: QueryMetrics
  readonly #process: ProcessMetrics

  /** @throws AnalysisError PLAN_INVALID_OPTION when the registry has such metrics already */
  constructor(session: Session, registry: MetricsRegistry = new Registry()) {
    this.#registry = registry
    this.#queries = new QueryMetrics(session, registry, maxSeries)
    this.#process = new ProcessMetrics(new NodeProcessView(), registry)
  }

  get contentType(): string {
    return this.#registry.contentType
  }

  /** In Prometheus' text format. */
  text(): Promise<string> {
    this.#queries.update()
    this.#process.update()
    return this.#registry.metrics()
  }

  close(): void {
    this.#queries.close()
    this.#process.close()
  }
}
