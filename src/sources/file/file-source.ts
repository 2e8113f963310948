import { resolve } from 'node:path'
import type { Schema } from '../../columnar/schema.ts'
import { durationMs, type Duration } from '../../common/duration.ts'
import { makeError, type MillraceError } from '../../common/errors.ts'
import type { Json } from '../../common/json.ts'
import type { InputPartition, PlannedRange, ReadLimit, Source, SourceEnvironment, SourceNotice, SourceOffset } from '../source.ts'
import { ChangedFiles } from './changed-files.ts'
import { FileCleaner } from './clean-files.ts'
import { cutFile } from './cut-file.ts'
import type { FileSpec } from './file-reader.ts'
import { type FileRoot, findRoot, joinPath, listFiles } from './list-files.ts'
import { defaultMaxBytesPerTrigger, type ResolvedFileSourceOptions } from './options.ts'
import { partitionValues } from './partition-values.ts'
import { isMissing, nothingMatches, pathMissing, statOf, unusable } from './path-errors.ts'
import { RememberedRoot } from './remembered-root.ts'
import { SeenFiles } from './seen-files.ts'

/** Files that were too old to be read are looked at again this often: one may have been replaced by a newer one. */
const recheckMs = 60_000

interface FoundFile {
  readonly key: string
  readonly path: string
  readonly size: number
  readonly mtimeMs: number
  readonly inode: number
}

/**
 * A growing set of files, read in the order of their modification times. The offset is the number of files planned;
 * which ones they were stands in the batch records, and the keys of those seen in what the source remembers.
 */
export class FileSource implements Source {
  readonly description: string
  readonly replayable = true
  readonly #options: ResolvedFileSourceOptions
  readonly #schema: Schema
  readonly #environment: SourceEnvironment
  readonly #root: FileRoot
  readonly #splittable: boolean
  readonly #seen: SeenFiles
  readonly #rememberedRoot: RememberedRoot
  readonly #changedFiles: ChangedFiles
  readonly #cleaner: FileCleaner | undefined
  readonly #minAgeMs: number
  readonly #pollMs: number
  #planned = 0
  /** New files in the order in which they will be read. */
  #pending: FoundFile[] = []
  /** Planned and not yet committed, in case their batch is given up. */
  #uncommitted: { readonly file: FoundFile; readonly ordinal: number }[] = []
  #pinned = false
  #tooOld = new Set<string>()
  #recheckAt = 0
  /** What the path names was not there when it was looked for the last time. */
  #nothing: { readonly links: readonly string[] } | undefined
  /** How long it took to look for files the last time. */
  #listMs = 0
  #noticedLinks = new Set<string>()
  #notices: SourceNotice[] = []

  private constructor(options: ResolvedFileSourceOptions, schema: Schema, environment: SourceEnvironment, root: FileRoot, splittable: boolean) {
    this.description = `files[${options.path}]`
    this.#options = options
    this.#schema = schema
    this.#environment = environment
    this.#root = root
    this.#splittable = splittable
    const hasLimit = options.maxFilesPerTrigger !== undefined || options.maxBytesPerTrigger !== undefined
    // With the newest files first and a limit, older ones come later on purpose.
    const ageless = options.latestFirst && hasLimit
    this.#seen = new SeenFiles(ageless ? Number.POSITIVE_INFINITY : durationMs(options.maxFileAge as Duration, 'maxFileAge'))
    this.#rememberedRoot = new RememberedRoot(root.root)
    this.#changedFiles = new ChangedFiles(environment.ports.files, environment.ports.clock, root.root, this.#seen)
    this.#minAgeMs = durationMs(options.minFileAge as Duration, 'minFileAge')
    this.#pollMs = durationMs(options.pollInterval as Duration, 'pollInterval')
    const archive = options.cleanSource === 'archive' ? options.sourceArchiveDir : undefined
    this.#cleaner = options.cleanSource === 'off' ? undefined : new FileCleaner(environment.ports.files, root.root, archive)
  }

  /**
   * `splittable`: large files of the format may be read in parts.
   * @throws QueryError SOURCE_PATH_MISSING, SOURCE_FAILED · AnalysisError PLAN_INVALID_OPTION
   */
  static async open(options: ResolvedFileSourceOptions, schema: Schema, environment: SourceEnvironment, splittable: boolean): Promise<FileSource> {
    const { files } = environment.ports
    const root = await findRoot(files, options.path)
    if (root === undefined) throw pathMissing(options.path)
    if (options.cleanSource !== 'off') {
      // Removing files from under a sink's log would make its readers find nothing.
      for (let folder = resolve(root.root); ; folder = resolve(folder, '..')) {
        if ((await statOf(files, joinPath(folder, '_manifest')))?.kind === 'directory') throw cleaningSinkOutput(options, folder)
        if (folder === resolve(folder, '..')) break
      }
      if (options.sourceArchiveDir !== undefined) {
        const archive = `${resolve(options.sourceArchiveDir)}/`
        if (archive.startsWith(`${resolve(root.root)}/`)) throw archiveInside(options, root.root)
      }
    }
    return new FileSource(options, schema, environment, root, splittable)
  }

