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
    const directories = new Set<string>()
    for (const file of published) {
      const directory = file.path.includes('/') ? file.path.slice(0, file.path.lastIndexOf('/')) : ''
      await this.#makeFolder(directory)
      directories.add(directory)
      try {
        await this.#files.rename(`${this.#root}/${file.staged}`, `${this.#root}/${file.path}`)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
    }
    await Promise.all([...directories].map(d => this.#files.syncDirectory(this.#absolute(d))))
  }

  /** Makes a folder durable, refusing links on the way: they could lead out of the output folder. */
  async #makeFolder(directory: string): Promise<void> {
    if (this.#known.has(directory)) return
    let at = ''
    for (const segment of directory.split('/')) {
      const parent = at
      at = at === '' ? segment : `${at}/${segment}`
      if (this.#known.has(at)) continue
      const there = (await this.#files.list(this.#absolute(parent))).find(e => e.name === segment)
      if (there !== undefined && there.kind !== 'directory') throw notAFolder(this.#absolute(at), there.kind)
      if (there === undefined) {
        await this.#files.makeDirectory(this.#absolute(at))
        await this.#files.syncDirectory(this.#absolute(parent))
      }
      this.#known.add(at)
    }
  }

  #absolute(directory: string): string {
    return directory === '' ? this.#root : `${this.#root}/${directory}`
  }
}

function notAFolder(path: string, kind: string): MillraceError {
  return makeError('SINK_COMMIT_FAILED', `"${path}" should be a folder of the output, but it is a ${kind}. Remove it.`, { context: { path, kind } })
}
