import type { PreparedEntry } from '../checkpoint/checkpoint.ts'
import type { TaskMetrics } from '../exec/tasks.ts'
import { buildProgress, type Stopwatch } from './build-progress.ts'
import type { StreamingQueryProgress } from './progress.ts'
import type { QueryRun } from './query-run.ts'
import type { BatchResult } from './run-batch.ts'

/** Tells the outside of each batch that was committed. */
export class BatchReporter {
  readonly #run: QueryRun
  readonly #tell: (progress: StreamingQueryProgress) => void
  #lastTriggerMs: number | null = null
  #lastTasks: readonly TaskMetrics[] = []

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
    this.#tell(progress)
  }
}
