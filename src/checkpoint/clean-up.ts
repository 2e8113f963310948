import type { Checkpoint } from './checkpoint.ts'
import { pad } from './keys.ts'
import { removeRange } from './remove-range.ts'
import { listSnapshots } from './snapshots.ts'

export interface CleanUpLimits {
  /** C: its record is always kept. */
  readonly committed: number
  readonly minBatchesToRetain: number
  /** The query has state, so that deltas are needed from the older of the two retained snapshots on. */
  readonly stateful: boolean
  /** Take it that the last batch has a snapshot already, which is wrong before its manifest is written. */
  readonly assumeSnapshot?: boolean
}

const keptSnapshots = 2

/**
 * Forgets what recovery can no longer need (protocol §5): snapshots beyond the two newest, deltas and records up to the
 * older of these two, records beyond the retention. Oldest first, so that a crash leaves a suffix.
 */
export async function cleanUp(checkpoint: Checkpoint, limits: CleanUpLimits): Promise<void> {
  const snapshots = (await listSnapshots(checkpoint)).filter(s => s.manifest !== null && s.batchId <= limits.committed)
  const kept = checkpoint.rules.deltasToOlderSnapshot ? keptSnapshots : 1
  const older = snapshots.at(Math.min(kept, snapshots.length) - 1)
  // Without two snapshots every delta is still needed: the fallback is the first batch.
  const deltasFrom = limits.assumeSnapshot === true ? limits.committed : !limits.stateful ? Number.POSITIVE_INFINITY : snapshots.length < kept ? 0 : (older as { batchId: number }).batchId
  const recordsFrom = Math.max(0, Math.min(limits.committed, limits.committed - limits.minBatchesToRetain, deltasFrom))
  await removeRange(checkpoint, 'p/', `p/${pad(recordsFrom)}`)
  await removeRange(checkpoint, 'c/', `c/${pad(recordsFrom)}`)
  if (limits.stateful) await removeRange(checkpoint, 'd/', `d/${pad(deltasFrom)}`)
  // Manifests first. By batch, so that pages go too of which a crash has left no manifest.
  const oldest = snapshots.length < keptSnapshots ? 0 : snapshots[keptSnapshots - 1].batchId
  await removeRange(checkpoint, 'm/', `m/${pad(oldest)}`)
  await removeRange(checkpoint, 's/', `s/${pad(oldest)}`)
}
