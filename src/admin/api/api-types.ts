// Made by scripts/dashboard-types.mjs from the OpenAPI document (src/admin/openapi). Not to be edited.

/** The process and its session. */
export interface Process {
  /** Of the package. */
  readonly version: string
  /** Now, by the clock of the process. */
  readonly time: string
  /** When the admin server began. */
  readonly startedAt: string
  /** Worker threads that run tasks; 0: the thread of the program itself. */
  readonly executors: number
  /** Of the session. */
  readonly timeZone: string
  /** What the state of all queries may take. */
  readonly memoryBudgetBytes: number
  /** Whether there are routes that change something. */
  readonly control: boolean
  /** Whether answers may hold rows of the data. */
  readonly rowSamples: boolean
  /** Of the job, secrets masked; null where the program has no configuration that is known here. */
  readonly configuration: unknown
}

/** The queries of the session: those that run, then those that ended, the last 20. */
export interface Queries {
  readonly queries: readonly QuerySummary[]
}

/** A query at a glance. */
export interface QuerySummary {
  /** Of the checkpoint: survives restarts. */
  readonly id: string
  /** Of this run. */
  readonly runId: string
  /** As the program gave it. */
  readonly name: string | null
  /** It runs. */
  readonly isActive: boolean
  /** What an earlier run left is finished. */
  readonly isRecovered: boolean
  /** What it is doing, in Spark's words. */
  readonly status: string
  /** append, update or complete. */
  readonly outputMode: string
  readonly health: Health
  readonly backlog: Backlog | null
  /** When this run was first seen. */
  readonly since: string
  /** When it ended. */
  readonly endedAt: string | null
  /** Of this run. */
  readonly lastBatchId: number | null
  /** When its trigger fired. */
  readonly lastBatchAt: string | null
  /** Of the last batch that read something. */
  readonly inputRowsPerSecond: number | null
  /** Of the last batch that read something. */
  readonly processedRowsPerSecond: number | null
  /** Of the last batch that read something. */
  readonly batchDurationMs: number | null
  /** Over all operators. */
  readonly stateRows: number
  /** Over all operators. */
  readonly stateBytes: number
  /** Now. */
  readonly currentWatermark: string | null
  readonly totals: Totals
  /** The last 40. */
  readonly recent: readonly {
    /** Its number. */
    readonly batchId: number
    /** Read. */
    readonly inputRows: number
    /** It took. */
    readonly durationMs: number
  }[]
  readonly exception: ErrorReport | null
}

/** All that is known of a query now. */
export interface QueryDetail {
  /** Of the checkpoint: survives restarts. */
  readonly id: string
  /** Of this run. */
  readonly runId: string
  /** As the program gave it. */
  readonly name: string | null
  /** It runs. */
  readonly isActive: boolean
  /** What an earlier run left is finished. */
  readonly isRecovered: boolean
  /** What it is doing, in Spark's words. */
  readonly status: string
  /** append, update or complete. */
  readonly outputMode: string
  readonly health: Health
  readonly backlog: Backlog | null
  /** When this run was first seen. */
  readonly since: string
  /** When it ended. */
  readonly endedAt: string | null
  /** Of this run. */
  readonly lastBatchId: number | null
  /** When its trigger fired. */
  readonly lastBatchAt: string | null
  /** Of the last batch that read something. */
  readonly inputRowsPerSecond: number | null
  /** Of the last batch that read something. */
  readonly processedRowsPerSecond: number | null
  /** Of the last batch that read something. */
  readonly batchDurationMs: number | null
  /** Over all operators. */
  readonly stateRows: number
  /** Over all operators. */
  readonly stateBytes: number
  /** Now. */
  readonly currentWatermark: string | null
  readonly totals: Totals
  /** The last 40. */
  readonly recent: readonly {
    /** Its number. */
    readonly batchId: number
    /** Read. */
    readonly inputRows: number
    /** It took. */
    readonly durationMs: number
  }[]
  readonly exception: ErrorReport | null
  /** When its batches run. */
  readonly trigger: string
  /** Where its checkpoint lies. */
  readonly checkpointLocation: string
  /** Of each aggregation. */
  readonly statePartitions: number
  /** Where its rows go. */
  readonly sink: string
  readonly sources: readonly SourceState[]
  readonly watermark: WatermarkState
  /** One for each aggregation. */
  readonly state: readonly StateSize[]
  /** Models of the query; /api/v1/models describes them. */
  readonly models: readonly string[]
  /** What sources had to say, the last 50. */
  readonly notices: readonly Notice[]
  /** The last 10 of this query, newest first. */
  readonly errors: readonly ErrorReport[]
}

