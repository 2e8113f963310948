import { isMillraceError, makeError, messageOf, type MillraceError } from '../common/errors.ts'
import { isSystemError } from '../common/system-errors.ts'

/** Where a value comes from, as error messages name it: the file and the path of the column (`a.b`). */
export interface ColumnOrigin {
  readonly file: string
  readonly column: string
}

/** The file is damaged, cut short, or not of the format at all. `byte` is where reading stopped, if that is known. */
export function unreadable(file: string, what: string, byte?: number, cause?: unknown): MillraceError {
  const at = byte === undefined ? '' : ` at byte ${byte}`
  return makeError('FORMAT_UNREADABLE', `File "${file}" cannot be read${at}: ${what}. Restore it from its origin, or take it out of the input.`, {
    context: { file, ...(byte === undefined ? {} : { byte }), what },
    cause,
  })
}

/** The file is sound but holds something that we do not read. */
export function unsupported(where: ColumnOrigin, what: string, instead: string): MillraceError {
  return makeError('FORMAT_UNSUPPORTED', `Column "${where.column}" of "${where.file}" ${what}. ${instead}`, {
    context: { file: where.file, column: where.column },
  })
}

/** The file is sound but is not what the declared schema says. */
export function mismatch(where: ColumnOrigin, what: string, instead: string): MillraceError {
  return makeError('FORMAT_SCHEMA_MISMATCH', `Column "${where.column}" of "${where.file}" ${what}. ${instead}`, {
    context: { file: where.file, column: where.column },
  })
}

/**
 * What a decoder throws on. Our own errors and those of the file system pass; everything else that a parser meets on
 * damaged bytes (a RangeError of a view, an error of a codec) says that the file is unreadable.
 */
export function asUnreadable(error: unknown, file: string, byte?: number): unknown {
  if (isMillraceError(error) || isSystemError(error)) return error
  return unreadable(file, messageOf(error), byte, error)
}
