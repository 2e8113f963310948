import type { Schema } from '../columnar/schema.ts'
import type { OutputMode } from '../common/output-mode.ts'
import type { LiveObjects } from '../common/live-objects.ts'
import type { Ports } from '../common/ports.ts'
import type { ProtocolRules } from '../common/protocol-rules.ts'
import type { ProviderSpec } from '../common/provider-spec.ts'
import type { StoreProvider } from '../checkpoint/key-value-store.ts'
import type { ExecutorPool } from '../exec/executor-pool.ts'
import type { SinkName } from '../exec/physical-plan.ts'
import type { ModelArtefact } from '../ml/model.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import type { WatermarkPolicy } from '../watermark/watermark-tracker.ts'
import type { WatchedModel } from './model-swaps.ts'
import type { WatchedWeights } from './route-swaps.ts'
import type { Trigger } from './trigger.ts'

/** A streaming query, checked and named, before it starts. */
export interface QueryDefinition {
  readonly name: string | null
  readonly plan: LogicalPlan
  readonly outputMode: OutputMode
  readonly trigger: Trigger
  readonly checkpointLocation: string
  /** The ordered sink set; schema null: that of the plan's output (or late input). */
  readonly sinks: readonly { readonly name: SinkName; readonly provider: ProviderSpec; readonly schema: Schema | null }[]
  readonly models: ReadonlyMap<string, ModelArtefact>
  /** Models that may be swapped while the query runs, by reference. */
  readonly watched: ReadonlyMap<string, WatchedModel>
  /** Weights that may be changed while the query runs, by the name of the model. */
  readonly watchedWeights?: ReadonlyMap<string, WatchedWeights>
  readonly settings: QuerySettings
}

export interface QuerySettings {
  readonly noDataBatches: boolean
  /** An input without rows for this long does not hold the watermark back; null: it always does. */
  readonly idleTimeoutMs: number | null
  readonly watermarkPolicy: WatermarkPolicy
  readonly minBatchesToRetain: number
  /** A snapshot of the state is written every so many batches. */
  readonly snapshotInterval: number
  /** State partitions of a new checkpoint. */
  readonly partitions: number
  readonly timeZone: string
  readonly spoolOutput: boolean
  /** `spark`: what differs from Spark on purpose behaves as there. */
  readonly compat: 'none' | 'spark'
}

/** What a query runs in. */
export interface QueryEnvironment {
  readonly ports: Ports
  readonly store: StoreProvider
  readonly pool: ExecutorPool
  readonly live: LiveObjects
  /** What the state of all queries may take. */
  readonly memoryBudgetBytes: number
  /** What is aimed at for a page of a snapshot. @default 1 MiB */
  readonly snapshotPageBytes?: number
  readonly rules: ProtocolRules
}