/** How a query does, for people and for programs. */
export interface Health {
  /** `behind`: the backlog grows or stands; `catching-up`: it shrinks; `slow`: batches take longer than their trigger; `stalled`: at one batch for too long. */
  readonly kind: 'starting' | 'ok' | 'catching-up' | 'behind' | 'slow' | 'stalled' | 'failed' | 'stopped'
  /** One sentence. */
  readonly text: string
}

/** What waits at a source. */
export interface Backlog {
  /** The source that is furthest behind. */
  readonly source: string
  /** In `unit`. */
  readonly amount: number
  /** `records`, `files`, `seconds` … */
  readonly unit: string
  /** Of the amount; below zero when it shrinks. Null until there are two batches to compare. */
  readonly growthPerSecond: number | null
  /** At the present pace; null when it does not shrink. */
  readonly caughtUpInSeconds: number | null
}

/** Since this run was first seen. */
export interface Totals {
  /** Committed. */
  readonly batches: number
  /** Read. */
  readonly inputRows: number
  /** Given to the sink. */
  readonly outputRows: number
  /** That came after their group was closed. */
  readonly lateRows: number
  /** That could not be decoded. */
  readonly badRecords: number
}

/** A source and how far it was read. */
export interface SourceState {
  /** Of the source in the query. */
  readonly name: string
  /** `files`, `kafka` … */
  readonly provider: string
  /** Such as `files[in/flights-*.jsonl.gz]`. */
  readonly description: string
  /** What its offsets count. */
  readonly unit: string
  /** The end of the last committed batch, as the source has it. */
  readonly end: unknown
  /** The newest offset that the source knows of. */
  readonly newest: unknown
  /** Between the two, over all partitions; null where the source does not say. */
  readonly lag: number | null
  /** What the source measures beside, from the last batch. */
  readonly metrics: { readonly [name: string]: unknown }
  /** The 1,000 with the greatest lag. */
  readonly partitions: readonly {
    /** Such as `payments/3`. */
    readonly partition: string
    /** Next offset to read. */
    readonly end: number | null
    /** Next offset to be written. */
    readonly newest: number | null
    /** Between the two. */
    readonly lag: number | null
  }[]
  /** Of all partitions. */
  readonly partitionCount: number
}

/** Event time: rows before the watermark are late. */
export interface WatermarkState {
  /** Of the query. */
  readonly watermark: string | null
  /** `min`: the slowest input decides. */
  readonly policy: string
  readonly inputs: readonly {
    /** Its name. */
    readonly node: string
    readonly sources: readonly string[]
    /** Of the event time. */
    readonly column: string
    /** That late rows are waited for. */
    readonly delayMs: number
    /** Largest event time seen, less the delay. */
    readonly watermark: string | null
    /** When it last had a row. */
    readonly lastRowAt: string | null
    /** The watermark of the query waits for this input. */
    readonly holdsBack: boolean
  }[]
}

/** The state of an aggregation. */
export interface StateSize {
  /** Its name. */
  readonly operator: string
  /** Groups. */
  readonly rows: number
  /** Memory. */
  readonly bytes: number
  readonly partitions: readonly {
    /** Its number. */
    readonly partition: number
    /** Groups. */
    readonly rows: number
    /** Memory. */
    readonly bytes: number
  }[]
}

/** What a source had to say. */
export interface Notice {
  /** Its name. */
  readonly source: string
  /** A sentence. */
  readonly message: string
}

/** A query that failed. */
export interface ErrorReport {
  /** When. */
  readonly time: string
  /** Of the query. */
  readonly queryId: string
  /** Of the run. */
  readonly runId: string
  /** Of the query. */
  readonly name: string | null
  /** Of the batch. */
  readonly batchId: number | null
  /** Stable; that of the cause where the error only says that the query failed. */
  readonly code: string | null
  /** What happened. */
  readonly message: string
  /** The same program may succeed when it is started again. */
  readonly retryable: boolean
  /** What the code means and what to do, from the documentation. */
  readonly advice: string | null
  readonly causes: readonly {
    /** A code. */
    readonly code: string | null
    /** A sentence. */
    readonly message: string
  }[]
}

/** Failures of queries, newest first, the last 50. */
export interface Errors {
  readonly errors: readonly ErrorReport[]
}

