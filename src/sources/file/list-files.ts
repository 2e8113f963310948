import type { DirectoryEntry, FileSystem } from '../../common/file-system.ts'
import { isSystemError } from '../../common/system-errors.ts'
import { noFile, unusable } from './path-errors.ts'
import type { Glob } from './glob.ts'
import { isGlob, matchSegment, parseGlob } from './glob.ts'

/** Where a source looks for files: a root that names are relative to, and what to take below it. */
export interface FileRoot {
  readonly root: string
  /** Undefined: the files of the root itself. A name: that one file. */
  readonly globs?: readonly Glob[]
  readonly file?: string
}

export interface Listing {
  /** Paths of files relative to the root, `/` between segments, sorted. */
  readonly paths: readonly string[]
  /** Symbolic links that were left out: they could lead out of the root. */
  readonly links: readonly string[]
  /** Whether there is what the path names: the folder, even if it is empty, the file, or something that fits the pattern. */
  readonly matched: boolean
  /** Whether a folder is the output of a file sink. */
  readonly isSinkOutput: boolean
}

/**
 * Undefined when there is nothing at the path. A path that exists is taken as it is, even if it looks like a pattern.
 * @throws QueryError SOURCE_FAILED when the system refuses to say, SOURCE_PATH_MISSING for what is neither file nor folder
 */
export async function findRoot(files: FileSystem, path: string): Promise<FileRoot | undefined> {
  try {
    return await rootOf(files, path)
  } catch (error) {
    throw unusable(path, error)
  }
}

async function rootOf(files: FileSystem, path: string): Promise<FileRoot | undefined> {
  const stat = await files.stat(path)
  if (stat?.kind === 'directory') return { root: path }
  if (stat?.kind === 'file') {
    const slash = path.lastIndexOf('/')
    return { root: slash < 0 ? '.' : path.slice(0, slash) || '/', file: path.slice(slash + 1) }
  }
  if (stat !== undefined) throw noFile(path)
  if (!isGlob(path)) return undefined
  const globs = parseGlob(path)
  const root = await files.stat(globs[0].root)
  return root?.kind === 'directory' ? { root: globs[0].root, globs } : undefined
}

export function joinPath(directory: string, name: string): string {
  return directory === '' || directory === '.' ? name : directory.endsWith('/') ? directory + name : `${directory}/${name}`
}

/** Hidden names, and the endings that writers give to files that are not finished. As in Spark, `_key=value` is no hidden folder. */
export function isSkipped(name: string): boolean {
  if (name.startsWith('.') || (name.startsWith('_') && !name.includes('='))) return true
  return /(?:~|\.(?:tmp|temp|part|partial|inprogress|crdownload|swp|_COPYING_))$/i.test(name)
}

/** Lists what the root says. A folder that disappears meanwhile counts as empty, except the root itself: ENOENT. */
export async function listFiles(files: FileSystem, from: FileRoot, recursive: boolean): Promise<Listing> {
  if (from.file !== undefined) {
    const stat = await files.stat(joinPath(from.root, from.file))
    const matched = stat?.kind === 'file'
    return { paths: matched ? [from.file] : [], links: [], matched, isSinkOutput: false }
  }
  const walk = new Walk(files, from.root, recursive)
  if (from.globs === undefined) await walk.folder('')
  else for (const glob of from.globs) await walk.match('', glob.segments, 0)
  return { paths: [...walk.paths].sort(), links: [...walk.links], matched: from.globs === undefined || walk.matched || walk.paths.size > 0, isSinkOutput: walk.isSinkOutput }
}

class Walk {
  readonly paths = new Set<string>()
  readonly links = new Set<string>()
  isSinkOutput = false
  /** A folder fits the last segment of a pattern. */
  matched = false
  readonly #files: FileSystem
  readonly #root: string
  readonly #recursive: boolean

  constructor(files: FileSystem, root: string, recursive: boolean) {
    this.#files = files
    this.#root = root
    this.#recursive = recursive
  }

  async folder(relative: string): Promise<void> {
    for (const entry of await this.#entries(relative)) {
      const path = joinPath(relative, entry.name)
      if (entry.kind === 'file') this.paths.add(path)
      else if (entry.kind === 'directory' && (this.#recursive || entry.name.includes('='))) await this.folder(path)
    }
  }

  async match(relative: string, segments: readonly string[], at: number): Promise<void> {
    const segment = segments[at]
    const last = at === segments.length - 1
    if (segment === '**') {
      // As no folder at all, then as each folder here.
      if (last) {
        this.matched = true
        await this.#everything(relative)
      } else await this.match(relative, segments, at + 1)
      if (!last) for (const entry of await this.#entries(relative)) if (entry.kind === 'directory') await this.match(joinPath(relative, entry.name), segments, at)
      return
    }
    for (const entry of await this.#entries(relative)) {
      if (!matchSegment(segment, entry.name)) continue
      const path = joinPath(relative, entry.name)
      if (entry.kind === 'directory') {
        if (last) {
          this.matched = true
          await this.folder(path)
        } else await this.match(path, segments, at + 1)
      } else if (last && entry.kind === 'file') this.paths.add(path)
    }
  }

  async #everything(relative: string): Promise<void> {
    for (const entry of await this.#entries(relative)) {
      const path = joinPath(relative, entry.name)
      if (entry.kind === 'file') this.paths.add(path)
      else if (entry.kind === 'directory') await this.#everything(path)
    }
  }

  async #entries(relative: string): Promise<DirectoryEntry[]> {
    let entries: readonly DirectoryEntry[]
    try {
      entries = await this.#files.list(relative === '' ? this.#root : joinPath(this.#root, relative))
    } catch (error) {
      // Gone, or a file in its place.
      if (relative !== '' && isSystemError(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return []
      throw error
    }
    const taken: DirectoryEntry[] = []
    for (const entry of entries) {
      if (entry.name === '_manifest' && entry.kind === 'directory') this.isSinkOutput = true
      if (isSkipped(entry.name)) continue
      if (entry.kind === 'link') this.links.add(joinPath(relative, entry.name))
      else taken.push(entry)
    }
    return taken
  }
}
