import type { LeaseData } from '../exec/memory-lease.ts'
import type { ModelSwaps } from './model-swaps.ts'
import type { OpenQuery } from './open-query.ts'
import type { QueryDefinition, QueryEnvironment } from './query-definition.ts'
import type { QueryPosition } from './query-position.ts'
import type { RouteSwaps } from './route-swaps.ts'

/** One run of a query, from its opening to its end: what the steps of the loop share. */
export interface QueryRun {
  /** Of this run, unique within the process. */
  readonly runId: string
  readonly definition: QueryDefinition
  readonly environment: QueryEnvironment
  readonly open: OpenQuery
  /** What it holds in memory on the executors. */
  readonly lease: LeaseData
  readonly position: QueryPosition
  /** Which model stands in which place. */
  readonly models: ModelSwaps
  /** How rows are shared out among them. */
  readonly routes: RouteSwaps
  /** Aborts when the query is asked to stop. */
  readonly stopping: AbortSignal
}

/** Where Millrace differs from Spark on purpose, this query behaves as there. */
export function isLikeSpark(definition: QueryDefinition): boolean {
  return definition.settings.compat === 'spark'
}
