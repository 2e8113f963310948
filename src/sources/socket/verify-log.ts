import { messageOf } from '../../common/errors.ts'
import type { FileSystem } from '../../common/file-system.ts'
import { linesLost, readSegments } from './ingest-log.ts'

/**
 * Checks every frame of the lines kept in a checkpoint, and that none are missing which it has counted: `end` lines.
 * Answers the number of segments and what is wrong. Nothing is changed.
 */
export async function verifyIngestLog(files: FileSystem, directory: string, end: number): Promise<{ readonly checked: number; readonly reason?: string }> {
  try {
    const segments = (await files.stat(directory)) === undefined ? [] : await readSegments(files, directory)
    const found = segments.at(-1)?.end ?? 0
    if (found < end) throw linesLost(directory, found, end)
    return { checked: segments.length }
  } catch (error) {
    return { checked: 1, reason: messageOf(error) }
  }
}
