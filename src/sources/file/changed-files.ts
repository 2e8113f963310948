import type { Clock } from '../../common/clock.ts'
import type { FileStat, FileSystem } from '../../common/file-system.ts'
import { isSystemError } from '../../common/system-errors.ts'
import type { SourceNotice } from '../source.ts'
import { joinPath } from './list-files.ts'
import { isSameFile } from './same-file.ts'
import type { SeenFiles } from './seen-files.ts'

/** A listing has names alone, so looking costs a call a file: this many files, at most this often. */
const filesPerLook = 256
const lookEveryMs = 1000
/** Changes that are remembered as told. */
const toldLimit = 1024
const namedLimit = 20

/**
 * Finds files that were written to after they were read. Nobody reads what came into them, and a program that appends to
 * its input should hear of it. Looks at some of the files at a time, the newest first, until all had their turn.
 */
export class ChangedFiles {
  readonly #files: FileSystem
  readonly #clock: Clock
  readonly #root: string
  readonly #seen: SeenFiles
  /** Keys that have not had their turn, the next one last. */
  #waiting: string[] = []
  #lookAt = Number.NEGATIVE_INFINITY
  /** What was told, by key; the oldest first. */
  readonly #told = new Map<string, string>()

  constructor(files: FileSystem, clock: Clock, root: string, seen: SeenFiles) {
    this.#files = files
    this.#clock = clock
    this.#root = root
    this.#seen = seen
  }

  /** Undefined where nothing is new, also between two looks. */
  async look(): Promise<SourceNotice | undefined> {
    if (this.#clock.monotonic() < this.#lookAt) return undefined
    this.#lookAt = this.#clock.monotonic() + lookEveryMs
    if (this.#waiting.length === 0) this.#waiting = [...this.#seen.keys]
    const changes = (await Promise.all(this.#waiting.splice(-filesPerLook).reverse().map(key => this.#change(key)))).filter(change => change !== undefined)
    return changes.length === 0 ? undefined : changedAfterReading(changes)
  }

  async #change(key: string): Promise<Change | undefined> {
    const seen = this.#seen.get(key)
    if (seen === undefined) return undefined
    const stat = await this.#stat(joinPath(this.#root, seen.path))
    if (stat?.kind !== 'file' || isSameFile(seen, stat)) return undefined
    const state = `${stat.size} ${stat.mtimeMs}`
    if (this.#told.get(key) === state) return undefined
    this.#told.delete(key)
    this.#told.set(key, state)
    const [oldest] = this.#told.keys()
    if (this.#told.size > toldLimit) this.#told.delete(oldest)
    return { path: seen.path, sizeRead: seen.size ?? null, size: stat.size }
  }

  /** A file that was read is not needed any more: that the system refuses to say is no failure of the query. */
  async #stat(path: string): Promise<FileStat | undefined> {
    try {
      return await this.#files.stat(path)
    } catch (error) {
      if (isSystemError(error)) return undefined
      throw error
    }
  }
}

interface Change {
  readonly path: string
  readonly sizeRead: number | null
  readonly size: number
}

function changedAfterReading(changes: readonly Change[]): SourceNotice {
  const [{ path, sizeRead, size }] = changes
  const was = sizeRead === null ? `${size} bytes now` : sizeRead === size ? `${size} bytes, and another time` : `${sizeRead} bytes then, ${size} now`
  const subject = changes.length === 1 ? `File "${path}" was` : `${changes.length} files were`
  const example = changes.length === 1 ? `(${was})` : `such as "${path}" (${was})`
  return {
    message: `${subject} written to after being read ${example}: a file is read once, so what has come is not. Write new rows into files of new names.`,
    context: { count: changes.length, paths: changes.slice(0, namedLimit).map(change => change.path), sizeRead, size },
  }
}
