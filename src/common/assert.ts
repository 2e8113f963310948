import { InternalError } from './errors.ts'

/** States an invariant of ours. A failure is a bug, never a user's mistake. */
export function assert(condition: unknown, message: string, context: Record<string, unknown> = {}): asserts condition {
  if (!condition) throw new InternalError('INTERNAL_ASSERTION', message, { context })
}

/** Ends an exhaustive switch: adding a member to the union then fails to compile here. */
export function assertNever(value: never, what: string): never {
  throw new InternalError('INTERNAL_ASSERTION', `Unexpected ${what} ${JSON.stringify(value)}.`)
}
