import { makeError } from '../common/errors.ts'
import { sha256 } from '../common/digest.ts'
import { type AttemptId, parseAttempt } from './attempt.ts'
import type { Checkpoint, PreparedEntry } from './checkpoint.ts'
import type { KeyValueStore } from './key-value-store.ts'
import { afterPrefix, batchOfKey, keys } from './keys.ts'
import { decodeRecord, encodeRecord } from './records.ts'
import { removeRange } from './remove-range.ts'

/** m/<batch>/<attempt>: written after the pages, names them all. */
export interface SnapshotManifest {
  readonly batchId: number
  readonly token: string
  readonly partitions: readonly {
    readonly operator: string
    readonly partition: number
    readonly setHash: string
    readonly pages: readonly string[]
  }[]
}

/** One partition as it is rebuilt: pages of a snapshot (null: none), deltas after it, and the set-hash that must come out. */
export interface StoredState {
  readonly operator: string
  readonly partition: number
  readonly pages: readonly StoredSegment[] | null
  readonly deltas: readonly StoredSegment[]
  readonly setHash: string
}

/** A segment with what its record says about it. */
export interface StoredSegment {
  readonly bytes: Uint8Array
  readonly batchId: number
  readonly digest: string
}

/** Where a page of a snapshot lies. */
export interface PageKey {
  readonly batchId: number
  readonly attempt: AttemptId
  readonly operator: string
  readonly partition: number
  readonly page: number
}

/** One write per page, not synced: a page is about a megabyte, and a batch of a live query must not wait behind all of them. */
export async function writePage(checkpoint: Checkpoint, { batchId, attempt, operator, partition, page }: PageKey, segment: Uint8Array): Promise<void> {
  await checkpoint.write([{ kind: 'put', key: keys.page(batchId, attempt, operator, partition, page), value: segment }], false)
}

/** Pages first, then the manifest: a torn snapshot has no manifest and is ignored. */
export async function writeManifest(checkpoint: Checkpoint, attempt: AttemptId, manifest: SnapshotManifest): Promise<void> {
  await checkpoint.write([{ kind: 'put', key: keys.manifest(manifest.batchId, attempt), value: encodeRecord(manifest) }], true)
}

/**
 * Removes the pages of snapshots that were never finished: a crash, or the end of a query, left them without a manifest.
 * Looks at one key per snapshot, not at every page.
 */
export async function sweepPages(checkpoint: Checkpoint): Promise<void> {
  const { store } = checkpoint
  for (let from = 's/'; ; ) {
    const first = await firstKey(store, from, 's0')
    if (first === undefined) return
    const [, batch, attempt] = first.split('/')
    const prefix = `s/${batch}/${attempt}/`
    if ((await store.get(`m/${batch}/${attempt}`)) === undefined) await removeRange(checkpoint, prefix, afterPrefix(prefix))
    from = afterPrefix(prefix)
  }
}

async function firstKey(store: KeyValueStore, from: string, to: string): Promise<string | undefined> {
  for await (const key of store.keys(from, to)) return key
  return undefined
}

/** Snapshots that are whole, newest first. */
export async function listSnapshots(checkpoint: Checkpoint): Promise<{ batchId: number; attempt: AttemptId; manifest: SnapshotManifest | null }[]> {
  const found: { batchId: number; attempt: AttemptId; manifest: SnapshotManifest | null }[] = []
  for await (const [key, bytes] of checkpoint.store.range('m/', 'm0')) {
    let manifest: SnapshotManifest | null
    try {
      manifest = decodeRecord<SnapshotManifest>(key, bytes)
    } catch {
      // A damaged manifest is as good as none: an older snapshot or the deltas from the start may still do.
      manifest = null
    }
    found.unshift({ batchId: batchOfKey(key), attempt: parseAttempt(key.slice(13)), manifest })
  }
  return found
}

/**
 * The state after C: the newest snapshot that is whole and lies on C's chain, then the deltas after it, each checked
 * by digest. Falls back to an older snapshot, and to the deltas from the first batch. (Protocol rule 17.)
 * @throws CheckpointError STATE_CORRUPT naming what is missing
 */
