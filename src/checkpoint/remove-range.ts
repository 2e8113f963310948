import type { Checkpoint } from './checkpoint.ts'
import type { StoreChange } from './key-value-store.ts'

/** Deletions per write: a batch of a live query must not wait behind thousands. */
const perWrite = 1000

/** Removes the keys with from ≤ key < to, the lowest first, so that a crash leaves a suffix. Not synced. */
export async function removeRange(checkpoint: Checkpoint, from: string, to: string): Promise<void> {
  let changes: StoreChange[] = []
  for await (const key of checkpoint.store.keys(from, to)) {
    changes.push({ kind: 'delete', key })
    if (changes.length < perWrite) continue
    await checkpoint.write(changes, false)
    changes = []
  }
  if (changes.length > 0) await checkpoint.write(changes, false)
}
