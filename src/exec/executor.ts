import type { RecordBatch } from '../columnar/record-batch.ts'
import type { ModelArtefact } from '../ml/model.ts'
import type { SnapshotPage } from '../state/state.ts'
import type { LeaseData } from './memory-lease.ts'
import type { BatchContext, PhysicalPlan } from './physical-plan.ts'
import type { SnapshotRequest, StateImage, StatePart } from './state-parts.ts'
import type { Task, TaskResult } from './tasks.ts'

/** What an executor needs to take a query on. Models travel as bytes: each executor loads its own. */
export interface QuerySetup {
  readonly plan: PhysicalPlan
  readonly queryId: string
  readonly lease: LeaseData
  readonly tables: readonly { readonly name: string; readonly batch: RecordBatch }[]
  readonly models: readonly { readonly digest: string; readonly artefact: ModelArtefact }[]
}

/**
 * Who runs tasks: the driver's own thread, or a worker thread. Tasks of one query run one after the other on an
 * executor; different queries take turns. `run` is this run of the query, unique within the process.
 */
export interface Executor {
  readonly id: string
  open(run: string, setup: QuerySetup): Promise<void>
  restore(run: string, image: StateImage): Promise<void>
  /** Loads a further model for the query, beside its others, and lets it score once so that the first batch need not wait. */
  addModel(run: string, digest: string, artefact: ModelArtefact): Promise<void>
  /** Lets go a model that no batch will ask for again. */
  dropModel(run: string, digest: string): Promise<void>
  /** Runs tasks of one batch one after the other; after a failure none of the rest is begun. */
  run(run: string, tasks: readonly Task[], signal: AbortSignal): Promise<readonly TaskResult[]>
  /**
   * Drops the frames that tasks of a failed attempt left for others, and answers when none of them can arrive any more.
   * Called when no task of the attempt runs anywhere.
   */
  discard(run: string, batch: BatchContext): Promise<void>
  accept(run: string): Promise<void>
  /** Freezes parts of the state as the last accepted batch left them; their pages may be taken while later batches run. */
  beginSnapshot(run: string, snapshot: SnapshotRequest): Promise<void>
  /** The next page of a part, null after the last. One turn's work. */
  snapshotPage(run: string, part: StatePart): Promise<SnapshotPage | null>
  /** Lets go what was not read to its end. */
  endSnapshot(run: string): Promise<void>
  stateRows(run: string, aggregation: number, partition: number): Promise<readonly RecordBatch[]>
  close(run: string): Promise<void>
  /** Ends the executor itself. A worker stops between tasks, never in the middle of native code. */
  stop(): Promise<void>
}
