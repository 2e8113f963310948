import type { RecordBatch } from '../columnar/record-batch.ts'
import type { SinkPart } from '../sinks/sink.ts'
import type { InputPartition } from '../sources/source.ts'
import type { StateDelta } from '../state/state.ts'
import type { ModelMetrics } from './model-tally.ts'
import type { TimeStatistics } from './operator.ts'
import type { BatchContext, SinkName } from './physical-plan.ts'

/** Stage one: one input partition through a scan's operators. */
export interface ScanTask {
  readonly kind: 'scan'
  readonly batch: BatchContext
  /** Index of the scan stage. */
  readonly scan: number
  /** Position of the partition among all of the batch: decides the order of merging and of output. */
  readonly position: number
  readonly partition: InputPartition
  /** Rows that live in the driver, for memory sources. */
  readonly data: readonly RecordBatch[]
}

/** A frame of partial results, on the executor that made it. */
export interface FrameRef {
  /** Id of the executor that holds it. */
  readonly executor: string
  /** Of the task that made it, among those of its stage. */
  readonly position: number
  /** What it counts as on its way. */
  readonly bytes: number
}

/** One state partition of one aggregation: where the frames of all tasks of the stage before are, in the order of those tasks. */
export interface AggregateTask {
  readonly kind: 'aggregate'
  readonly batch: BatchContext
  readonly aggregation: number
  readonly partition: number
  readonly frames: readonly FrameRef[]
}

export type Task = ScanTask | AggregateTask

export interface TaskMetrics {
  /** `scan 0`, `aggregation 1`: the stage of the physical plan. */
  readonly stage: string
  readonly executor: string
  readonly timeMs: number
  /** Rows read from the source, before any filter (scan), or groups taken in (aggregate). */
  readonly inputRows: number
  readonly badRecords: number
  /** Rows and groups that were late, per aggregation name. */
  readonly late: readonly { readonly operator: string; readonly rows: number; readonly groups: number }[]
  /** Rows that left each operator of the stage, by its position. */
  readonly rowsOut: readonly number[]
  /** Models that scored. */
  readonly models: readonly ModelMetrics[]
  /** Milliseconds in each operator, then in what takes the rows of the last one (partial aggregation or sink). The rest of `timeMs` is reading or merging. */
  readonly operatorMs: readonly number[]
}

/** What a task says when it has ended. Its frames stay on its executor until those that merge them fetch them. */
export interface TaskResult {
  /** Bytes of the frame for each state partition of the next aggregation (null: none); empty for the last stage. */
  readonly frames: readonly (number | null)[]
  readonly parts: readonly { readonly sink: SinkName; readonly part: SinkPart }[]
  readonly times: readonly TimeStatistics[]
  /** What changed in the state (aggregate tasks). */
  readonly state: StateChange | null
  readonly metrics: TaskMetrics
}

/** What a task gave, where it ran: with the frames themselves. */
export interface TaskOutput extends Omit<TaskResult, 'frames'> {
  readonly frames: readonly (RecordBatch | null)[]
}

export interface StateChange extends StateDelta {
  readonly aggregation: number
  readonly partition: number
  readonly numRows: number
  readonly memoryBytes: number
}
