import { makeError } from '../../../common/errors.ts'

/** The text is no regular expression in any dialect. */
export function invalidPattern(pattern: string, reason: string, cause?: unknown): Error {
  return makeError('EXPR_INVALID_PATTERN', `The pattern ${JSON.stringify(pattern)} is no regular expression: ${reason}.`, { context: { pattern, reason }, cause })
}

/** The text is one that Java would take, but our engine, whose time is linear, has no such thing. */
export function unsupportedPattern(pattern: string, what: string): Error {
  return makeError(
    'EXPR_UNSUPPORTED_PATTERN',
    `The pattern ${JSON.stringify(pattern)} uses ${what}, which an engine with linear running time does not have. Write it without, or with several simpler patterns.`,
    { context: { pattern, what } },
  )
}
