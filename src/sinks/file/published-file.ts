import type { FileSystem } from '../../common/file-system.ts'
import { makeError, type MillraceError } from '../../common/errors.ts'
import type { Staged } from './staged-file.ts'

/** A file of a batch: where it was staged and where readers find it, both relative to the output folder. */
export interface PublishedFile {
  readonly path: string
  readonly staged: string
  readonly bytes: number
  readonly rows: number
  readonly sha256: string
}

/** Names follow from batch and position alone: `part-<batch>-<n>.<extension>`. */
export function publishedFiles(batchId: number, staged: readonly Staged[], extension: string): PublishedFile[] {
  return staged.map((file, n) => {
    const name = `part-${String(batchId).padStart(10, '0')}-${String(n).padStart(5, '0')}.${extension}`
    return { path: file.directory === '' ? name : `${file.directory}/${name}`, staged: file.staged, bytes: file.bytes, rows: file.rows, sha256: file.sha256 }
  })
}

/** Puts staged files in their place. Done again after a crash it leaves the same result. */
export class Publisher {
  readonly #files: FileSystem
  readonly #root: string
  readonly #known = new Set<string>([''])

  constructor(files: FileSystem, root: string) {
    this.#files = files
    this.#root = root
  }

  /** The first of the final paths at which there is something already. */
  async taken(published: readonly PublishedFile[]): Promise<string | undefined> {
    for (const file of published) {
      const path = `${this.#root}/${file.path}`
      if ((await this.#files.stat(path)) !== undefined) return path
    }
    return undefined
  }

  /**
   * Renames and syncs. A staged file that is gone has been renamed already, by us or by the writer after us; its reader
   * may even have taken it away meanwhile, so its absence proves nothing.
   */
  async publish(published: readonly PublishedFile[]): Promise<void> {
    const directories = new Set(published.map(file => parentOf(file.path)))
    await this.#makeFolders(directories)
    for (const file of published) {
      try {
        await this.#files.rename(`${this.#root}/${file.staged}`, `${this.#root}/${file.path}`)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
    }
    await Promise.all([...directories].map(d => this.#files.syncDirectory(this.#absolute(d))))
  }

  /** Makes folders durable, refusing links on the way: they could lead out of the output folder. */
  async #makeFolders(directories: ReadonlySet<string>): Promise<void> {
    const fresh = new Set<string>()
    for (const directory of directories) {
      for (let at = directory; at !== '' && !this.#known.has(at); at = parentOf(at)) fresh.add(at)
    }
    // Shorter paths first: a folder is made in one that has been looked at.
    const ordered = [...fresh].sort((a, b) => a.length - b.length)
    const listed = new Map<string, ReadonlyMap<string, string>>()
    for (const folder of ordered) {
      const parent = parentOf(folder)
      let names = listed.get(parent)
      if (names === undefined) listed.set(parent, (names = new Map((await this.#files.list(this.#absolute(parent))).map(e => [e.name, e.kind]))))
      const kind = names.get(folder.slice(parent === '' ? 0 : parent.length + 1))
      if (kind === undefined) await this.#files.makeDirectory(this.#absolute(folder))
      else if (kind !== 'directory') throw notAFolder(this.#absolute(folder), kind)
    }
    // Those that were there may have been made by a process that died before it could sync them.
    await Promise.all([...new Set(ordered.map(parentOf))].map(parent => this.#files.syncDirectory(this.#absolute(parent))))
    for (const folder of ordered) this.#known.add(folder)
  }

  #absolute(directory: string): string {
    return directory === '' ? this.#root : `${this.#root}/${directory}`
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

function notAFolder(path: string, kind: string): MillraceError {
  return makeError('SINK_COMMIT_FAILED', `"${path}" should be a folder of the output, but it is a ${kind}. Remove it.`, { context: { path, kind } })
}
