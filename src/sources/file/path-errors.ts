import { resolve } from 'node:path'
import { makeError, type MillraceError } from '../../common/errors.ts'
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

/** What the system refuses becomes ours, with the path; all else stays what it is. */
export function unusable(path: string, error: unknown): unknown {
  if (!isSystemError(error)) return error
  return makeError('SOURCE_FAILED', `"${path}" cannot be read: ${systemProblem(error)}, and start the query again.`, { context: { path, code: error.code ?? null }, cause: error })
}
