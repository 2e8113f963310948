import { crc32 } from 'node:zlib'
import { makeError, type MillraceError } from '../../common/errors.ts'
import type { FileSystem, WritableFile } from '../../common/file-system.ts'

/** One line that was received. */
export interface LoggedLine {
  readonly bytes: Uint8Array
  /** When it was received, milliseconds since the epoch. */
  readonly timeMs: number
}

interface Segment {
  readonly path: string
  /** Number of its first line. */
  readonly first: number
  /** Number of the line after its last one. */
  end: number
  bytes: number
}

/** A new segment is begun when one has this many bytes. */
const segmentBytes = 4 * 1024 * 1024
const headBytes = 16

/**
 * Lines received from outside, numbered from 0 and kept in files until their batch is committed.
 *
 *   <number of first line, 16 digits>.log = frames of
 *     length u32 | CRC-32 of what follows u32 | received, milliseconds float64 | bytes of the line      (little-endian)
 *
 * A line counts once it is synced. What a crash leaves at the end of a segment and is no whole frame was never counted:
 * the next run begins a new segment with that number. The newest segment is never removed, since it says how far the
 * numbers went.
 */
export class IngestLog {
  readonly #files: FileSystem
  readonly #directory: string
  #segments: Segment[] = []
  #open: WritableFile | undefined

  private constructor(files: FileSystem, directory: string) {
    this.#files = files
    this.#directory = directory
  }

  /** @throws QueryError SOURCE_DATA_LOST when a segment lacks lines that the next one follows */
  static async open(files: FileSystem, directory: string): Promise<IngestLog> {
    const log = new IngestLog(files, directory)
    await files.makeDirectory(directory)
    // Names that are visible must stay when the power goes.
    const slash = directory.lastIndexOf('/')
    await files.syncDirectory(slash < 0 ? '.' : directory.slice(0, slash) || '/')
    await files.syncDirectory(directory)
    const names = (await files.list(directory)).map(e => e.name).filter(name => /^\d{16}\.log$/.test(name)).sort()
    for (const [k, name] of names.entries()) {
      const path = `${directory}/${name}`
      const first = Number(name.slice(0, 16))
      const content = await files.readFile(path)
      const lines = frames(content).length
      const next = names[k + 1]
      const end = next === undefined ? first + lines : Number(next.slice(0, 16))
      if (first + lines < end) throw damaged(path, first + lines, end)
      log.#segments.push({ path, first, end, bytes: content.length })
    }
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
      const path = `${this.#directory}/${String(first).padStart(16, '0')}.log`
      // A segment that got no whole line before a crash has the same number.
      await this.#files.remove(path)
      this.#open = await this.#files.create(path, { private: true })
      await this.#files.syncDirectory(this.#directory)
      this.#segments = this.#segments.filter(s => s.end > s.first || s.path !== path)
      segment = { path, first, end: first, bytes: 0 }
      this.#segments.push(segment)
    }
    await this.#open.write(frame)
    await this.#open.sync()
    segment.bytes += frame.length
    segment.end += lines.length
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
      const found = frames(await this.#files.readFile(path))
      if (found.length < end - first) throw damaged(path, first + found.length, end)
      lines.push(...found.slice(Math.max(0, from - first), Math.min(end, to) - first))
    }
    if (lines.length < to - from) throw damaged(this.#directory, from, to)
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

function framesOf(lines: readonly Uint8Array[], timeMs: number): Uint8Array {
  const out = new Uint8Array(lines.reduce((n, line) => n + headBytes + line.length, 0))
  const view = new DataView(out.buffer)
  let at = 0
  for (const line of lines) {
    const end = at + headBytes + line.length
    view.setUint32(at, line.length, true)
    view.setFloat64(at + 8, timeMs, true)
    out.set(line, at + headBytes)
    view.setUint32(at + 4, crc32(out.subarray(at + 8, end)), true)
    at = end
  }
  return out
}

/** The whole frames from the beginning; the first one that is not whole ends them. */
function frames(bytes: Uint8Array): LoggedLine[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const lines: LoggedLine[] = []
  for (let at = 0; at + headBytes <= bytes.length;) {
    const end = at + headBytes + view.getUint32(at, true)
    if (end > bytes.length || crc32(bytes.subarray(at + 8, end)) !== view.getUint32(at + 4, true)) break
    lines.push({ bytes: bytes.subarray(at + headBytes, end), timeMs: view.getFloat64(at + 8, true) })
    at = end
  }
  return lines
}

function damaged(path: string, from: number, to: number): MillraceError {
  return makeError(
    'SOURCE_DATA_LOST',
    `Lines ${from} to ${to - 1} received from the socket are missing from "${path}" or damaged. Restore the checkpoint from a backup, or choose another checkpointLocation and go on without them.`,
    { context: { path, from, to } },
  )
}
