import type { FileStat } from '../../common/file-system.ts'
import type { SeenFile } from './seen-files.ts'

/** What file systems and copying tools cut times to: microseconds, milliseconds, seconds, every other second. */
const grainsMs = [0.001, 1, 1000, 2000]
/** Seconds as float64, which Node sets times by, lose up to a microsecond or two. */
const inexactMs = 0.002

/**
 * Whether a file can be the one that was read: of its size (where that is known), and of its time or what a copy has made
 * of it. A time that only lies near is another one: two files may have been written in one millisecond.
 */
export function isSameFile(seen: SeenFile, stat: FileStat): boolean {
  if (seen.size !== undefined && seen.size !== stat.size) return false
  const apart = Math.abs(stat.mtimeMs - seen.mtimeMs)
  return grainsMs.some(grain => apart <= grain + inexactMs && isMultiple(stat.mtimeMs, grain))
}

function isMultiple(ms: number, grain: number): boolean {
  return Math.abs(ms - Math.round(ms / grain) * grain) <= inexactMs
}
