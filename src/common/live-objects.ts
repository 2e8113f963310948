import { makeError } from './errors.ts'

/** What exists only in this process, by the id that stands in a spec's options: memory sources, iterables, callbacks. */
export type LiveObjects = ReadonlyMap<string, unknown>

/**
 * The live object of a spec, checked by `is`.
 * @throws AnalysisError PLAN_INVALID_OPTION when this process has no such object
 */
export function liveObject<T>(live: LiveObjects, id: string, what: string, is: (value: unknown) => value is T): T {
  const value = live.get(id)
  if (is(value)) return value
  throw makeError(
    'PLAN_INVALID_OPTION',
    `The ${what} "${id}" does not exist in this process. It lives only where it was made: start the query from the program that made it.`,
    { context: { id, what } },
  )
}
