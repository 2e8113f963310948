import { makeError } from '../common/errors.ts'

export function queryStopped(): Error {
  return makeError('EXEC_QUERY_STOPPED', 'The query was stopped while a task was running.', {})
}

export function taskLost(executor: string, cause?: unknown): Error {
  return makeError('EXEC_TASK_LOST', `Executor "${executor}" ended while the query was using it. The query can be started again; if it happens again, give the process more memory or lower maxBytesPerTrigger.`, {
    context: { executor },
    ...(cause === undefined ? {} : { cause }),
  })
}
