import { sha256 } from '../common/digest.ts'
import { canonicalJson, type Json } from '../common/json.ts'
import type { OutputMode } from '../common/output-mode.ts'
import { type BatchRecord, batchToken, type Prepared } from '../checkpoint/records.ts'
import type { RememberChanges } from '../checkpoint/remembered.ts'
import type { Attempt } from '../sinks/sink.ts'
import type { BatchMetrics } from './batch-metrics.ts'
import { type ObservedDelta, observedName } from './observer-tables.ts'
import type { OpenQuery } from './open-query.ts'
import type { BatchResult } from './run-batch.ts'

export interface PrepareContext {
  readonly open: OpenQuery
  readonly outputMode: OutputMode
  /** Set-hash per operator and partition before the batch. */
  readonly stateHashes: ReadonlyMap<string, string>
  /** Incarnations of look-up sinks that earlier batches knew: a sink may come back after another one stood in its place. */
  readonly incarnations: Prepared['incarnations']
  /** The watermarks after the batch. */
  readonly next: Prepared['next']
}

/** A batch that ran, ready for the one synced write: the record and its deltas. */
export interface PreparedBatch {
  readonly prepared: Prepared
  readonly segments: readonly { readonly operator: string; readonly partition: number; readonly segment: Uint8Array }[]
}

/** Puts into the record all that commit, or a restart, would otherwise have to derive (protocol rule 4). */
export function prepareBatch(context: PrepareContext, record: BatchRecord, attempt: Attempt, result: BatchResult, observed: readonly ObservedDelta[], remember: RememberChanges, spooled: Prepared['spooled']): PreparedBatch {
  const { checkpoint, sinks, plan } = context.open
  const operatorOf = (s: { readonly aggregation: number }): string => plan.physical.aggregations[s.aggregation].name
  const changed = [...changedStates(result).map(s => ({ ...s, operator: operatorOf(s) })), ...observed]
  const hashes = new Map(context.stateHashes)
  for (const s of result.states) hashes.set(stateName(operatorOf(s), s.partition), s.setHash)
  for (const delta of observed) hashes.set(observedName(delta), delta.setHash)
  const body = {
    record,
    attempt,
    deltas: changed.map(s => ({ operator: s.operator, partition: s.partition, digest: s.digest, setHash: s.setHash })),
    outputDigest: sinks.outputDigest(result.parts),
    outputRows: Object.fromEntries([...result.parts].map(([sink, parts]) => [sink, parts.reduce((n, p) => n + p.rows, 0)])),
    stateHash: sha256(canonicalJson([...hashes].sort())),
    next: context.next,
    noDataWanted: wantsNoData(context, record.watermarks.evict),
    remembered: checkpoint.rememberedAfter(remember),
    incarnations: { ...context.incarnations, ...sinks.incarnations },
    spooled,
  }
  const metrics = { inputRows: Object.fromEntries(result.inputRows), times: result.times, tasks: result.tasks.length } satisfies BatchMetrics as unknown as Json
  const prepared: Prepared = { ...body, token: batchToken(body), previousRecord: checkpoint.lastRecordDigest, metrics }
  return { prepared, segments: changed.map(s => ({ operator: s.operator, partition: s.partition, segment: s.segment })) }
}

/** A batch without data would close groups: the watermark has moved beyond what this one evicted with (semantics.md §1.9). */
function wantsNoData({ open, outputMode, next }: PrepareContext, evicted: number | null): boolean {
  if (outputMode === 'complete') return false
  // As in Spark, any aggregation asks, also one whose groups have no time: its operators only look at the watermark.
  if (open.plan.physical.aggregations.length === 0) return false
  return next.global !== null && (evicted === null || next.global > evicted)
}

/** Partitions that the batch touched: the others need no delta. */
export function changedStates(result: BatchResult): BatchResult['states'] {
  return result.states.filter(s => s.rowsUpdated > 0 || s.rowsRemoved > 0)
}

export function stateName(operator: string, partition: number): string {
  return `${operator}/${partition}`
}
