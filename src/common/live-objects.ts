/** What exists only in this process, by the id that stands in a spec's options: memory sources, iterables, callbacks. */
export type LiveObjects = ReadonlyMap<string, unknown>
