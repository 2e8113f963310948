import { resolve } from 'node:path'
import { makeError } from '../../common/errors.ts'
import type { FileSystem } from '../../common/file-system.ts'
import type { Json } from '../../common/json.ts'
import { isSystemError } from '../../common/system-errors.ts'
import { joinPath } from './list-files.ts'
import { statOf } from './path-errors.ts'
import { beginAlike } from './same-content.ts'
import { isSameFile } from './same-file.ts'
import type { SeenFile } from './seen-files.ts'

/** What the checkpoint has the root under, beside the files: no path relative to the root is this. */
const rootKey = '/'
/** Files looked at side by side; up to two are open for each. */
const atOnce = 64

/** The folder that a source's files lie in, as its checkpoint knows it. Checkpoints of earlier versions do not say. */
export class RememberedRoot {
  readonly #root: string
  #known: string | null = null
  /** The end of the first batch that remembers the root, until it is committed. */
  #plannedAt: number | undefined

  constructor(root: string) {
    this.#root = resolve(root)
  }

  /** Takes the root out of what was remembered and answers the rest, which are the files. */
  restore(remembered: ReadonlyMap<string, Json>): ReadonlyMap<string, Json> {
    const root = remembered.get(rootKey)
    this.#known = typeof root === 'string' ? root : null
    return new Map([...remembered].filter(([key]) => key !== rootKey))
  }

  /**
   * Files are known by their path below the root, so that a folder can be moved. In another folder a file of a name that
   * was read is passed over, and that must not happen to one that nobody has read: its size and time tell, and, as two files
   * may be written in one tick of the clock, their beginnings, where the file that was read is still there.
   * @throws CheckpointError CHECKPOINT_INCOMPATIBLE · QueryError SOURCE_FAILED
   */
  async check(files: FileSystem, seen: Iterable<SeenFile>): Promise<void> {
    const former = this.#known
    if (former === null || former === this.#root) return
    const all = [...seen]
    for (let i = 0; i < all.length; i += atOnce) {
      await Promise.all(
        all.slice(i, i + atOnce).map(async file => {
          if (await isOther(files, file, joinPath(former, file.path), joinPath(this.#root, file.path))) throw otherFile(former, this.#root, file.path)
        }),
      )
    }
  }

  /** What a batch that ends at `end` has to remember. */
  plan(end: number): [string, Json][] {
    if (this.#known === this.#root) return []
    this.#plannedAt ??= end
    return [[rootKey, this.#root]]
  }

  commit(end: number): void {
    if (this.#plannedAt === undefined || end < this.#plannedAt) return
    this.#known = this.#root
    this.#plannedAt = undefined
  }

  /** Takes back the batches that end beyond `end`. */
  takeBack(end: number): void {
    if (this.#plannedAt !== undefined && this.#plannedAt > end) this.#plannedAt = undefined
  }
}

async function isOther(files: FileSystem, seen: SeenFile, formerPath: string, path: string): Promise<boolean> {
  const stat = await statOf(files, path)
  if (stat === undefined) return false
  if (!isSameFile(seen, stat)) return true
  try {
    const former = await files.stat(formerPath)
    // Gone, as after a move; or not what was read any more.
    if (former?.kind !== 'file' || !isSameFile(seen, former)) return false
    return !(await beginAlike(files, formerPath, path))
  } catch (error) {
    // What cannot be looked at any more says nothing; that the new file can be read is found out by whoever reads it.
    if (isSystemError(error)) return false
    throw error
  }
}

function otherFile(former: string, root: string, file: string): Error {
  return makeError(
    'CHECKPOINT_INCOMPATIBLE',
    `The file source has read "${former}" and now reads "${root}", where "${file}" is not the file of that name that it knows: it would be passed over, since files are known by their path below the folder. Go on with "${former}", move the folder with the times of its files (as mv and cp -a do), or start on a new checkpointLocation.`,
    { context: { former, path: root, file } },
  )
}
