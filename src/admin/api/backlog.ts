import type { Json } from '../../common/json.ts'
import type { SourceInspection } from '../../session/inspection/query-inspection.ts'
import type { Backlog } from './api-types.ts'
import { lagOf, positionsIn, unitOf } from './offsets.ts'

/** Where the sources stood when a batch had ended. */
export interface BacklogSample {
  readonly atMs: number
  readonly sources: ReadonlyMap<string, { readonly read: number; readonly newest: number }>
}

export const keptSamples = 30

export function backlogSample(atMs: number, sources: readonly { readonly name: string; readonly endOffset: unknown; readonly latestOffset: unknown }[]): BacklogSample {
  return { atMs, sources: new Map(sources.map(s => [s.name, { read: total(s.endOffset as Json), newest: total(s.latestOffset as Json) }])) }
}

/**
 * The source that is furthest behind, measured in batches like the last ones; null when none is by more than two of them,
 * which is what comes in while a batch runs.
 */
export function backlogOf(sources: readonly SourceInspection[], samples: readonly BacklogSample[], nowMs: number): Backlog | null {
  let worst: { readonly batches: number; readonly backlog: Backlog } | null = null
  for (const { name, provider, end, newest } of sources) {
    const amount = lagOf(end, newest)
    if (amount === null || amount === 0) continue
    const first = samples[0]?.sources.get(name)
    const last = samples.at(-1)?.sources.get(name)
    const seconds = samples.length < 2 ? 0 : (nowMs - samples[0].atMs) / 1000
    const perBatch = first === undefined || last === undefined || samples.length < 2 ? 0 : (last.read - first.read) / (samples.length - 1)
    const batches = perBatch > 0 ? amount / perBatch : Infinity
    if (batches <= 2 || batches <= (worst?.batches ?? 0)) continue
    const growth = first === undefined || seconds <= 0 ? null : (amount - (first.newest - first.read)) / seconds
    worst = { batches, backlog: { source: name, amount, unit: unitOf(provider), growthPerSecond: growth, caughtUpInSeconds: growth !== null && growth < 0 ? amount / -growth : null } }
  }
  return worst?.backlog ?? null
}

function total(offset: Json): number {
  let sum = 0
  for (const n of positionsIn(offset).values()) sum += n
  return sum
}
