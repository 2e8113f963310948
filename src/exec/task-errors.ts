import { durationText } from '../common/duration.ts'
import { makeError } from '../common/errors.ts'
import type { RefusedRow } from '../ml/model.ts'

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

/** Where onInvalid is "error": a row with an input that the model was not trained for. */
export function inputInvalid(label: string, rows: number, reason: string): Error {
  const more = rows === 1 ? '' : ` The record batch has ${rows - 1} more such rows.`
  return makeError('ML_INPUT_INVALID', `Model "${label}" was given a row that it was not trained for: ${reason}.${more} Set onInvalid to "skip", "deadLetter" or "keep", or correct such rows before score().`, {
    context: { model: label, reason, rows },
  })
}

/** Rows that the model's own library would not score either. */
export function rowRefused(format: string, refused: readonly RefusedRow[]): Error {
  const [first] = refused
  const more = refused.length === 1 ? '' : ` The batch has ${refused.length - 1} more such rows.`
  return makeError('ML_SCORING_FAILED', `The ${format} model refuses a row: ${first.message}.${more} Filter such rows out before score(), correct them, or set onInvalid to "skip" or "deadLetter".`, {
    context: { format, message: first.message, refused: refused.length },
  })
}
