import { assert } from '../../common/assert.ts'
import type { StreamingQueryProgress } from '../../microbatch/progress.ts'
import type { QueryInspection } from '../../session/inspection/query-inspection.ts'
import type { MicroBatchQuery } from '../../session/streaming-query.ts'
import type { Totals } from './api-types.ts'
import { type BacklogSample, backlogSample, keptSamples } from './backlog.ts'
import type { Failure } from './error-report.ts'

/** What is read of a query; of one that has ended, as it was then. */
export interface QueryFace {
  readonly id: string
  readonly runId: string
  readonly name: string | null
  readonly isActive: boolean
  readonly isRecovered: boolean
  readonly status: { readonly message: string; readonly isDataAvailable: boolean }
  readonly recentProgress: readonly StreamingQueryProgress[]
  readonly notices: MicroBatchQuery['notices']
  readonly inspection: QueryInspection
  readonly explained: string
}

/** Rows that a model scored since the run was first seen. */
export interface ModelCount {
  readonly digest: string
  rows: number
  batches: number
  readonly firstBatchId: number
}

/** Swapped models that are remembered, for each place in the plan. */
const maxVersions = 50

/** A run of a query, as the admin server remembers it: counts, and the query itself until it ends. */
export class QueryEntry {
  readonly id: string
  readonly runId: string
  readonly name: string | null
  readonly sinceMs: number
  readonly totals: { -readonly [K in keyof Totals]: Totals[K] } = { batches: 0, inputRows: 0, outputRows: 0, lateRows: 0, badRecords: 0 }
  /** By slot of the plan, the models that scored there, oldest first. */
  readonly models: ModelCount[][] = []
  readonly samples: BacklogSample[] = []
  endedAtMs: number | null = null
  failure: Failure | null = null
  #query: MicroBatchQuery | null
  #last: QueryFace | null = null

  constructor(query: MicroBatchQuery, nowMs: number) {
    this.#query = query
    this.id = query.id
    this.runId = query.runId
    this.name = query.name
    this.sinceMs = nowMs
    for (const progress of query.recentProgress) this.#count(progress)
  }

  get face(): QueryFace {
    const face = this.#last ?? (this.#query === null ? null : faceOf(this.#query))
    assert(face !== null, 'A query that has ended left its last face.')
    return face
  }

  /** null once it has ended. */
  get running(): MicroBatchQuery | null {
    return this.#query
  }

  onProgress(progress: StreamingQueryProgress, nowMs: number): void {
    this.#count(progress)
    this.samples.push(backlogSample(nowMs, progress.sources))
    if (this.samples.length > keptSamples) this.samples.shift()
    this.#query?.scoredRows().forEach((rows, slot) => this.#countScored(slot, progress.models[slot], rows, progress.batchId))
  }

  /** Keeps how it was, and lets go of the query with its models and tables. */
  end(nowMs: number, failure: Failure | null): void {
    if (this.#query === null) return
    // Copies what the getters answer now.
    this.#last = { ...faceOf(this.#query), isActive: false }
    this.#query = null
    this.endedAtMs = nowMs
    this.failure = failure
  }

  #countScored(slot: number, digest: string, rows: number, batchId: number): void {
    const counts = (this.models[slot] ??= [])
    const last = counts.at(-1)
    if (last?.digest === digest) {
      last.rows += rows
      last.batches++
    } else counts.push({ digest, rows, batches: 1, firstBatchId: batchId })
    if (counts.length > maxVersions) counts.shift()
  }

  #count(p: StreamingQueryProgress): void {
    this.totals.batches++
    this.totals.inputRows += p.numInputRows
    this.totals.outputRows += Math.max(0, p.sink.numOutputRows)
    for (const s of p.stateOperators) this.totals.lateRows += s.numLateRows
    for (const s of p.sources) this.totals.badRecords += s.numBadRecords
  }
}

/** As it is at each look. */
function faceOf(query: MicroBatchQuery): QueryFace {
  const { id, runId, name, isActive, isRecovered, status, recentProgress, notices } = query
  return {
    id, runId, name, isActive, isRecovered, status, recentProgress, notices,
    get inspection() {
      return query.inspect()
    },
    get explained() {
      return query.explain(true)
    },
  }
}
