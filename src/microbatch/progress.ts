import type { SourceNotice, SourceOffset } from '../sources/source.ts'

/** What one batch did, with Spark's field names and units (semantics.md §1.13). Plain JSON. */
export interface StreamingQueryProgress {
  readonly id: string
  readonly runId: string
  readonly name: string | null
  /** ISO-8601 UTC: when the trigger fired. */
  readonly timestamp: string
  readonly batchId: number
  /** Milliseconds. */
  readonly batchDuration: number
  readonly numInputRows: number
  readonly inputRowsPerSecond: number
  readonly processedRowsPerSecond: number
  /** Milliseconds per phase; 0 for those of Spark's that a batch does not have here, such as `queryPlanning`. */
  readonly durationMs: { readonly [phase: string]: number }
  /** ISO-8601; `watermark` is the one that the batch used. Absent keys: no rows, no watermark. */
  readonly eventTime: { readonly min?: string; readonly max?: string; readonly avg?: string; readonly watermark?: string }
  readonly stateOperators: readonly StateOperatorProgress[]
  readonly sources: readonly SourceProgress[]
  /** Of the sink that has the query's output. */
  readonly sink: { readonly description: string; readonly numOutputRows: number; readonly metrics: Metrics }
  /** Always empty: there is no observe() here. */
  readonly observedMetrics: Metrics
  /** The same work by executor: rows taken in and milliseconds, for seeing that all of them work. */
  readonly executors: readonly { readonly id: string; readonly numTasks: number; readonly numInputRows: number; readonly timeMs: number }[]
  /** Models that scored the batch, by digest. */
  readonly models: readonly string[]
  /** What each of them did. */
  readonly modelMetrics: readonly ModelProgress[]
  readonly isReplay: boolean
}

/** Figures by name that only some operators and connectors have. */
export type Metrics = { readonly [name: string]: number | string }

export interface StateOperatorProgress {
  readonly operatorName: string
  readonly numRowsTotal: number
  readonly numRowsUpdated: number
  readonly numRowsRemoved: number
  /** Groups that were late, counted per input partition, as Spark does. */
  readonly numRowsDroppedByWatermark: number
  /** Input rows that were late. */
  readonly numLateRows: number
  readonly memoryUsedBytes: number
  /** Milliseconds of the operator's tasks, added up over partitions; what left the state is in it. */
  readonly allUpdatesTimeMs: number
  /** 0: groups leave in the same pass that updates them. */
  readonly allRemovalsTimeMs: number
  /** 0: state is committed with its batch, in `durationMs.walCommit`. */
  readonly commitTimeMs: number
  readonly numShufflePartitions: number
  readonly numStateStoreInstances: number
  readonly customMetrics: Metrics
}

export interface SourceProgress {
  readonly name: string
  readonly description: string
  readonly startOffset: SourceOffset | null
  readonly endOffset: SourceOffset | null
  readonly latestOffset: SourceOffset | null
  readonly numInputRows: number
  readonly inputRowsPerSecond: number
  readonly processedRowsPerSecond: number
  /** Records of this source that could not be decoded and were left out. */
  readonly numBadRecords: number
  readonly metrics: Metrics
  /** What the source had to say since the last batch: files left out for their age, lost connections … */
  readonly notices: readonly SourceNotice[]
}

/** What a model did in a batch, over all executors. */
export interface ModelProgress {
  readonly digest: string
  /** Of a model of a registry; null for one from a file. */
  readonly version: string | null
  readonly numRows: number
  /** Calls, and how long they took, in milliseconds, added up. */
  readonly numCalls: number
  readonly timeMs: number
  /** Calls that failed, and rows for which the fallback answered. */
  readonly numErrors: number
  readonly numFallbackRows: number
  /** Rows with inputs that the model was not trained for, or that it refused; counted unless onInvalid is "keep". */
  readonly numInvalidRows: number
  /** What its library holds outside of JavaScript's heap, over all threads; null for models in JavaScript. */
  readonly numTensors: number | null
  readonly memoryUsedBytes: number | null
}

/** What a source had to say, and its name. */
export interface NamedNotice extends SourceNotice {
  readonly source: string
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}

export function perSecond(rows: number, ms: number): number {
  return ms <= 0 ? 0 : (rows * 1000) / ms
}
