import { batchOfKey } from '../../../checkpoint/keys.ts'
import type { KeyValueStore, StoreChange } from '../../../checkpoint/key-value-store.ts'
import { encodeRecord } from '../../../checkpoint/records.ts'
import { formatVersion } from '../../../checkpoint/checkpoint.ts'
import type { VectorStep } from '../vector.ts'

/** Batch ids of one of the logs: commits are `c/<b>`, offsets `p/<b>` (with what belongs to a batch: its deltas and output). */
export async function logIds(store: KeyValueStore, log: 'offsets' | 'commits'): Promise<number[]> {
  const prefix = log === 'commits' ? 'c' : 'p'
  const ids = new Set<number>()
  for await (const key of store.keys(`${prefix}/`, `${prefix}0`)) ids.add(batchOfKey(key))
  return [...ids].sort((a, b) => a - b)
}

/**
 * Does to our checkpoint what a vector does to Spark's: removes entries of a log, or leaves them as a later version would
 * (content `v99999` becomes a checkpoint of a later format).
 */
export async function editLog(store: KeyValueStore, step: VectorStep): Promise<void> {
  if (step.content !== undefined) {
    const version = Number(/^v(\d+)/.exec(step.content)?.[1] ?? formatVersion)
    const meta = { formatVersion: version, queryId: '' }
    await store.write([{ kind: 'put', key: 'meta', value: encodeRecord(meta) }], { sync: true })
    return
  }
  const log = step.log ?? 'commits'
  const ids = chosen(await logIds(store, log), step.which ?? 'newest')
  const changes: StoreChange[] = []
  for (const prefix of log === 'commits' ? ['c'] : ['p', 'd', 'o', 'm', 's']) {
    for await (const key of store.keys(`${prefix}/`, `${prefix}0`)) if (ids.has(batchOfKey(key))) changes.push({ kind: 'delete', key })
  }
  await store.write(changes, { sync: true })
}

/**
 * Removes what stands in our checkpoint for a path in Spark's: entries of its logs, its state, its metadata file. Answers
 * the file to remove, if it is one.
 */
export async function removePath(store: KeyValueStore, path: string): Promise<string | null> {
  const [top, batch] = path.split('/')
  if (top === 'offsets' || top === 'commits') {
    await editLog(store, { do: 'edit', log: top, which: batch === undefined ? 'all' : Number(batch) })
    return null
  }
  if (top !== 'state') return path
  const changes: StoreChange[] = []
  for (const prefix of ['d', 'm', 's']) for await (const key of store.keys(`${prefix}/`, `${prefix}0`)) changes.push({ kind: 'delete', key })
  await store.write(changes, { sync: true })
  return null
}

function chosen(ids: readonly number[], which: NonNullable<VectorStep['which']>): ReadonlySet<number> {
  if (which === 'all') return new Set(ids)
  if (which === 'newest') return new Set(ids.slice(-1))
  if (which === 'allButNewest') return new Set(ids.slice(0, -1))
  return new Set([which])
}