  async restore(remembered: ReadonlyMap<string, Json>): Promise<void> {
    this.#seen.restore(this.#rememberedRoot.restore(remembered))
    await this.#rememberedRoot.check(this.#environment.ports.files, this.#seen.files)
    for (const file of this.#seen.files) {
      if (file.ordinal > this.#planned) this.#planned = file.ordinal
      this.#cleaner?.add(file)
    }
  }

  async latestOffset(start: SourceOffset | null, limit: ReadLimit): Promise<SourceOffset | null> {
    const from = filesOf(start)
    if (from < this.#planned) this.#takeBack(from)
    this.#planned = from
    if (!this.#pinned && !this.#fillsLimit(limit)) await this.#list()
    // A read that happens once would take a misspelled path for an empty table.
    if (this.#nothing !== undefined && this.#isBounded && limit === 'all') throw nothingMatches(this.#options.path, this.#nothing.links)
    const count = this.#countWithin(limit)
    return start === null && count === 0 ? null : { files: from + count }
  }

  async plan(start: SourceOffset | null, end: SourceOffset): Promise<PlannedRange> {
    const partitions: InputPartition[] = []
    const put = this.#rememberedRoot.plan(filesOf(end))
    const count = filesOf(end) - filesOf(start)
    for (const file of this.#pending.splice(0, count)) {
      const values = partitionValues(file.path, this.#schema)
      const spec: FileSpec = {
        path: joinPath(this.#root.root, file.path), size: file.size, mtimeMs: file.mtimeMs, inode: file.inode,
        ...(values === undefined ? {} : { values }),
      }
      partitions.push(...cutFile(spec, file.path, this.#splittable ? this.#options.maxPartitionBytes : Number.POSITIVE_INFINITY))
      const seen = { ordinal: ++this.#planned, mtimeMs: file.mtimeMs, size: file.size, path: file.path }
      this.#seen.add(file.key, seen)
      this.#cleaner?.add(seen)
      this.#uncommitted.push({ file, ordinal: seen.ordinal })
      put.push([file.key, SeenFiles.toJson(file.key, seen)])
    }
    return { partitions, remember: { put, remove: this.#seen.forget() } }
  }

  async commit(end: SourceOffset): Promise<void> {
    const ordinal = filesOf(end)
    this.#rememberedRoot.commit(ordinal)
    this.#uncommitted = this.#uncommitted.filter(u => u.ordinal > ordinal)
    if (this.#cleaner !== undefined) this.#notices.push(...(await this.#cleaner.clean(ordinal)))
  }

  async pinAvailable(): Promise<void> {
    await this.#list()
    this.#pinned = true
  }

  async changed(signal: AbortSignal): Promise<void> {
    if (this.#pending.length > 0) return
    // A large folder takes long to list; looking at it must not become all that the driver does.
    await this.#environment.ports.clock.sleep(Math.max(this.#pollMs, this.#listMs * 9), signal)
  }

  newest(): SourceOffset | null {
    const files = this.#planned + this.#pending.length
    return files === 0 ? null : { files }
  }

  notices(): readonly SourceNotice[] {
    return this.#notices.splice(0)
  }

  async close(): Promise<void> {}

  #countWithin(limit: ReadLimit): number {
    const { maxFilesPerTrigger, maxBytesPerTrigger, latestFirst } = this.#options
    if (limit === 'all') return this.#pending.length
    const maxFiles = maxFilesPerTrigger ?? Number.POSITIVE_INFINITY
    // Newest first without a limit takes all at once: what stayed behind could fall to maxFileAge after a restart.
    const maxBytes = maxBytesPerTrigger ?? (latestFirst && maxFilesPerTrigger === undefined ? Number.POSITIVE_INFINITY : defaultMaxBytesPerTrigger)
    let count = 0
    let bytes = 0
    for (const file of this.#pending) {
      bytes += file.size
      if (count >= maxFiles || (count > 0 && bytes > maxBytes)) break
      count++
    }
    return count
  }

  /** Whether the files known fill a batch, so that a large backlog is not listed again for every batch. */
  #fillsLimit(limit: ReadLimit): boolean {
    return limit === 'limited' && !this.#options.latestFirst && this.#countWithin(limit) < this.#pending.length
  }

  async #list(): Promise<void> {
    const { clock, files } = this.#environment.ports
    const began = clock.monotonic()
    let listing
    try {
      listing = await listFiles(files, this.#root, this.#options.recursive)
    } catch (error) {
      if (isMissing(error)) throw pathMissing(this.#options.path)
      throw unusable(this.#options.path, error)
    }
    if (listing.isSinkOutput && this.#cleaner !== undefined) throw cleaningSinkOutput(this.#options, this.#root.root)
    this.#nothing = listing.matched ? undefined : { links: listing.links }
    const recheck = clock.monotonic() >= this.#recheckAt
    if (recheck) this.#recheckAt = clock.monotonic() + recheckMs
    const found: FoundFile[] = []
    const tooOld = new Set<string>()
    const unknown = listing.paths.filter(path => {
      const key = this.#key(path)
      if (this.#seen.has(key)) return false
      if (recheck || !this.#tooOld.has(key)) return true
      tooOld.add(key)
      return false
    })
    const now = clock.now()
    const ignored: string[] = []
    const keys = new Set<string>()
    for (const [path, stat] of await this.#stats(unknown)) {
      const key = this.#key(path)
      if (stat === undefined || stat.kind !== 'file' || keys.has(key)) continue
      if (this.#seen.isTooOld(stat.mtimeMs)) {
        tooOld.add(key)
        if (!this.#tooOld.has(key)) ignored.push(path)
      } else if (this.#minAgeMs === 0 || now - stat.mtimeMs >= this.#minAgeMs) {
        keys.add(key)
        found.push({ key, path, size: stat.size, mtimeMs: stat.mtimeMs, inode: stat.inode })
      }
    }
    this.#tooOld = tooOld
    if (ignored.length > 0) this.#notices.push(ignoredForAge(ignored, this.#options.maxFileAge))
    this.#noticeLinks(listing.links)
    const changed = await this.#changedFiles.look()
    if (changed !== undefined) this.#notices.push(changed)
    this.#listMs = clock.monotonic() - began
    const direction = this.#options.latestFirst ? -1 : 1
    this.#pending = found.sort((a, b) => direction * (a.mtimeMs - b.mtimeMs) || (a.path < b.path ? -1 : 1))
  }

  async #stats(paths: readonly string[]) {
    const out = []
    for (let i = 0; i < paths.length; i += 64) {
      out.push(...(await Promise.all(paths.slice(i, i + 64).map(async path => [path, await statOf(this.#environment.ports.files, joinPath(this.#root.root, path))] as const))))
    }
    return out
  }

  /** Read by readBatch(): there is no checkpoint. */
  get #isBounded(): boolean {
    return this.#environment.directory === undefined
  }

  #key(path: string): string {
    return this.#options.fileNameOnly ? path.slice(path.lastIndexOf('/') + 1) : path
  }

  #takeBack(ordinal: number): void {
    this.#seen.takeBack(ordinal)
    this.#cleaner?.takeBack(ordinal)
    this.#rememberedRoot.takeBack(ordinal)
    const back = this.#uncommitted.filter(u => u.ordinal > ordinal).map(u => u.file)
    this.#uncommitted = this.#uncommitted.filter(u => u.ordinal <= ordinal)
    this.#pending = [...back, ...this.#pending]
  }

  #noticeLinks(links: readonly string[]): void {
    const fresh = links.filter(link => !this.#noticedLinks.has(link))
    if (fresh.length === 0) return
    for (const link of fresh) this.#noticedLinks.add(link)
    this.#notices.push({ message: `${fresh.length} symbolic links below "${this.#root.root}" are not followed, such as "${fresh[0]}".`, context: { count: fresh.length, links: fresh.slice(0, 20) } })
  }
}

function filesOf(offset: SourceOffset | null): number {
  return offset === null ? 0 : (offset as { readonly files: number }).files
}

function ignoredForAge(paths: readonly string[], maxFileAge: string): SourceNotice {
  return {
    message: `${paths.length} files are older than the newest file read by more than maxFileAge (${maxFileAge}) and are not read, such as "${paths[0]}".`,
    context: { count: paths.length, paths: paths.slice(0, 20), maxFileAge },
  }
}

function cleaningSinkOutput(options: ResolvedFileSourceOptions, folder: string): MillraceError {
  return makeError(
    'PLAN_INVALID_OPTION',
    `Option "cleanSource" of source "files" is "${options.cleanSource}", but "${folder}" is the output of a file sink, whose log names its files. Set cleanSource to "off".`,
    { context: { cleanSource: options.cleanSource, folder } },
  )
}

function archiveInside(options: ResolvedFileSourceOptions, root: string): MillraceError {
  return makeError(
    'PLAN_INVALID_OPTION',
    `Option "sourceArchiveDir" of source "files" is "${options.sourceArchiveDir}", which lies below "${root}": archived files would be read again. Choose a folder outside.`,
    { context: { sourceArchiveDir: options.sourceArchiveDir, root } },
  )
}
