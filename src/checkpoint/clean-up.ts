import type { Checkpoint } from './checkpoint.ts'
import { batchOfKey } from './keys.ts'
import type { StoreChange } from './key-value-store.ts'
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
/** Deletions per write: a batch of a live query must not wait behind thousands. */
const perWrite = 1000

/**
 * Forgets what recovery can no longer need (protocol §5): snapshots beyond the two newest, deltas and records up to the
 * older of these two, records beyond the retention. Oldest first, so that a crash leaves a suffix.
 */
export async function cleanUp(checkpoint: Checkpoint, limits: CleanUpLimits): Promise<void> {
  const snapshots = (await listSnapshots(checkpoint)).filter(s => s.manifest !== null && s.batchId <= limits.committed)
  let changes: StoreChange[] = []
  const flush = async (): Promise<void> => {
    if (changes.length > 0) await checkpoint.write(changes, false)
    changes = []
  }
  const removeRange = async (from: string, to: string, keep: (key: string) => boolean): Promise<void> => {
    for await (const key of checkpoint.store.keys(from, to)) {
      if (keep(key)) continue
      changes.push({ kind: 'delete', key })
      if (changes.length >= perWrite) await flush()
    }
  }
  const kept = checkpoint.rules.deltasToOlderSnapshot ? keptSnapshots : 1
  const older = snapshots.at(Math.min(kept, snapshots.length) - 1)
  // Without two snapshots every delta is still needed: the fallback is the first batch.
  const deltasFrom = limits.assumeSnapshot === true ? limits.committed : !limits.stateful ? Number.POSITIVE_INFINITY : snapshots.length < kept ? 0 : (older as { batchId: number }).batchId
  const recordsFrom = Math.min(limits.committed, limits.committed - limits.minBatchesToRetain, deltasFrom)
  await removeRange('p/', 'p0', key => batchOfKey(key) >= recordsFrom)
  await removeRange('c/', 'c0', key => batchOfKey(key) >= recordsFrom)
  await removeRange('o/', 'o0', key => batchOfKey(key) >= limits.committed)
  if (limits.stateful) await removeRange('d/', 'd0', key => batchOfKey(key) > deltasFrom - 1)
  // Manifests first. By batch, so that pages go too of which a crash has left no manifest.
  const oldest = snapshots.length < keptSnapshots ? 0 : snapshots[keptSnapshots - 1].batchId
  await removeRange('m/', 'm0', key => batchOfKey(key) >= oldest)
  await removeRange('s/', 's0', key => batchOfKey(key) >= oldest)
  await flush()
}
