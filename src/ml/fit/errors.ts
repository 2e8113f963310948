import { makeError, type MillraceError } from '../../common/errors.ts'
import { quoteList } from '../../common/suggest.ts'

/** The rows are not what the stage can learn from. `advice` is a whole sentence. */
export function fitFailed(stage: string, what: string, advice: string): MillraceError {
  return makeError('ML_FIT_FAILED', `${stage} cannot be fitted: ${what}. ${advice}`, { context: { stage, what } })
}

/** Spark's transform() would stop at this row. */
export function rowRefused(stage: string, row: number, message: string): MillraceError {
  return makeError('ML_FIT_FAILED', `${stage} stopped at row ${row} of the frame: ${message} Set handleInvalid where the stage has it, or leave the row out with where().`, { context: { stage, row } })
}

export function columnMissing(stage: string, column: string, candidates: readonly string[]): MillraceError {
  return makeError('ML_SCHEMA_MISMATCH', `${stage} uses column "${column}", but neither the frame nor a stage before it has one of that name: there are ${quoteList(candidates)}.`, {
    context: { stage, column, candidates },
  })
}

export function wrongParameter(stage: string, what: string): MillraceError {
  return makeError('PLAN_INVALID_OPTION', `The parameters of ${stage} do not go together: ${what}.`, { context: { stage, what } })
}
