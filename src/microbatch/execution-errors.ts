import { type ErrorContext, isMillraceError, makeError, messageOf, QueryError } from '../common/errors.ts'
import type { BatchRecord } from '../checkpoint/records.ts'

/** A failure of a running query with where it happened; what the checkpoint has to say stands by itself. */
export function queryFailed(error: unknown, name: string, batchId: number, context: ErrorContext): Error {
  if (isMillraceError(error) && error.name === 'CheckpointError') return error
  const spark = isMillraceError(error) ? error.sparkCondition : undefined
  // What the cause says, if it can: a bad record is as bad the next time.
  const retryable = isMillraceError(error) ? error.retryable : undefined
  return new QueryError('EXEC_FAILED', `Query "${name}" failed in batch ${batchId}: ${messageOf(error)}`, { context, cause: error, ...(spark === undefined ? {} : { spark }), ...(retryable === undefined ? {} : { retryable }) })
}

export function fenced(context: ErrorContext, cause: unknown): Error {
  return makeError('CHECKPOINT_FENCED', 'Another process has taken this query over. This one stops; only one may run on a checkpoint.', { context, cause })
}

/**
 * A batch that has to be run again needs the static tables that it was run with.
 * @throws QueryError SOURCE_FILE_CHANGED
 */
export function checkTables(record: BatchRecord, digests: { readonly [name: string]: string }): void {
  for (const [name, digest] of Object.entries(record.tables)) {
    if (digests[name] === digest) continue
    throw makeError(
      'SOURCE_FILE_CHANGED',
      `Batch ${record.batchId} has to be run again, but its static table "${name}" has changed since. Put the former content back and start the query once; then change the table.`,
      { context: { batchId: record.batchId, table: name } },
    )
  }
}
