import type { RecordBatch } from '../columnar/record-batch.ts'
import type { ModelArtefact } from '../ml/model.ts'
import type { QueryDefinition, QueryEnvironment } from '../microbatch/query-definition.ts'
import { runBounded } from '../microbatch/bounded-query.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { namePlan } from '../plan/name-plan.ts'
import { pruneColumns } from '../plan/prune-columns.ts'
import { LiveTable } from '../sinks/live/live-table.ts'
import type { LiveReference } from './connector.ts'
import type { LiveTables } from './live-state.ts'
import type { NamedModel } from './model-functions.ts'
import type { QueryManager } from './query-manager.ts'
import { MicroBatchQuery, type StreamingQuery } from './streaming-query.ts'

/** What frames and writers need of their session. */
export interface SessionCore {
  readonly timeZone: string
  readonly statePartitions: number
  readonly environment: QueryEnvironment
  readonly queries: QueryManager
  readonly liveTables: LiveTables
  /** Models that expressions call by name. */
  readonly modelFunctions: Map<string, NamedModel>
  register(live: LiveReference | undefined): void
  runBounded(plan: LogicalPlan, models: ReadonlyMap<string, ModelArtefact>): Promise<RecordBatch>
  start(definition: QueryDefinition): Promise<StreamingQuery>
}

export function makeSessionCore(base: Omit<SessionCore, 'register' | 'runBounded' | 'start' | 'modelFunctions'> & { readonly live: Map<string, unknown> }): SessionCore {
  const { environment, queries, liveTables, timeZone, statePartitions } = base
  return {
    liveTables,
    modelFunctions: new Map(),
    timeZone,
    statePartitions,
    environment,
    queries,
    register(live) {
      if (live === undefined) return
      base.live.set(live.id, live.object)
      if (live.object instanceof LiveTable) liveTables.add(live.object)
    },
    async runBounded(plan, models) {
      queries.requireOpen()
      const { ports, pool, live } = environment
      return runBounded(pruneColumns(namePlan(plan)), models, { ports, pool, live, timeZone, partitions: statePartitions })
    },
    async start(definition) {
      const query = new MicroBatchQuery(definition, environment)
      return queries.start(query)
    },
  }
}