/** The steps of a query with what the last batch that read something did in each. */
export interface Plan {
  /** The batch; null before the first of this run. */
  readonly batchId: number | null
  /** Of that batch. */
  readonly batchDurationMs: number | null
  /** As explain(true) prints it. */
  readonly explain: string
  readonly nodes: readonly PlanNode[]
  readonly edges: readonly {
    /** Id. */
    readonly from: string
    /** Id. */
    readonly to: string
    /** By key, from executor to executor. */
    readonly shuffle: boolean
  }[]
}

/** A step. */
export interface PlanNode {
  /** Within the plan. */
  readonly id: string
  /** What it is. */
  readonly kind: 'source' | 'table' | 'operator' | 'score' | 'aggregate' | 'sink'
  /** A word or two. */
  readonly label: string
  /** The whole line. */
  readonly detail: string
  /** What is run together. */
  readonly stage: string
  /** That left it. */
  readonly rowsOut: number | null
  /** The same over the duration of the batch. */
  readonly rowsPerSecond: number | null
  /** Of all its tasks, added up. */
  readonly timeMs: number | null
  /** Of the time of all steps, 0 to 1. */
  readonly timeShare: number | null
  /** Groups that it keeps. */
  readonly stateRows: number | null
  /** Memory that it keeps. */
  readonly stateBytes: number | null
}

/** What the checkpoint of a running query holds. */
export interface CheckpointState {
  /** Of the checkpoint. */
  readonly location: string
  /** One more with every start. */
  readonly epoch: number
  /** Committed; −1 when there is none. */
  readonly lastBatchId: number
  /** In doubt. */
  readonly preparedBatchId: number | null
  /** Batches that are kept. */
  readonly batchCount: number
  readonly snapshots: readonly {
    /** After which batch. */
    readonly batchId: number
    /** Its manifest can be read. */
    readonly whole: boolean
  }[]
  /** The newest 50, newest first. */
  readonly batches: readonly {
    /** Its number. */
    readonly batchId: number
    /** Else prepared. */
    readonly committed: boolean
    /** Epoch and random digits. */
    readonly attempt: string
    /** Of its record. */
    readonly token: string
    /** Clock of the batch. */
    readonly time: string
    /** Ran for its watermark alone. */
    readonly noData: boolean
    /** It ran with. */
    readonly watermark: string | null
    /** It led to. */
    readonly nextWatermark: string | null
    readonly models: readonly string[]
    /** Segments of state. */
    readonly deltas: number
    readonly sources: readonly {
      /** Its name. */
      readonly source: string
      /** Exclusive. */
      readonly start: unknown
      /** Inclusive. */
      readonly end: unknown
      /** Slices. */
      readonly partitionCount: number
      /** The first 20. */
      readonly partitions: readonly string[]
    }[]
  }[]
}

/** The models of all queries. */
export interface Models {
  readonly models: readonly Model[]
}

/** A place in a query that a model stands in. */
export interface Model {
  /** SHA-256 of the bytes of the one that scores now. */
  readonly digest: string
  /** `name@alias` of one that is swapped when its alias moves; null for one that stays. */
  readonly reference: string | null
  /** In its registry. */
  readonly version: string | null
  /** First batch that it scored in this run. */
  readonly sinceBatch: number | null
  /** The version that a rollback goes back to. */
  readonly previous: string | null
  /** The last version that was not taken. */
  readonly refused: {
    /** In the registry. */
    readonly version: string
    /** Of its bytes. */
    readonly digest: string
    /** Why. */
    readonly reason: string
  } | null
  /** Newest first, at most 50. */
  readonly earlier: readonly {
    /** Of its bytes. */
    readonly digest: string
    /** Scored. */
    readonly rows: number
    /** It scored. */
    readonly batches: number
    /** That it scored, as far as is known here. */
    readonly firstBatchId: number
  }[]
  /** Its file at the start. */
  readonly label: string
  /** Such as `xgboost`. */
  readonly format: string
  /** Of its files. */
  readonly bytes: number
  /** That scores with it. */
  readonly queryId: string
  /** Its name. */
  readonly query: string | null
  /** The query runs. */
  readonly active: boolean
  readonly inputs: readonly string[]
  readonly outputs: readonly {
    /** Of the rows. */
    readonly column: string
    /** Of the model. */
    readonly output: string
  }[]
  /** Scored since this run was first seen. */
  readonly rows: number
  /** Scored in the last batch that read something. */
  readonly lastBatchRows: number
  /** Of all tasks of that batch in it. */
  readonly lastBatchMs: number
  /** It scored. */
  readonly batches: number
  /** That it scored, as far as is known here. */
  readonly firstBatchId: number | null
  /** In that batch. */
  readonly microsPerRow: number | null
}

