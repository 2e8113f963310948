import type { RecordBatch } from '../columnar/record-batch.ts'
import type { Clock } from '../common/clock.ts'
import type { BadRecord } from '../formats/format.ts'
import type { EvalContext } from '../expr/function-table.ts'
import type { ModelTally } from './model-tally.ts'
import type { RouteShares } from './physical-plan.ts'

/** What an event-time operator saw in one task; milliseconds, rounded down. */
export interface TimeStatistics {
  readonly node: string
  count: number
  min: number
  max: number
  /** Running mean: the sum of many times would lose milliseconds. */
  avg: number
}

/** What one task carries through its operators. */
export interface TaskState {
  /** Replaced before each operator: its firstRow counts the rows that reached that operator. */
  context: EvalContext
  /** Rows that reached each operator, by its position. */
  readonly rowsIn: number[]
  /** Digest of the model in each slot, from the batch record. */
  readonly models: readonly string[]
  /** What each of them is called in its registry; null for one from a file. */
  readonly modelVersions: readonly (string | null)[]
  /** Shares of each score() with a route, from the batch record. */
  readonly routes: readonly RouteShares[]
  /** Writes rows to the query's sink for disagreements. */
  readonly disagree: (rows: RecordBatch) => Promise<void>
  readonly tally: ModelTally
  /** For durations. */
  readonly clock: Pick<Clock, 'monotonic'>
  /** Takes a row that does not come out of the query; to be followed by drain() now and then. */
  readonly deadLetter: (record: BadRecord) => void
  readonly drain: () => Promise<void>
  /** Lets timers, sockets and other queries have their turn; throws when the query was stopped. */
  readonly turn: () => Promise<void>
  /** One entry per observe operator that saw a row. */
  readonly times: Map<string, TimeStatistics>
  /** Rows that left each operator, by its position, for explain(). */
  readonly rowsOut: number[]
  /** Milliseconds in each operator, by its position, then in what takes the rows of the last one: partial aggregation or sink. */
  readonly operatorMs: number[]
}

/** A streaming operator without state of its own: batch in, batch out; null when no row is left. */
export interface Operator {
  readonly label: string
  process(batch: RecordBatch, task: TaskState): RecordBatch | null | Promise<RecordBatch | null>
}
