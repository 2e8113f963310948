import { resolve } from 'node:path'
import { Level } from 'level'
import type { Clock } from '../common/clock.ts'
import { makeDurableDirectory } from '../common/durable-directory.ts'
import type { FileSystem } from '../common/file-system.ts'
import { messageOf, type MillraceError } from '../common/errors.ts'
import type { KeyValueStore, StoreChange, StoreProvider } from './key-value-store.ts'
import { checkTables } from './check-tables.ts'
import { checkpointInUse, storeCorrupt, storeFailed } from './level-errors.ts'

const lockPatienceMs = 5000
const lockRetryMs = 100

/**
 * Directories that this process has open, by what they are called and by what they are. LevelDB's lock keeps other
 * processes out; inside one process it knows a directory only by the text of its path, so two spellings of one path
 * would open it twice and ruin it.
 */
const openDirectories = new Map<string, Identity>()

/** What a directory is under any name: two inodes, so that two file systems do not agree by accident. */
interface Identity {
  readonly directory: number | undefined
  /** Undefined before LevelDB has made its lock file. */
  readonly lock: number | undefined
}

/**
 * Stores in LevelDB. Nobody else may open (or even open and close) the LOCK file of a store: that would release the
 * lock. Telling directories apart looks at inodes only.
 */
export class LevelStoreProvider implements StoreProvider {
  readonly #clock: Clock
  readonly #files: FileSystem

  constructor(ports: { readonly clock: Clock; readonly files: FileSystem }) {
    this.#clock = ports.clock
    this.#files = ports.files
  }

  /**
   * Opens the store, creating directory and store if needed; waits up to 5 s for a process that is just ending.
   * @throws CheckpointError CHECKPOINT_IN_USE, CHECKPOINT_CORRUPT, CHECKPOINT_IO_FAILED
   */
  async open(directory: string): Promise<KeyValueStore> {
    const path = resolve(directory)
    await this.#claim(directory, path)
    try {
      await this.#refuseLostCurrent(directory)
      await checkTables(this.#files, directory)
      const db = await this.#openPatiently(directory, path)
      openDirectories.set(path, await this.#identityOf(path))
      return new LevelStore(directory, db, () => openDirectories.delete(path))
    } catch (error) {
      openDirectories.delete(path)
      throw isSystemError(error) ? storeFailed(directory, 'opened', error) : error
    }
  }

  /** Enters the directory into the list before the first wait that a second open could use. */
  async #claim(directory: string, path: string): Promise<void> {
    if (openDirectories.has(path)) throw checkpointInUse(directory, 'another query of this process')
    openDirectories.set(path, { directory: undefined, lock: undefined })
    try {
      await makeDurableDirectory(this.#files, path)
      const mine = await this.#identityOf(path)
      for (const [other, known] of openDirectories) {
        if (other !== path && sameDirectory(mine, known)) throw checkpointInUse(directory, 'another query of this process')
      }
      openDirectories.set(path, mine)
    } catch (error) {
      openDirectories.delete(path)
      throw isSystemError(error) ? storeFailed(directory, 'opened', error) : error
    }
  }

  async #identityOf(path: string): Promise<Identity> {
    const [directory, lock] = await Promise.all([this.#files.stat(path), this.#files.stat(`${path}/LOCK`)])
    return { directory: directory?.inode, lock: lock?.inode }
  }

  /**
   * Without the file CURRENT LevelDB would silently begin a new store over the files of the old one. Only what a crash
   * during the first creation leaves may be there without it: the first manifest.
   */
  async #refuseLostCurrent(directory: string): Promise<void> {
    const names = (await this.#files.list(directory)).map(entry => entry.name)
    if (names.includes('CURRENT')) return
    const orphan = names.find(name => /\.(ldb|sst|log)$/.test(name) || (name.startsWith('MANIFEST-') && name !== 'MANIFEST-000001'))
    if (orphan !== undefined) throw storeCorrupt(directory, `the file CURRENT is missing, but ${orphan} is there`)
  }

  async #openPatiently(directory: string, path: string): Promise<Level<string, Uint8Array>> {
    const deadline = this.#clock.monotonic() + lockPatienceMs
    for (;;) {
      const db = new Level<string, Uint8Array>(path, { keyEncoding: 'utf8', valueEncoding: 'view' })
      try {
        await db.open()
        return db
      } catch (error) {
        const cause = (error as Error).cause ?? error
        if (codeOf(cause) !== 'LEVEL_LOCKED') throw openFailed(directory, cause)
        if (this.#clock.monotonic() >= deadline) throw checkpointInUse(directory, 'another process on this machine', cause)
      }
      await this.#clock.sleep(lockRetryMs)
    }
  }
}

class LevelStore implements KeyValueStore {
  readonly #directory: string
  readonly #db: Level<string, Uint8Array>
  readonly #release: () => void
  /** After a failed write nobody knows what the store holds until it is opened again. */
  #failure: MillraceError | null = null

  constructor(directory: string, db: Level<string, Uint8Array>, release: () => void) {
    this.#directory = directory
    this.#db = db
    this.#release = release
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    try {
      return await this.#db.get(key)
    } catch (error) {
      throw this.#readFailed(error)
    }
  }

  async write(changes: readonly StoreChange[], options: { readonly sync: boolean }): Promise<void> {
    if (this.#failure !== null) throw this.#failure
    const operations = changes.map(change =>
      change.kind === 'put'
        ? ({ type: 'put', key: change.key, value: change.value } as const)
        : ({ type: 'del', key: change.key } as const),
    )
    try {
      await this.#db.batch(operations, options)
    } catch (error) {
      this.#failure ??= storeFailed(this.#directory, 'written', error)
      throw this.#failure
    }
  }

  async *range(from: string, to: string): AsyncGenerator<readonly [key: string, value: Uint8Array]> {
    try {
      yield* this.#db.iterator({ gte: from, lt: to })
    } catch (error) {
      throw this.#readFailed(error)
    }
  }

  async *keys(from: string, to: string): AsyncGenerator<string> {
    try {
      yield* this.#db.keys({ gte: from, lt: to })
    } catch (error) {
      throw this.#readFailed(error)
    }
  }

  async close(): Promise<void> {
    try {
      await this.#db.close()
    } catch (error) {
      throw storeFailed(this.#directory, 'closed', error)
    } finally {
      // A store that could not be closed and is open still has LevelDB's own lock; this claim would outlive it.
      this.#release()
    }
  }

  #readFailed(error: unknown): MillraceError {
    return codeOf(error) === 'LEVEL_CORRUPTION'
      ? storeCorrupt(this.#directory, messageOf(error), error)
      : storeFailed(this.#directory, 'read', error)
  }
}

function sameDirectory(a: Identity, b: Identity): boolean {
  if (a.directory === undefined || a.directory !== b.directory) return false
  return a.lock === b.lock || a.lock === undefined || b.lock === undefined
}

function openFailed(directory: string, cause: unknown): MillraceError {
  // A missing file inside the store is damage; a full disk or a lack of rights is not.
  const ofTheMachine = isSystemError(cause) || /No space left|Permission denied|Too many open files|Read-only file system|Disk quota/.test(messageOf(cause))
  return ofTheMachine ? storeFailed(directory, 'opened', cause) : storeCorrupt(directory, messageOf(cause), cause)
}

function codeOf(error: unknown): string | undefined {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : undefined
}

/** An error of the operating system as Node reports it: EACCES, ENOSPC … */
function isSystemError(error: unknown): boolean {
  return /^E[A-Z0-9]+$/.test(codeOf(error) ?? '')
}
