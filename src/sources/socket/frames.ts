import { crc32 } from 'node:zlib'

/** One line that was received. */
export interface LoggedLine {
  readonly bytes: Uint8Array
  /** When it was received, milliseconds since the epoch. */
  readonly timeMs: number
}

export interface Frames {
  /** The lines of the whole frames from the beginning on. */
  readonly lines: readonly LoggedLine[]
  /** Where the first frame begins that is not whole; undefined when all are. */
  readonly brokenAt: number | undefined
  /**
   * True when a whole frame stands somewhere behind the broken one. A crash cuts the end off, and nothing is ever
   * written behind a cut, so then the content was damaged later.
   */
  readonly damaged: boolean
}

/**
 *   length u32 | CRC-32 of what follows u32 | received, milliseconds float64 | bytes of the line      (little-endian)
 */
const headBytes = 16

export function framesOf(lines: readonly Uint8Array[], timeMs: number): Uint8Array {
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

export function readFrames(bytes: Uint8Array): Frames {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const lines: LoggedLine[] = []
  for (let at = 0; at < bytes.length;) {
    const end = endOfFrame(bytes, view, at)
    if (end === undefined) return { lines, brokenAt: at, damaged: hasFrame(bytes, view, at + 1) }
    lines.push({ bytes: bytes.subarray(at + headBytes, end), timeMs: view.getFloat64(at + 8, true) })
    at = end
  }
  return { lines, brokenAt: undefined, damaged: false }
}

/** Undefined when there is no whole frame at this place. */
function endOfFrame(bytes: Uint8Array, view: DataView, at: number): number | undefined {
  if (at + headBytes > bytes.length) return undefined
  const end = at + headBytes + view.getUint32(at, true)
  return end <= bytes.length && crc32(bytes.subarray(at + 8, end)) === view.getUint32(at + 4, true) ? end : undefined
}

/** Tries every place: the length in the head of the broken frame may be what is damaged. */
function hasFrame(bytes: Uint8Array, view: DataView, from: number): boolean {
  for (let at = from; at + headBytes <= bytes.length; at++) if (endOfFrame(bytes, view, at) !== undefined) return true
  return false
}
