import { sha256 } from '../common/digest.ts'
import { messageOf } from '../common/errors.ts'
import { readArtefact, keptArtefacts } from './artefacts.ts'
import type { Checkpoint } from './checkpoint.ts'
import { keys } from './keys.ts'
import { decodeRecord } from './records.ts'
import { listSnapshots, loadState } from './snapshots.ts'

export interface VerifyResult {
  readonly checked: number
  readonly problems: readonly { readonly key: string; readonly reason: string }[]
}

/** Checks every record, delta, snapshot page and model against its digest, and that the state can be rebuilt. */
export async function verifyCheckpoint(checkpoint: Checkpoint): Promise<VerifyResult> {
  const problems: { key: string; reason: string }[] = []
  let checked = 0
  const check = async (key: string, work: () => Promise<void> | void): Promise<void> => {
    checked++
    try {
      await work()
    } catch (error) {
      problems.push({ key, reason: messageOf(error) })
    }
  }
  for (const [from, to] of [['c/', 'c0'], ['p/', 'p0'], ['m/', 'm0'], ['r/', 'r0']] as const) {
    for await (const [key, bytes] of checkpoint.store.range(from, to)) await check(key, () => void decodeRecord(key, bytes))
  }
  const readable = async function* (): AsyncIterable<Awaited<ReturnType<typeof checkpoint.chain>>[number]> {
    try {
      yield* checkpoint.records()
    } catch {
      // Reported above, with its key.
    }
  }
  for await (const { prepared } of readable()) {
    for (const d of prepared.deltas) {
      const key = keys.delta(prepared.record.batchId, prepared.attempt, d.operator, d.partition)
      const bytes = await checkpoint.store.get(key)
      // Deltas before the older snapshot were cleaned up on purpose.
      if (bytes !== undefined) await check(key, () => matches(bytes, d.digest))
    }
  }
  for (const snapshot of await listSnapshots(checkpoint)) {
    if (snapshot.manifest === null) continue
    for (const part of snapshot.manifest.partitions) {
      for (let n = 0; n < part.pages.length; n++) {
        const key = keys.page(snapshot.batchId, snapshot.attempt, part.operator, part.partition, n)
        await check(key, async () => matches(await checkpoint.store.get(key), part.pages[n]))
      }
    }
  }
  for (const digest of await keptArtefacts(checkpoint)) await check(`a/${digest}`, async () => void (await readArtefact(checkpoint, digest)))
  await check('state', async () => {
    const { committed } = await checkpoint.view()
    await loadState(checkpoint, committed)
  })
  return { checked, problems }
}

function matches(bytes: Uint8Array | undefined, digest: string): void {
  if (bytes === undefined) throw new Error('it is missing')
  if (sha256(bytes) !== digest) throw new Error('its content does not match its digest')
}
