import { makeError, type MillraceError } from '../../common/errors.ts'

/** A row that makes no record. */
export function recordRefused(what: string, context: { readonly [key: string]: unknown }): MillraceError {
  return makeError('SINK_RECORD_REFUSED', `A row makes no record for sink "kafka": ${what}.`, { context })
}
