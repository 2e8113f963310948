import { makeError, messageOf, type MillraceError } from '../common/errors.ts'

export type Holder = 'another process on this machine' | 'another query of this process'

export function checkpointInUse(directory: string, holder: Holder, cause?: unknown): MillraceError {
  return makeError(
    'CHECKPOINT_IN_USE',
    `Checkpoint "${directory}" is held by ${holder}. Stop that query, or give this one another checkpointLocation.`,
    { context: { directory, holder }, cause },
  )
}

export function storeCorrupt(directory: string, what: string, cause?: unknown): MillraceError {
  return makeError(
    'CHECKPOINT_CORRUPT',
    `The LevelDB store in "${directory}" is damaged: ${what}. Restore the checkpoint from a copy, or start the query with a new checkpointLocation.`,
    { context: { directory, what }, cause },
  )
}

export function storeFailed(directory: string, action: 'opened' | 'read' | 'written' | 'closed', cause: unknown): MillraceError {
  const hint =
    action === 'written'
      ? 'Whether the last write took effect is known only after opening it again: remove the cause (often a full disk) and start the query again.'
      : 'Remove the cause and start the query again.'
  return makeError('CHECKPOINT_IO_FAILED', `The LevelDB store in "${directory}" could not be ${action}: ${messageOf(cause)}. ${hint}`, {
    context: { directory, action },
    cause,
  })
}
