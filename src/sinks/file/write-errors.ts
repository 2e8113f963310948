import { makeError, messageOf, type MillraceError } from '../../common/errors.ts'
import { isSystemError, systemProblem } from '../../common/system-errors.ts'

/** What the system refuses before there is a batch: the path is a file, not ours to write, on a full disk. */
export async function usable<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isSystemError(error)) throw error
    throw makeError('SINK_PATH_UNUSABLE', `The output "${path}" cannot be used: ${systemProblem(error)}, and start the query again.`, {
      context: { path, code: error.code ?? null }, cause: error,
    })
  }
}

/** A batch that could not be written, with what the system said. */
export function commitFailed(path: string, batchId: number, cause: unknown): MillraceError {
  const problem = isSystemError(cause) ? systemProblem(cause) : `${messageOf(cause)}. Remove the cause`
  return makeError('SINK_COMMIT_FAILED', `Batch ${batchId} could not be written to "${path}": ${problem}, and start the query again; it continues with this batch.`, {
    context: { path, batchId }, cause,
  })
}
