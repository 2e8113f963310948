import type { Json } from '../../common/json.ts'
import type { OutputMode } from '../../common/output-mode.ts'

/** One recorded case: an input, a query and what Spark 4.2.0 made of it. One line of a `.jsonl` file. */
export type TestVector = ExprVector | BatchVector | StreamVector

interface VectorBase {
  readonly id: string
  readonly family: string
  readonly title: string
  readonly sessionTimeZone?: string
}

/** One expression over literals. */
export interface ExprVector extends VectorBase {
  readonly kind: 'expr'
  readonly sql: string
  /** Absent: the text does not parse, or has a form without a tree. */
  readonly expr?: Tree
  readonly expect: ExprExpectation
}

export interface ExprExpectation {
  readonly type?: string
  readonly value?: Json
  /** Of a generator: one value a row. */
  readonly values?: readonly Json[]
  readonly error?: ExpectedError
}

/** A query that runs once over static rows. */
export interface BatchVector extends VectorBase {
  readonly kind: 'batch'
  readonly sources: { readonly [name: string]: VectorSource }
  readonly query: QueryTree
  readonly ordered?: boolean
  readonly outputSchema?: readonly VectorColumn[]
  readonly expect: { readonly rows?: readonly (readonly Json[])[]; readonly error?: ExpectedError }
}

/** A streaming query, and what is done with it step by step. */
export interface StreamVector extends VectorBase {
  readonly kind: 'stream'
  readonly sources: { readonly [name: string]: VectorSource }
  readonly query: QueryTree
  readonly outputMode: OutputMode
  readonly trigger?: VectorTrigger
  readonly sink?: 'collect' | 'file' | 'memory' | 'noop' | 'console'
  readonly queryName?: string
  readonly options?: VectorOptions
  readonly outputSchema?: readonly VectorColumn[]
  readonly steps: readonly VectorStep[]
}

export interface VectorSource {
  readonly kind: 'memory' | 'file' | 'static' | 'rate-micro-batch'
  readonly schema: readonly VectorColumn[]
  readonly rows?: readonly (readonly Json[])[]
  readonly options?: { readonly [name: string]: Json }
}

export interface VectorColumn {
  readonly name: string
  readonly type: string
  readonly nullable?: boolean
}

export interface VectorTrigger {
  readonly kind: 'default' | 'processingTime' | 'once' | 'availableNow' | 'continuous' | 'realTime'
  readonly intervalMs?: number
}

export interface VectorOptions {
  readonly noDataBatches?: boolean
  readonly watermarkPolicy?: 'min' | 'max'
  readonly shufflePartitions?: number
  readonly minBatchesToRetain?: number
}

export interface VectorStep {
  readonly do: 'process' | 'clock' | 'add' | 'start' | 'stop' | 'edit' | 'rm' | 'mkdir' | 'logs' | 'lsSource'
  readonly in?: { readonly [source: string]: readonly Json[] }
  readonly toMs?: number
  readonly startAtMs?: number
  readonly clockMs?: number
  readonly query?: QueryTree
  readonly outputMode?: OutputMode
  readonly trigger?: VectorTrigger
  readonly options?: VectorOptions
  readonly schemas?: { readonly [source: string]: readonly VectorColumn[] }
  readonly log?: 'offsets' | 'commits'
  readonly which?: 'newest' | 'allButNewest' | 'all' | number
  readonly content?: string
  readonly path?: string
  readonly name?: string
  readonly expect?: StepExpectation
}

export interface StepExpectation {
  readonly batches?: readonly ExpectedBatch[]
  readonly error?: ExpectedError
  readonly offsets?: readonly number[]
  readonly commits?: readonly number[]
  readonly files?: readonly string[]
  readonly sinkRows?: readonly (readonly Json[])[]
  readonly manifest?: readonly string[]
}

export interface ExpectedBatch {
  readonly batchId: number
  readonly rows?: readonly (readonly Json[])[]
  readonly inputRows?: readonly number[]
  readonly watermarkMs?: number
  readonly nextWatermarkMs?: number
  readonly clockMs?: number
  readonly eventTime?: { readonly min?: string; readonly max?: string; readonly avg?: string }
  readonly state?: readonly ExpectedState[]
}

export interface ExpectedState {
  readonly op?: string
  readonly total?: number
  readonly updated?: number
  readonly removed?: number
  readonly late?: number
}

export interface ExpectedError {
  /** Null: Spark has no name for it. */
  readonly condition: string | null
  readonly phase?: 'start' | 'run'
  readonly message?: string
}

/** An expression or a query as the files write it. */
export interface Tree {
  readonly [key: string]: Json
}

export interface QueryTree {
  readonly op: string
  readonly [key: string]: Json
}

export type Outcome =
  /** `deviation`: it differs from Spark on purpose, in the way that is said here. */
  | { readonly status: 'passed'; readonly notes: readonly string[]; readonly deviation?: string }
  /** Something in it is not available: a type, a function, an operator. */
  | { readonly status: 'unsupported'; readonly feature: string }
  /** `expected` and `got` of the first difference, short. */
  | { readonly status: 'failed'; readonly reason: string }

/** Raised while a vector is read or run: it needs what this version does not have. */
export class UnsupportedFeature extends Error {
  readonly feature: string

  constructor(feature: string) {
    super(`not available: ${feature}`)
    this.feature = feature
  }
}
