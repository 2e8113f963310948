import { canonicalJson } from '../common/json.ts'
import type { RememberChanges } from '../checkpoint/remembered.ts'
import type { SourceRange } from '../checkpoint/records.ts'
import type { ReadLimit, Source, SourceOffset } from '../sources/source.ts'

/** New input for a batch, and what the sources want remembered with it. */
export interface NewInput {
  readonly sources: { readonly [name: string]: SourceRange }
  readonly remember: RememberChanges
  readonly hasData: boolean
}

/**
 * Asks every source for its newest offset within its limit and cuts the new ranges into partitions. A source without
 * anything new has an empty range at its place. After the signal nothing is new any more.
 */
export async function constructBatch(sources: ReadonlyMap<string, Source>, ends: ReadonlyMap<string, SourceOffset | null>, limit: ReadLimit, signal?: AbortSignal): Promise<NewInput> {
  const ranges: { [name: string]: SourceRange } = {}
  const remember: RememberChanges[number][] = []
  let hasData = false
  for (const [name, source] of sources) {
    const start = ends.get(name) ?? null
    const end = await source.latestOffset(start, limit, signal)
    if (end === null || sameOffset(start, end)) {
      ranges[name] = { start, end: start, partitions: [] }
      continue
    }
    const planned = await source.plan(start, end)
    hasData = true
    ranges[name] = { start, end, partitions: planned.partitions }
    if (planned.remember !== undefined) remember.push({ source: name, ...planned.remember })
  }
  return { sources: ranges, remember, hasData }
}

export function sameOffset(a: SourceOffset | null, b: SourceOffset | null): boolean {
  return canonicalJson(a) === canonicalJson(b)
}
