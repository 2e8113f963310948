import { sha256 } from '../common/digest.ts'
import type { Checkpoint } from './checkpoint.ts'
import { afterPrefix, keys } from './keys.ts'
import type { StoreChange } from './key-value-store.ts'
import { decodeRecord, encodeRecord, recordCorrupt } from './records.ts'

/** Files of a model, kept with the checkpoint: a replay scores with the very bytes that scored first. */
export type ArtefactFiles = readonly { readonly path: string; readonly bytes: Uint8Array }[]

interface ArtefactIndex {
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[]
}

/**
 * What keeps and what lets go of models takes turns: a model that is found to be there must not be on its way out. (A query
 * loads models while its clean-up runs.)
 */
const turns = new WeakMap<Checkpoint, Promise<unknown>>()

function inTurn<T>(checkpoint: Checkpoint, work: () => Promise<T>): Promise<T> {
  const turn = (turns.get(checkpoint) ?? Promise.resolve()).then(work)
  turns.set(checkpoint, turn.catch(() => undefined))
  return turn
}

/** Entry 0 is the index, written with the pieces in one synced write. Keeping it again changes nothing. */
export function keepArtefact(checkpoint: Checkpoint, digest: string, files: ArtefactFiles): Promise<void> {
  return inTurn(checkpoint, () => writeArtefact(checkpoint, digest, files))
}

async function writeArtefact(checkpoint: Checkpoint, digest: string, files: ArtefactFiles): Promise<void> {
  if ((await checkpoint.store.get(keys.artefact(digest, 0))) !== undefined) return
  const index: ArtefactIndex = { files: files.map(f => ({ path: f.path, bytes: f.bytes.length, sha256: sha256(f.bytes) })) }
  const changes: StoreChange[] = [{ kind: 'put', key: keys.artefact(digest, 0), value: encodeRecord(index) }]
  files.forEach((f, n) => changes.push({ kind: 'put', key: keys.artefact(digest, n + 1), value: f.bytes }))
  await checkpoint.write(changes, true)
}

/**
 * The files of a kept model, undefined when it is not in the checkpoint.
 * @throws CheckpointError CHECKPOINT_CORRUPT
 */
export async function readArtefact(checkpoint: Checkpoint, digest: string): Promise<ArtefactFiles | undefined> {
  const indexKey = keys.artefact(digest, 0)
  const indexBytes = await checkpoint.store.get(indexKey)
  if (indexBytes === undefined) return undefined
  const { files } = decodeRecord<ArtefactIndex>(indexKey, indexBytes)
  const found: { path: string; bytes: Uint8Array }[] = []
  for (let n = 0; n < files.length; n++) {
    const key = keys.artefact(digest, n + 1)
    const bytes = await checkpoint.store.get(key)
    if (bytes === undefined || sha256(bytes) !== files[n].sha256) throw recordCorrupt(key, `file "${files[n].path}" of a model is missing or damaged`)
    found.push({ path: files[n].path, bytes })
  }
  return found
}

/** Digests of all models that are kept. */
export async function keptArtefacts(checkpoint: Checkpoint): Promise<Set<string>> {
  const digests = new Set<string>()
  for await (const key of checkpoint.store.keys('a/', 'a0')) digests.add(key.slice(2, 66))
  return digests
}

/** Removes a model that no batch from the last committed one on can need (protocol §5). `isNeeded` is asked when it is about to go. */
export function dropArtefact(checkpoint: Checkpoint, digest: string, isNeeded: () => boolean = () => false): Promise<void> {
  return inTurn(checkpoint, async () => {
    if (!isNeeded()) await removeArtefact(checkpoint, digest)
  })
}

async function removeArtefact(checkpoint: Checkpoint, digest: string): Promise<void> {
  const changes: StoreChange[] = []
  const prefix = `a/${digest}/`
  for await (const key of checkpoint.store.keys(prefix, afterPrefix(prefix))) changes.push({ kind: 'delete', key })
  await checkpoint.write(changes, false)
}
