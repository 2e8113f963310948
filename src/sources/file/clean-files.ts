import type { FileSystem } from '../../common/file-system.ts'
import { messageOf } from '../../common/errors.ts'
import type { SourceNotice } from '../source.ts'
import { joinPath } from './list-files.ts'
import type { SeenFile } from './seen-files.ts'

/** Archives or deletes files once their batch is committed. A failure is a notice: the rows are safe, only the file stays. */
export class FileCleaner {
  readonly #files: FileSystem
  readonly #root: string
  /** Undefined: delete. */
  readonly #archive: string | undefined
  #waiting: SeenFile[] = []

  constructor(files: FileSystem, root: string, archive: string | undefined) {
    this.#files = files
    this.#root = root
    this.#archive = archive
  }

  add(file: SeenFile): void {
    this.#waiting.push(file)
  }

  takeBack(ordinal: number): void {
    this.#waiting = this.#waiting.filter(f => f.ordinal <= ordinal)
  }

  /** Cleans the files up to `ordinal`. After a restart they all come again; those that are gone are done. */
  async clean(ordinal: number): Promise<SourceNotice[]> {
    const due = this.#waiting.filter(f => f.ordinal <= ordinal)
    if (due.length === 0) return []
    this.#waiting = this.#waiting.filter(f => f.ordinal > ordinal)
    const notices: SourceNotice[] = []
    for (const file of due) {
      const path = joinPath(this.#root, file.path)
      try {
        const stat = await this.#files.stat(path)
        // Another file with this name has come meanwhile: nobody has read that one.
        if (stat === undefined || stat.mtimeMs !== file.mtimeMs) continue
        if (this.#archive === undefined) await this.#files.remove(path)
        else await this.#move(path, joinPath(this.#archive, file.path))
      } catch (error) {
        notices.push({ message: `File "${path}" was read but could not be ${this.#archive === undefined ? 'deleted' : 'archived'}: ${messageOf(error)}.`, context: { path } })
      }
    }
    return notices
  }

  async #move(from: string, target: string): Promise<void> {
    await this.#files.makeDirectory(target.slice(0, target.lastIndexOf('/')))
    // Two files of the same name may come one after the other; the archive keeps both.
    let to = target
    for (let n = 1; (await this.#files.stat(to)) !== undefined; n++) to = `${target}.${n}`
    await this.#files.rename(from, to)
  }
}
