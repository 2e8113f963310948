import type { PreparedEntry } from '../checkpoint/checkpoint.ts'
import type { TaskMetrics } from '../exec/tasks.ts'
import { buildProgress, type Stopwatch } from './build-progress.ts'
import type { StreamingQueryProgress } from './progress.ts'
import type { QueryRun } from './query-run.ts'
import type { BatchResult } from './run-batch.ts'

/** What a partition of an aggregation's state takes. */
export interface StateSize {
  readonly aggregation: number
  readonly partition: number
  readonly numRows: number
  readonly memoryBytes: number
}

/** A batch with its tasks. */
export interface ShownBatch {
  readonly batchId: number
  readonly durationMs: number
  readonly tasks: readonly TaskMetrics[]
}

/** Tells the outside of each batch that was committed. */
export class BatchReporter {
  readonly #run: QueryRun
  readonly #tell: (progress: StreamingQueryProgress) => void
  #lastTriggerMs: number | null = null
  #lastTasks: readonly TaskMetrics[] = []
  #lastStates: readonly StateSize[] = []
  #shownBatch: ShownBatch | null = null

  constructor(run: QueryRun, tell: (progress: StreamingQueryProgress) => void) {
    this.#run = run
    this.#tell = tell
  }

  /** A batch ran, or was finished, since the start. */
  get hasReported(): boolean {
    return this.#lastTriggerMs !== null
  }

  /** Tasks of the last batch, for explain(). */
  get lastTasks(): readonly TaskMetrics[] {
    return this.#lastTasks
  }

  /** What the state took after the last batch that ran since the start, by operator and partition. */
  get lastStates(): readonly StateSize[] {
    return this.#lastStates
  }

  /** The last batch that read something; one that ran for its watermark alone says little about a plan. */
  get shownBatch(): ShownBatch | null {
    return this.#shownBatch
  }

  report(entry: PreparedEntry, result: BatchResult, isReplay: boolean, watch: Stopwatch): void {
    const { open, definition, runId } = this.#run
    const progress = buildProgress({
      open,
      name: definition.name,
      runId,
      entry,
      result,
      isReplay,
      watch,
      sinceLastTriggerMs: this.#lastTriggerMs === null ? null : watch.startedWall - this.#lastTriggerMs,
    })
    this.#lastTriggerMs = watch.startedWall
    this.#lastTasks = result.tasks
    if (result.tasks.some(t => t.inputRows > 0 && t.stage.startsWith('scan')) || this.#shownBatch === null) this.#shownBatch = { batchId: progress.batchId, durationMs: progress.batchDuration, tasks: result.tasks }
    // The sizes alone: a change holds its segment. A batch that was finished from its record knows no states.
    if (result.tasks.length > 0) this.#lastStates = result.states.map(({ aggregation, partition, numRows, memoryBytes }) => ({ aggregation, partition, numRows, memoryBytes }))
    this.#tell(progress)
  }
}
