import { makeError } from '../common/errors.ts'

/**
 * The answer to a function that would wait for the query that waits for it. Whoever does not look at the answer, as in
 * `void query.stop()`, has not been waiting, so that it counts as handled.
 */
export function calledFromQuery(what: string, queryId: string): Promise<never> {
  const refused = Promise.reject<never>(makeError(
    'SESSION_CALLED_FROM_QUERY',
    `${what} was called in a function that the query itself waits for, so that waiting for it would never end. In the function call stop() without await, or call ${what} from outside.`,
    { context: { what, queryId } },
  ))
  refused.catch(() => undefined)
  return refused
}
