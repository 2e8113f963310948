import type { Prepared } from '../checkpoint/records.ts'
import type { TimeStatistics } from '../exec/operator.ts'
import type { BatchResult } from './run-batch.ts'

/** What of a batch's result its record keeps beside what commit needs: enough to report it after a crash. */
export interface BatchMetrics {
  /** Rows read, by source. */
  readonly inputRows: { readonly [source: string]: number }
  readonly times: readonly TimeStatistics[]
  readonly tasks: number
}

/** The result of a batch that was finished from its record, without running it again. */
export function adoptedResult(prepared: Prepared): BatchResult {
  const { inputRows, times } = prepared.metrics as unknown as BatchMetrics
  return { parts: new Map(), states: [], times, tasks: [], inputRows: new Map(Object.entries(inputRows)) }
}
