import { isMillraceError, type MillraceError, messageOf } from '../../common/errors.ts'
import type { Json } from '../../common/json.ts'
import { short } from './compare.ts'
import { type ExpectedError, UnsupportedFeature } from './vector.ts'

/** Errors of the chain of causes that were raised on purpose, outermost first. */
export function errorsOf(error: unknown): MillraceError[] {
  const found: MillraceError[] = []
  for (let e = error; e instanceof Error; e = e.cause) if (isMillraceError(e)) found.push(e)
  return found
}

/**
 * Whether the error is the one that Spark raises. Where Spark has no name for it (condition null: an exception of the
 * JVM) any error raised on purpose is as good, ours may have a name; one in a stream that failed without a name must
 * have none either.
 */
export function isExpectedError(error: unknown, expected: ExpectedError): boolean {
  const chain = errorsOf(error)
  if (expected.condition !== null && chain.some(e => e.sparkCondition === expected.condition)) return true
  const onPurpose = chain.length > 0 && chain.every(e => e.name !== 'InternalError') && featureIn(error) === undefined
  if (expected.condition === null) return onPurpose
  return expected.condition === 'STREAM_FAILED' && onPurpose && chain.every(e => e.sparkCondition === undefined)
}

/** What a refusal names as not available; undefined when the error is no such refusal. */
export function featureIn(error: unknown): string | undefined {
  if (error instanceof UnsupportedFeature) return error.feature
  for (const e of errorsOf(error)) {
    switch (e.code) {
      case 'PLAN_UNSUPPORTED_TYPE':
        return `type ${String(e.context['type'] ?? e.message)}`
      case 'PLAN_UNKNOWN_FUNCTION':
        return `function ${String(e.context['name'])}()`
      case 'PLAN_UNSUPPORTED_OPERATOR':
        return `operator ${String(e.context['operator'] ?? e.context['what'] ?? e.message)}`
      case 'EXPR_UNSUPPORTED_PATTERN':
        return `pattern ${String(e.context['construct'] ?? e.message)}`
      default:
    }
  }
  return undefined
}

/** An error in one line: codes and conditions of the chain, and the innermost message. */
export function describeError(error: unknown): string {
  const chain = errorsOf(error)
  const names = chain.map(e => `${e.code}${e.sparkCondition === undefined ? '' : ` (${e.sparkCondition})`}`).join(' < ')
  const inner = chain.at(-1) ?? error
  const text = `${names === '' ? (error instanceof Error ? error.name : 'thrown') : names}: ${messageOf(inner)}`
  return short(chain.length === 0 && error instanceof Error ? `${text} ${error.stack?.split('\n')[1]?.trim() ?? ''}` : text, 300)
}

/** Types of ours that refuse what Spark's hold (the design's §4): the reason, or undefined for any other error. */
export function refusedByType(error: unknown, expected: Json | undefined): string | undefined {
  for (const e of errorsOf(error)) {
    if (e.code === 'EXPR_TIMESTAMP_NOT_EXACT') return 'timestamp: an instant beyond 2^53 microseconds that a double cannot hold exactly is refused'
    if (e.code === 'EXPR_ARITHMETIC_OVERFLOW' && hasHugeInteger(expected)) return 'integer: a whole number beyond 2^53 - 1 is an overflow error'
  }
  return undefined
}

function hasHugeInteger(value: Json | undefined): boolean {
  if (Array.isArray(value)) return value.some(v => hasHugeInteger(v as Json))
  return typeof value === 'string' && /^-?\d{16,}$/.test(value)
}