/** Why there is no answer. */
export interface Mistake {
  /** A sentence. */
  readonly error: string
}

/** The last batches of a query, oldest first, at most 100. */
export interface ProgressHistory {
  /** Of the query. */
  readonly id: string
  /** Of the run. */
  readonly runId: string
  readonly progress: readonly Progress[]
}

/** What one batch did. */
export interface Progress {
  /** Of the query. */
  readonly id: string
  /** Of the run. */
  readonly runId: string
  /** Of the query. */
  readonly name: string | null
  /** When the trigger fired. */
  readonly timestamp: string
  /** Its number. */
  readonly batchId: number
  /** Milliseconds. */
  readonly batchDuration: number
  /** Read. */
  readonly numInputRows: number
  /** Since the trigger before. */
  readonly inputRowsPerSecond: number
  /** While it ran. */
  readonly processedRowsPerSecond: number
  /** By phase, with Spark's names. */
  readonly durationMs: { readonly [name: string]: number }
  /** Event times of the batch. */
  readonly eventTime: {
    /** Smallest. */
    readonly min?: string
    /** Largest. */
    readonly max?: string
    /** Mean. */
    readonly avg?: string
    /** That the batch used. */
    readonly watermark?: string
  }
  readonly stateOperators: readonly {
    /** Spark's name. */
    readonly operatorName: string
    /** Groups. */
    readonly numRowsTotal: number
    /** Changed. */
    readonly numRowsUpdated: number
    /** That left. */
    readonly numRowsRemoved: number
    /** Late groups. */
    readonly numRowsDroppedByWatermark: number
    /** Late rows. */
    readonly numLateRows: number
    /** Memory. */
    readonly memoryUsedBytes: number
    /** Of its tasks. */
    readonly allUpdatesTimeMs: number
    /** Always 0. */
    readonly allRemovalsTimeMs: number
    /** Always 0. */
    readonly commitTimeMs: number
    /** Partitions. */
    readonly numShufflePartitions: number
    /** Partitions. */
    readonly numStateStoreInstances: number
    /** By name. */
    readonly customMetrics: { readonly [name: string]: number | string }
  }[]
  readonly sources: readonly {
    /** Its name. */
    readonly name: string
    /** What it reads. */
    readonly description: string
    /** Exclusive. */
    readonly startOffset: unknown
    /** Inclusive. */
    readonly endOffset: unknown
    /** The newest known. */
    readonly latestOffset: unknown
    /** Read. */
    readonly numInputRows: number
    /** Since the trigger before. */
    readonly inputRowsPerSecond: number
    /** While the batch ran. */
    readonly processedRowsPerSecond: number
    /** That could not be decoded. */
    readonly numBadRecords: number
    /** By name. */
    readonly metrics: { readonly [name: string]: number | string }
    readonly notices: readonly {
      /** A sentence. */
      readonly message: string
      /** Its values. */
      readonly context: { readonly [name: string]: unknown }
    }[]
  }[]
  /** The sink. */
  readonly sink: {
    /** Where rows go. */
    readonly description: string
    /** Written. */
    readonly numOutputRows: number
    /** By name. */
    readonly metrics: { readonly [name: string]: number | string }
  }
  /** By name. */
  readonly observedMetrics: { readonly [name: string]: number | string }
  readonly executors: readonly {
    /** Its name. */
    readonly id: string
    /** It ran. */
    readonly numTasks: number
    /** It took in. */
    readonly numInputRows: number
    /** It worked. */
    readonly timeMs: number
  }[]
  readonly models: readonly string[]
  readonly modelMetrics: readonly {
    /** Of its bytes. */
    readonly digest: string
    /** In its registry. */
    readonly version: string | null
    /** It scored. */
    readonly numRows: number
    /** Of its score(). */
    readonly numCalls: number
    /** Of these calls. */
    readonly timeMs: number
    /** Calls that failed. */
    readonly numErrors: number
    /** A fallback answered. */
    readonly numFallbackRows: number
    /** It was not trained for. */
    readonly numInvalidRows: number
    /** Its library holds. */
    readonly numTensors: number | null
    /** Its library holds. */
    readonly memoryUsedBytes: number | null
  }[]
  /** Finished or run again after a crash. */
  readonly isReplay: boolean
}
