import { resolve } from 'node:path'
import { makeError, type MillraceError } from '../../common/errors.ts'
import type { FileStat, FileSystem } from '../../common/file-system.ts'
import { isSystemError, systemProblem } from '../../common/system-errors.ts'

export function pathMissing(path: string): MillraceError {
  const resolved = resolve(path)
  const also = resolved === path ? '' : ` (${resolved})`
  return makeError(
    'SOURCE_PATH_MISSING',
    `There is no folder or file at "${path}"${also}. Create the folder before the query starts, or correct the path; a relative path counts from the working directory.`,
    { context: { path, resolved } },
  )
}

/** For a read that happens once: a stream waits for files that fit its pattern. */
export function nothingMatches(path: string, links: readonly string[]): MillraceError {
  const resolved = resolve(path)
  const also = resolved === path ? '' : ` (${resolved})`
  const linked = links.length === 0 ? '' : ` but symbolic links such as "${links[0]}", which are not followed`
  return makeError(
    'SOURCE_PATH_MISSING',
    `Nothing matches "${path}"${also}${linked}. Correct the path or pattern, or name the folder itself, which may be empty; a relative path counts from the working directory.`,
    { context: { path, resolved } },
  )
}

/** A pipe, a device or a socket: what it gives could not be read again. */
export function noFile(path: string): MillraceError {
  const resolved = resolve(path)
  return makeError(
    'SOURCE_PATH_MISSING',
    `There is no folder or file at "${path}", but a pipe, a device or a socket, which cannot be read a second time after a restart. Write what it gives into files, or read a connection with socket().`,
    { context: { path, resolved } },
  )
}

export function fileMissing(path: string): MillraceError {
  return makeError(
    'SOURCE_FILE_MISSING',
    `File "${path}" was planned into a batch and is gone. Put it back unchanged, or set ignoreMissingFiles to leave it out.`,
    { context: { path } },
  )
}

export function isMissing(error: unknown): boolean {
  return isSystemError(error) && error.code === 'ENOENT'
}

/**
 * Undefined when there is nothing at the path.
 * @throws QueryError SOURCE_FAILED when the system refuses to say
 */
export async function statOf(files: FileSystem, path: string): Promise<FileStat | undefined> {
  try {
    return await files.stat(path)
  } catch (error) {
    throw unusable(path, error)
  }
}

/** What the system refuses becomes ours, with the path; all else stays what it is. */
export function unusable(path: string, error: unknown): unknown {
  if (!isSystemError(error)) return error
  return makeError('SOURCE_FAILED', `"${path}" cannot be read: ${systemProblem(error)}, and start the query again.`, { context: { path, code: error.code ?? null }, cause: error })
}
