import type { MicroBatchQuery } from '../../session/streaming-query.ts'
import type { CheckpointState } from './api-types.ts'
import { isoTime, timeOrNull } from './describe-query.ts'

const maxBatches = 50
const maxSlices = 20

type Contents = Awaited<ReturnType<MicroBatchQuery['checkpointContents']>>

export function checkpointState(c: Contents, location: string): CheckpointState {
  return {
    location,
    epoch: c.epoch,
    lastBatchId: c.lastBatchId,
    preparedBatchId: c.preparedBatchId,
    batchCount: c.batches.length,
    snapshots: c.snapshots.slice(0, maxBatches),
    batches: c.batches.slice(-maxBatches).toReversed().map(b => ({
      batchId: b.batchId,
      committed: b.committed,
      attempt: b.attempt,
      token: b.token,
      time: isoTime(b.clockMs),
      noData: b.noData,
      watermark: timeOrNull(b.watermarkMs),
      nextWatermark: timeOrNull(b.nextWatermarkMs),
      models: b.models,
      deltas: b.deltas.length,
      sources: Object.entries(b.sources).map(([source, { start, end, partitions }]) => ({ source, start, end, partitionCount: partitions.length, partitions: partitions.slice(0, maxSlices) })),
    })),
  }
}
