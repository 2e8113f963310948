import type { Schema } from '../columnar/schema.ts'
import type { OutputMode } from '../common/output-mode.ts'
import type { ProviderSpec } from '../common/provider-spec.ts'
import type { AggregateExpr, Expr, LiteralExpr } from '../expr/expr.ts'
import type { OnBadRecord } from '../formats/format.ts'
import type { TableSchema } from '../state/state.ts'

/**
 * How a query runs, as plain data: made once when it starts, sent to every executor, bound to a batch by a
 * {@link BatchContext}. Stage one runs a scan's operators per input partition; each aggregation is one more stage, run
 * per state partition; rows leave the last stage into the sinks.
 */
export interface PhysicalPlan {
  readonly scans: readonly ScanStage[]
  readonly aggregations: readonly AggregationStage[]
  readonly sinks: readonly SinkStage[]
  /** Number of state partitions; fixed by the checkpoint. */
  readonly partitions: number
  readonly outputMode: OutputMode
  /** IANA zone of the session. */
  readonly timeZone: string
}

export interface ScanStage {
  /** The source's name on disk. */
  readonly source: string
  readonly provider: ProviderSpec
  /** All columns of the source. */
  readonly declared: Schema
  /** Columns that are read: only those that the query needs. */
  readonly schema: Schema
  readonly onBadRecord: OnBadRecord
  readonly operators: readonly OperatorSpec[]
}

export interface AggregationStage {
  /** The operator's name on disk. */
  readonly name: string
  readonly input: Schema
  readonly keys: readonly { readonly name: string; readonly expr: Expr }[]
  readonly aggregates: readonly { readonly name: string; readonly expr: AggregateExpr }[]
  readonly time: AggregationTime
  /**
   * Where given, the window that is the key of `time` slides, and state is kept per pane of this many microseconds: a row
   * changes one pane, and a window is put together from its panes when it is emitted (operators/panes.ts).
   */
  readonly paneMicros: number | null
  /** How its state lies on disk. */
  readonly table: TableSchema
  readonly output: Schema
  /** What happens to the rows it emits, up to the next aggregation or the sink. */
  readonly operators: readonly OperatorSpec[]
}

/** By which key groups end. Without a watermark nothing is late and nothing is evicted. */
export type AggregationTime =
  | { readonly kind: 'window'; readonly key: number; readonly watermarked: boolean }
  | { readonly kind: 'time'; readonly key: number; readonly watermarked: boolean }
  | { readonly kind: 'none' }

export type OperatorSpec =
  | { readonly kind: 'project'; readonly input: Schema; readonly columns: readonly { readonly name: string; readonly expr: Expr }[]; readonly output: Schema }
  | { readonly kind: 'filter'; readonly input: Schema; readonly condition: Expr }
  | { readonly kind: 'generate'; readonly input: Schema; readonly generator: string; readonly args: readonly Expr[]; readonly output: Schema }
  /** `nullIsEpoch`: as in Spark, a row without a time counts as one of 1970. */
  | { readonly kind: 'observe'; readonly node: string; readonly input: Schema; readonly column: number; readonly nullIsEpoch: boolean }
  | JoinSpec
  | ScoreSpec

/** A join of the stream with a static table that every executor holds. */
export interface JoinSpec {
  readonly kind: 'join'
  /** Name of the static table. */
  readonly table: string
  readonly stream: Schema
  readonly static: Schema
  /** Whether the stream is the left side (its columns come first). */
  readonly streamIsLeft: boolean
  /** From the stream's view: keep only matches, also rows without one, only rows with one, only rows without one, every pair. */
  readonly how: 'inner' | 'outer' | 'semi' | 'anti' | 'cross'
  readonly streamKeys: readonly Expr[]
  readonly staticKeys: readonly Expr[]
  readonly condition: Expr | null
  /** Columns of both sides, stream first if it is left: what `condition` sees. */
  readonly joined: Schema
  /** Static columns in the output, by index. */
  readonly staticColumns: readonly number[]
  readonly output: Schema
}

export interface ScoreSpec {
  readonly kind: 'score'
  /** Position of the model among the query's; the batch record says which digest stands there. */
  readonly slot: number
  readonly input: Schema
  readonly inputs: readonly Expr[]
  /** What the model calls each of them: another version of it may have them in another order, or not need all. */
  readonly inputNames: readonly string[]
  readonly outputs: readonly string[]
  /** What the provenance columns say, in their order. */
  readonly provenance: readonly ('name' | 'version' | 'digest' | 'route')[]
  /** What the model is called in its registry, and in messages. */
  readonly name: string | null
  readonly label: string
  readonly onInvalid: 'keep' | 'error' | 'skip' | 'deadLetter'
  readonly fallback: FallbackSpec | null
  /** How many inputs are named with their contributions; null: none. */
  readonly topK: number | null
  /** Rows and milliseconds of one call. */
  readonly limits: { readonly maxRows: number; readonly budgetMs: number }
  readonly output: Schema
  /** What the route is called where it is not just the model. */
  readonly routeLabel?: string
  /** The column of the input that has the row's number among those that reached the score(), where these are only some of them. */
  readonly rowNumber?: number
  readonly route?: RouteSpec
  readonly shadow?: ShadowSpec
}

/** A model in its slot, and what it is given. */
export interface ScoreTarget {
  readonly label: string
  readonly slot: number
  readonly inputs: readonly Expr[]
  readonly inputNames: readonly string[]
}

export interface RouteSpec {
  /** Position among the routes of the batch record, which has the shares. */
  readonly position: number
  readonly by: Expr
  readonly targets: readonly ScoreTarget[]
}

export interface ShadowSpec {
  readonly targets: readonly ScoreTarget[]
  readonly tolerance: number
  readonly schema: Schema
}

/** Who gets which share of the rows: the hash of a key with the salt falls into a label's part of 0 … 1. */
export interface RouteShares {
  /** The model that the labels are versions of. */
  readonly name: string
  readonly salt: string
  readonly weights: { readonly [label: string]: number }
}

export type FallbackSpec =
  | { readonly kind: 'model'; readonly slot: number; readonly name: string | null; readonly inputs: readonly Expr[]; readonly inputNames: readonly string[] }
  /** A value for each output. */
  | { readonly kind: 'constants'; readonly values: readonly LiteralExpr[] }

/** One member of the query's ordered sink set. */
export interface SinkStage {
  readonly name: SinkName
  readonly provider: ProviderSpec
  readonly schema: Schema
}

export type SinkName = 'output' | 'lateRows' | 'deadLetters' | 'disagreements'

/** What a batch record fixes for the tasks of one batch. */
export interface BatchContext {
  readonly batchId: number
  readonly attempt: { readonly epoch: number; readonly random: string }
  /** Batch clock in microseconds. */
  readonly nowMicros: number
  /** IANA zone of the session that made the batch. */
  readonly timeZone: string
  readonly seed: number
  /** Digest of the model in each slot. */
  readonly models: readonly string[]
  /** What each of them is called in its registry; null for one from a file. */
  readonly modelVersions: readonly (string | null)[]
  /** Shares of each score() with a route. */
  readonly routes: readonly RouteShares[]
  /** Rows at or before it are late; null: nothing is. Microseconds. */
  readonly lateMicros: number | null
  /** Groups that end at or before it are closed; null: none. Microseconds. */
  readonly evictMicros: number | null
}
