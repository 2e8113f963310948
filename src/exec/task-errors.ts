import { durationText } from '../common/duration.ts'
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

export function taskTimedOut(executor: string, timeoutMs: number, cause?: unknown): Error {
  return makeError('EXEC_TASK_TIMEOUT', `A task on executor "${executor}" had not ended after ${durationText(timeoutMs * 1000)}, the taskTimeout of the session, and was ended. Raise taskTimeout, or give a batch less to do with the read limits of its sources; if the input is small, look for an expression that takes very long.`, {
    context: { executor, taskTimeoutMs: timeoutMs },
    ...(cause === undefined ? {} : { cause }),
  })
}
