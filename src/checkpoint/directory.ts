import { makeDurableDirectory } from '../common/durable-directory.ts'
import { isMillraceError, makeError, messageOf } from '../common/errors.ts'
import type { Ports } from '../common/ports.ts'
import { randomHex } from '../common/random.ts'
import type { KeyValueStore, StoreProvider } from './key-value-store.ts'
import { decodeRecord, encodeRecord } from './records.ts'

/** A checkpoint's folder, locked by this process. The store inside is opened later, after the sinks were fenced. */
export interface CheckpointDirectory {
  readonly location: string
  readonly queryId: string
  /** No query ran here before. */
  readonly isNew: boolean
  readonly lock: KeyValueStore
}

const metadataName = 'metadata'

/**
 * Takes the lock: an otherwise empty second store, whose kernel lock dies with the process (protocol rule 10). Then
 * reads, or creates, the `metadata` file with the query's id.
 * @throws CheckpointError CHECKPOINT_IN_USE, CHECKPOINT_NOT_EMPTY, CHECKPOINT_CORRUPT
 */
export async function lockDirectory(location: string, provider: StoreProvider, ports: Ports, newQueryId: string): Promise<CheckpointDirectory> {
  const { files } = ports
  const there = await files.stat(location)
  if (there !== undefined && there.kind !== 'directory') throw noDirectory(location)
  try {
    await makeDurableDirectory(files, location)
  } catch (error) {
    throw unusable(location, error)
  }
  const lock = await takeLock(location, provider)
  try {
    const path = `${location}/${metadataName}`
    if ((await files.stat(path)) !== undefined) {
      // Whoever made it may have died before its name was durable, and sinks are about to be told the id.
      await files.syncDirectory(location)
      await removeTemporary(location, ports)
      const { id } = decodeRecord<{ id: string }>(metadataName, await files.readFile(path))
      return { location, queryId: id, isNew: false, lock }
    }
    const others = (await files.list(location)).map(e => e.name).filter(n => n !== 'lock' && !n.startsWith('.tmp-'))
    if (others.length > 0) throw notEmpty(location, others, (await files.stat(`${location}/state/CURRENT`)) !== undefined)
    await removeTemporary(location, ports)
    await createFile(path, location, encodeRecord({ id: newQueryId }), ports)
    return { location, queryId: newQueryId, isNew: true, lock }
  } catch (error) {
    await lock.close()
    throw error
  }
}

/**
 * As {@link lockDirectory}, for tools: a folder that is no checkpoint is refused and nothing is created.
 * @throws CheckpointError CHECKPOINT_NOT_FOUND, CHECKPOINT_IN_USE, CHECKPOINT_CORRUPT
 */
export async function lockExisting(location: string, provider: StoreProvider, ports: Ports): Promise<CheckpointDirectory> {
  if ((await ports.files.stat(`${location}/${metadataName}`)) === undefined) {
    const others = (await ports.files.stat(`${location}/state/CURRENT`)) === undefined ? [] : (await ports.files.list(location)).map(e => e.name)
    if (others.length > 0) throw notEmpty(location, others, true)
    throw makeError('CHECKPOINT_NOT_FOUND', `The folder "${location}" is no checkpoint: it has no "${metadataName}" file. Give the checkpointLocation of a query.`, { context: { location } })
  }
  return lockDirectory(location, provider, ports, '')
}

/** The lock's own store is named `lock`; who reads the error knows the checkpointLocation. */
async function takeLock(location: string, provider: StoreProvider): Promise<KeyValueStore> {
  try {
    return await provider.open(`${location}/lock`)
  } catch (error) {
    throw isMillraceError(error) && error.code === 'CHECKPOINT_IN_USE' ? inUse(location, error) : error
  }
}

/** Under the lock nobody is writing one. */
async function removeTemporary(location: string, { files }: Ports): Promise<void> {
  for (const { name } of await files.list(location)) if (name.startsWith('.tmp-')) await files.remove(`${location}/${name}`)
}

/** Whole or not at all, and durable: a temporary file, synced, then given its name. */
async function createFile(path: string, directory: string, bytes: Uint8Array, ports: Ports): Promise<void> {
  const { files } = ports
  const temporary = `${directory}/.tmp-${metadataName}-${randomHex(ports.random, 8)}`
  const file = await files.create(temporary, { private: true })
  try {
    await file.write(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await files.rename(temporary, path)
  await files.syncDirectory(directory)
}

function inUse(location: string, cause: unknown): Error {
  return makeError('CHECKPOINT_IN_USE', `Checkpoint "${location}" is held by another query, in this process or another one on this machine. Stop that query, or give this one another checkpointLocation.`, { context: { location }, cause })
}

function unusable(location: string, cause: unknown): Error {
  return makeError('CHECKPOINT_IO_FAILED', `The checkpoint folder "${location}" cannot be made: ${messageOf(cause)}. Give a folder that this process may write to.`, { context: { location }, cause })
}

function noDirectory(location: string): Error {
  return makeError('CHECKPOINT_NOT_EMPTY', `The checkpointLocation "${location}" is a file. Give a folder, which is made if needed.`, { context: { location } })
}

/** `missing`: there is a store, so that it is the metadata file that is missing. */
function notEmpty(location: string, found: readonly string[], missing: boolean): Error {
  return makeError(
    missing ? 'CHECKPOINT_CORRUPT' : 'CHECKPOINT_NOT_EMPTY',
    missing
      ? `Checkpoint "${location}" has state but no "${metadataName}" file. Restore the file from a backup, or start on a new checkpointLocation.`
      : `The folder "${location}" is no checkpoint and not empty: it holds "${found[0]}". Choose an empty or new folder as checkpointLocation.`,
    { context: { location, found }, ...(missing ? { spark: 'STREAMING_CHECKPOINT_MISSING_METADATA_FILE' } : {}) },
  )
}
