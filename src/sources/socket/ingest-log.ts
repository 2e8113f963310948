import { makeError, type MillraceError } from '../../common/errors.ts'
import type { FileSystem, WritableFile } from '../../common/file-system.ts'
import { type Frames, framesOf, type LoggedLine, readFrames } from './frames.ts'

export interface Segment {
  readonly path: string
  /** Number of its first line. */
  readonly first: number
  /** Number of the line after its last one. */
  end: number
  bytes: number
}

/** A new segment is begun when one has this many bytes. */
const segmentBytes = 4 * 1024 * 1024
const segmentName = /^\d{16}\.log$/
const advice = 'Restore the checkpoint from a backup, or choose another checkpointLocation and go on without them.'

/**
 * Lines received from outside, numbered from 0 and kept in files until their batch is committed.
 *
 *   <number of first line, 16 digits>.log = frames (see frames.ts)
 *
 * A line counts once it is synced. What a crash leaves at the end of a segment and is no whole frame was never counted:
 * the next run begins a new segment with that number. A broken frame with whole ones behind it is damage, and refused:
 * the numbers of the lines behind it would be given a second time. The newest segment is never removed, since it says
 * how far the numbers went.
 */
export class IngestLog {
  readonly directory: string
  readonly #files: FileSystem
  #segments: Segment[] = []
  #open: WritableFile | undefined

  private constructor(files: FileSystem, directory: string) {
    this.#files = files
    this.directory = directory
  }

  /** @throws QueryError SOURCE_DATA_LOST when a segment is damaged, or lacks lines that the next one follows */
  static async open(files: FileSystem, directory: string): Promise<IngestLog> {
    const log = new IngestLog(files, directory)
    await files.makeDirectory(directory)
    // Names that are visible must stay when the power goes.
    const slash = directory.lastIndexOf('/')
    await files.syncDirectory(slash < 0 ? '.' : directory.slice(0, slash) || '/')
    await files.syncDirectory(directory)
    log.#segments = await readSegments(files, directory)
    const newest = log.#segments.at(-1)
    if (newest !== undefined) {
      // The last lines may be visible and not yet durable; they are counted from here on, so they must be.
      const file = await files.append(newest.path, { private: true })
      await file.sync()
      await file.close()
    }
    return log
  }

  /** Number of lines received so far: the number of the next one. */
  get end(): number {
    return this.#segments.at(-1)?.end ?? 0
  }

  /** Number of the oldest line that is still here. */
  get start(): number {
    return this.#segments[0]?.first ?? 0
  }

  /** Bytes of the segments that have lines after `end`. */
  bytesAfter(end: number): number {
    return this.#segments.reduce((n, s) => (s.end > end ? n + s.bytes : n), 0)
  }

  /** Adds lines, durably. After a failure the log must be opened again. */
  async append(lines: readonly Uint8Array[], timeMs: number): Promise<void> {
    if (lines.length === 0) return
    const frame = framesOf(lines, timeMs)
    let segment = this.#segments.at(-1)
    if (this.#open === undefined || segment === undefined || segment.bytes >= segmentBytes) {
      await this.#open?.close()
      const first = this.end
      const path = `${this.directory}/${String(first).padStart(16, '0')}.log`
      this.#open = await this.#create(path)
      await this.#files.syncDirectory(this.directory)
      this.#segments = this.#segments.filter(s => s.end > s.first || s.path !== path)
      segment = { path, first, end: first, bytes: 0 }
      this.#segments.push(segment)
    }
    await this.#open.write(frame)
    await this.#open.sync()
    segment.bytes += frame.length
    segment.end += lines.length
  }

  /**
   * A segment that got no whole line before a crash has the same number. It is replaced and not removed first: when it
   * is the only one left, its name alone says how far the numbers went.
   */
  async #create(path: string): Promise<WritableFile> {
    if (!this.#segments.some(s => s.path === path)) return this.#files.create(path, { private: true })
    await this.#files.remove(`${path}.new`)
    const file = await this.#files.create(`${path}.new`, { private: true })
    await this.#files.rename(`${path}.new`, path)
    return file
  }

  /** The end of a range from `from` that has at most about `maxBytes` bytes, and at least one segment's lines. */
  endWithin(from: number, maxBytes: number): number {
    let bytes = 0
    let end = from
    for (const segment of this.#segments) {
      if (segment.end <= from) continue
      bytes += segment.bytes
      if (end > from && bytes > maxBytes) break
      end = segment.end
    }
    return end
  }

  /**
   * Lines from .. to−1.
   * @throws QueryError SOURCE_DATA_LOST
   */
  async read(from: number, to: number): Promise<LoggedLine[]> {
    const lines: LoggedLine[] = []
    for (const { path, first, end } of this.#segments) {
      if (end <= from || first >= to) continue
      const found = readFrames(await this.#files.readFile(path))
      if (found.lines.length < end - first) throw damaged(path, found, first + found.lines.length, end)
      for (const line of found.lines.slice(Math.max(0, from - first), Math.min(end, to) - first)) lines.push(line)
    }
    if (lines.length < to - from) throw linesLost(this.directory, from, to)
    return lines
  }

  /** Removes segments whose lines all come before `end`. */
  async removeBefore(end: number): Promise<void> {
    while (this.#segments.length > 1 && this.#segments[0].end <= end) {
      await this.#files.remove(this.#segments[0].path)
      this.#segments.shift()
    }
  }

  async close(): Promise<void> {
    await this.#open?.close()
    this.#open = undefined
  }
}

/** The segments of a log, each checked frame by frame. */
export async function readSegments(files: FileSystem, directory: string): Promise<Segment[]> {
  const segments: Segment[] = []
  const names = (await files.list(directory)).map(e => e.name).filter(name => segmentName.test(name)).sort()
  for (const [k, name] of names.entries()) {
    const path = `${directory}/${name}`
    const first = Number(name.slice(0, 16))
    const content = await files.readFile(path)
    const found = readFrames(content)
    const next = names[k + 1]
    const end = next === undefined ? first + found.lines.length : Number(next.slice(0, 16))
    if (first + found.lines.length < end) throw damaged(path, found, first + found.lines.length, end)
    if (next === undefined && found.damaged) throw damaged(path, found, first + found.lines.length, undefined)
    segments.push({ path, first, end, bytes: content.length })
  }
  return segments
}

/** `to`: the number after the last line that is missing; undefined when nothing says how many there were. */
function damaged(path: string, { brokenAt }: Frames, from: number, to: number | undefined): MillraceError {
  const lines = to === undefined ? `Lines from ${from} on` : `Lines ${from} to ${to - 1}`
  const where = brokenAt === undefined ? 'are missing at the end of' : `cannot be read at byte ${brokenAt} of`
  return makeError('SOURCE_DATA_LOST', `${lines} received from the socket ${where} "${path}". ${advice}`, {
    context: { path, from, ...(to === undefined ? {} : { to }), ...(brokenAt === undefined ? {} : { byte: brokenAt }) },
  })
}

/** Lines that the checkpoint knows of, or has counted, are not in the log. */
export function linesLost(directory: string, from: number, to: number): MillraceError {
  return makeError('SOURCE_DATA_LOST', `Lines ${from} to ${to - 1} received from the socket are missing in "${directory}". ${advice}`, {
    context: { path: directory, from, to },
  })
}
