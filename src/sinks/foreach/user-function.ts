import { makeError, messageOf, type MillraceError } from '../../common/errors.ts'

/** What user code threw, as our error with theirs as the cause. */
export function userFunctionFailed(name: string, batchId: number, cause: unknown): MillraceError {
  return makeError('SINK_USER_FUNCTION_FAILED', `The ${name} function failed in batch ${batchId}: ${messageOf(cause)}. The batch is not committed; correct the function and start the query again.`, {
    context: { name, batchId }, cause,
  })
}
