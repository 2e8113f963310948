import { sha256 } from '../common/digest.ts'
import { type BatchRecord, firstToken } from '../checkpoint/records.ts'
import { watermarkRedefined } from '../plan/streaming-rules.ts'
import { isLikeSpark, type QueryRun } from './query-run.ts'

/**
 * The record of the batch after the last committed one: everything that could make a second run differ (protocol rule 3).
 * @throws AnalysisError when the query has a second watermark and this batch would close groups by it
 */
export function newRecord(run: QueryRun, sources: BatchRecord['sources'], noData: boolean): BatchRecord {
  const { definition, position } = run
  const { plan, tableDigests, checkpoint } = run.open
  const previous = position.committed?.prepared
  const batchId = position.nextBatchId
  const clockMs = run.environment.ports.clock.now()
  const evict = position.tracker.watermark
  const routes = run.routes.take()
  refuseSecondWatermark(run, evict)
  return {
    batchId,
    sources,
    watermarks: { late: previous?.record.watermarks.evict ?? (isLikeSpark(definition) ? 0 : null), evict },
    idle: position.tracker.idleAt(clockMs, definition.settings.idleTimeoutMs),
    clockMs,
    timeZone: definition.settings.timeZone,
    seed: Number.parseInt(sha256(`${checkpoint.queryId}/${batchId}`).slice(0, 8), 16) | 0,
    models: run.models.take(),
    modelVersions: run.models.versions,
    ...(routes === undefined ? {} : { routes }),
    tables: tableDigests,
    partitions: plan.physical.partitions,
    sinks: definition.sinks.map(s => s.name),
    noData,
    previousToken: previous?.token ?? firstToken,
  }
}

function refuseSecondWatermark({ definition }: QueryRun, evict: number | null): void {
  if ((evict ?? 0) <= 0) return
  const redefined = watermarkRedefined(definition.plan)
  if (redefined !== null) throw redefined
}