export async function loadState(checkpoint: Checkpoint, committed: PreparedEntry | null): Promise<StoredState[]> {
  if (committed === null) return []
  const failures: string[] = []
  for (const snapshot of await listSnapshots(checkpoint)) {
    if (snapshot.batchId > committed.prepared.record.batchId) continue
    const result = await fromSnapshot(checkpoint, committed, snapshot)
    if (typeof result !== 'string') return result
    failures.push(`snapshot of batch ${snapshot.batchId}: ${result}`)
  }
  const fromStart = await withDeltas(checkpoint, committed, -1, new Map())
  if (typeof fromStart !== 'string') return fromStart
  failures.push(`deltas from the first batch: ${fromStart}`)
  throw makeError('STATE_CORRUPT', `The state of batch ${committed.prepared.record.batchId} cannot be rebuilt: ${failures.join('; ')}. Restore the checkpoint from a backup, or start on a new checkpointLocation.`, {
    context: { batchId: committed.prepared.record.batchId, failures },
  })
}

async function fromSnapshot(
  checkpoint: Checkpoint,
  committed: PreparedEntry,
  snapshot: { readonly batchId: number; readonly attempt: AttemptId; readonly manifest: SnapshotManifest | null },
): Promise<StoredState[] | string> {
  const { manifest, batchId, attempt } = snapshot
  if (manifest === null) return 'its manifest is damaged'
  const bases = new Map<string, { pages: StoredSegment[]; setHash: string }>()
  for (const part of manifest.partitions) {
    const pages: StoredSegment[] = []
    for (let n = 0; n < part.pages.length; n++) {
      const key = keys.page(batchId, attempt, part.operator, part.partition, n)
      const bytes = await checkpoint.store.get(key)
      if (bytes === undefined && !checkpoint.rules.digestsChecked) continue
      if (bytes === undefined) return `page ${key} is missing`
      if (checkpoint.rules.digestsChecked && sha256(bytes) !== part.pages[n]) return `page ${key} is damaged`
      pages.push({ bytes, batchId, digest: part.pages[n] })
    }
    bases.set(stateName(part.operator, part.partition), { pages, setHash: part.setHash })
  }
  return withDeltas(checkpoint, committed, batchId, bases, manifest.token)
}

async function withDeltas(
  checkpoint: Checkpoint,
  committed: PreparedEntry,
  base: number,
  bases: ReadonlyMap<string, { readonly pages: readonly StoredSegment[]; readonly setHash: string }>,
  baseToken?: string,
): Promise<StoredState[] | string> {
  let chain: PreparedEntry[]
  try {
    chain = await checkpoint.chain(committed, Math.max(0, base))
  } catch (error) {
    return (error as Error).message
  }
  if (baseToken !== undefined && chain[0].prepared.token !== baseToken) return 'it belongs to another history'
  const states = new Map<string, { operator: string; partition: number; pages: readonly StoredSegment[] | null; deltas: StoredSegment[]; setHash: string }>()
  for (const [name, { pages, setHash }] of bases) {
    const at = name.lastIndexOf('/')
    states.set(name, { operator: name.slice(0, at), partition: Number(name.slice(at + 1)), pages, deltas: [], setHash })
  }
  for (const { prepared } of chain) {
    const { batchId } = prepared.record
    if (batchId <= base) continue
    for (const d of prepared.deltas) {
      const bytes = await checkpoint.delta(batchId, prepared.attempt, d.operator, d.partition)
      if (bytes === undefined) return `delta of batch ${batchId}, operator ${d.operator}, partition ${d.partition} is missing`
      if (sha256(bytes) !== d.digest) return `delta of batch ${batchId}, operator ${d.operator}, partition ${d.partition} is damaged`
      const name = stateName(d.operator, d.partition)
      let state = states.get(name)
      if (state === undefined) states.set(name, (state = { operator: d.operator, partition: d.partition, pages: null, deltas: [], setHash: d.setHash }))
      state.deltas.push({ bytes, batchId, digest: d.digest })
      state.setHash = d.setHash
    }
  }
  return [...states.values()]
}

function stateName(operator: string, partition: number): string {
  return `${operator}/${partition}`
}
