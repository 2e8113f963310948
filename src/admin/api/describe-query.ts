import type { StreamingQueryProgress } from '../../microbatch/progress.ts'
import type { Notice, QueryDetail, QuerySummary, WatermarkState } from './api-types.ts'
import { backlogOf } from './backlog.ts'
import type { ErrorAdvice } from './error-advice.ts'
import type { Failure } from './error-report.ts'
import { sourceState } from './offsets.ts'
import type { QueryEntry } from './query-entry.ts'
import { healthOf } from './query-health.ts'

/** What the answers about queries are made with. */
export interface Describing {
  readonly advice: ErrorAdvice
  readonly nowMs: number
  /** Why a query that runs does not count as ready, by its run. */
  readonly stalled: (runId: string) => string | undefined
}

const recentBatches = 40
const maxNotices = 50
const maxErrors = 10

export async function querySummary(entry: QueryEntry, { advice, nowMs, stalled }: Describing): Promise<QuerySummary> {
  const { face, failure } = entry
  const { inspection, recentProgress } = face
  const last = recentProgress.at(-1)
  // One that ran for its watermark alone says nothing of how fast the query is.
  const read = recentProgress.findLast(p => p.numInputRows > 0) ?? last
  const exception = failure === null ? null : { ...failure, advice: await advice.of(failure.code) }
  const backlog = face.isActive ? backlogOf(inspection.sources, entry.samples, nowMs) : null
  return {
    id: face.id,
    runId: face.runId,
    name: face.name,
    isActive: face.isActive,
    isRecovered: face.isRecovered,
    status: face.status.message,
    outputMode: inspection.outputMode,
    health: healthOf({
      isActive: face.isActive,
      isRecovered: face.isRecovered,
      exception,
      stalled: face.isActive ? stalled(face.runId) : undefined,
      backlog,
      triggerIntervalMs: inspection.triggerIntervalMs,
      durationsMs: recentProgress.map(p => p.batchDuration),
      isBusy: face.status.isDataAvailable,
    }),
    backlog,
    since: isoTime(entry.sinceMs),
    endedAt: timeOrNull(entry.endedAtMs),
    lastBatchId: last?.batchId ?? null,
    lastBatchAt: last?.timestamp ?? null,
    inputRowsPerSecond: read?.inputRowsPerSecond ?? null,
    processedRowsPerSecond: read?.processedRowsPerSecond ?? null,
    batchDurationMs: read?.batchDuration ?? null,
    stateRows: inspection.state.reduce((n, s) => n + s.numRows, 0),
    stateBytes: inspection.state.reduce((n, s) => n + s.memoryBytes, 0),
    currentWatermark: timeOrNull(inspection.watermark.watermarkMs),
    totals: { ...entry.totals },
    recent: recentProgress.slice(-recentBatches).map(p => ({ batchId: p.batchId, inputRows: p.numInputRows, durationMs: p.batchDuration })),
    exception,
  }
}

export async function queryDetail(entry: QueryEntry, failures: readonly Failure[], describing: Describing): Promise<QueryDetail> {
  const { face } = entry
  const { inspection, recentProgress } = face
  const last = recentProgress.at(-1)
  return {
    ...(await querySummary(entry, describing)),
    trigger: inspection.trigger,
    checkpointLocation: inspection.checkpointLocation,
    statePartitions: inspection.partitions,
    sink: inspection.sink,
    sources: inspection.sources.map(s => sourceState(s, last?.sources.find(p => p.name === s.name)?.metrics ?? {})),
    watermark: watermarkState(entry),
    state: inspection.state.map(s => ({ operator: s.operator, rows: s.numRows, bytes: s.memoryBytes, partitions: s.partitions.map(p => ({ partition: p.partition, rows: p.numRows, bytes: p.memoryBytes })) })),
    models: inspection.models.map(m => m.digest),
    notices: noticesOf(face.notices, recentProgress),
    errors: await Promise.all(failures.filter(f => f.queryId === face.id).slice(0, maxErrors).map(async f => ({ ...f, advice: await describing.advice.of(f.code) }))),
  }
}

function watermarkState({ face: { inspection: { watermark } } }: QueryEntry): WatermarkState {
  return {
    watermark: timeOrNull(watermark.watermarkMs),
    policy: watermark.policy,
    inputs: watermark.inputs.map(i => ({ node: i.node, sources: i.sources, column: i.column, delayMs: i.delayMs, watermark: timeOrNull(i.watermarkMs), lastRowAt: timeOrNull(i.seenMs), holdsBack: i.holdsBack })),
  }
}

/** Of the query and of its batches; one that came in both is there once. */
function noticesOf(own: readonly Notice[], batches: readonly StreamingQueryProgress[]): Notice[] {
  const all = [...own.map(n => ({ source: n.source, message: n.message })), ...batches.flatMap(p => p.sources.flatMap(s => s.notices.map(n => ({ source: s.name, message: n.message }))))]
  return [...new Map(all.map(n => [JSON.stringify(n), n])).values()].slice(-maxNotices)
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}

export function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : isoTime(ms)
}
