import type { MillraceError } from '../../common/errors.ts'
import { unreadable, unsupported } from '../errors.ts'

export function sparkUnreadable(what: string, cause?: unknown): MillraceError {
  return unreadable('Spark ML', what, cause)
}

/** `advice` is a whole sentence. */
export function sparkUnsupported(what: string, advice: string): MillraceError {
  return unsupported('Spark ML', what, advice)
}
