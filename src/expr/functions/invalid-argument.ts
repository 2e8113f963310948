import { makeError } from '../../common/errors.ts'

/**
 * An argument's value lies outside what the function accepts. `spark` names the condition that Spark raises for it;
 * `advice` says what to do.
 */
export function invalidArgument(name: string, what: string, advice: string, spark: string): Error {
  return makeError('EXPR_INVALID_ARGUMENT', `${name}() got ${what}. ${advice}`, { context: { name, what }, spark })
}
