import type { Json } from '../../common/json.ts'
import type { SourceInspection } from '../../session/inspection/query-inspection.ts'
import type { SourceState } from './api-types.ts'

const maxPartitions = 1000

/** What the offsets of a kind of source count; others count in their own units. */
const units = new Map([['kafka', 'records'], ['files', 'files'], ['rate', 'seconds'], ['rate-micro-batch', 'rows'], ['socket', 'lines'], ['memory', 'additions'], ['iterable', 'values']])

export function unitOf(provider: string): string {
  return units.get(provider) ?? 'steps'
}

/**
 * Positions within an offset by partition, where it is made of numbers: a number alone, or one named `files` or `offset`, is
 * one partition (of no name); Kafka's `offsets` has partitions by topic. Anything else has none.
 */
export function positionsIn(offset: Json): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  if (typeof offset === 'number') return found.set('', offset)
  if (!isObject(offset)) return found
  const single = offset.files ?? offset.offset
  if (typeof single === 'number') return found.set('', single)
  if (!isObject(offset.offsets)) return found
  for (const [topic, partitions] of Object.entries(offset.offsets)) {
    if (isObject(partitions)) for (const [partition, n] of Object.entries(partitions)) if (typeof n === 'number') found.set(`${topic}/${partition}`, n)
  }
  return found
}

/** How far `newest` is beyond `end` by partition; one of a topic that was never read may begin anywhere and is left out. */
export function lagByPartition(end: Json, newest: Json): ReadonlyMap<string, number> {
  const from = positionsIn(end)
  const lags = new Map<string, number>()
  for (const [partition, n] of positionsIn(newest)) {
    const start = from.get(partition) ?? (partition === '' ? 0 : undefined)
    if (start !== undefined) lags.set(partition, Math.max(0, n - start))
  }
  return lags
}

/** How far `newest` is beyond `end`, over all partitions; null when they do not say. */
export function lagOf(end: Json, newest: Json): number | null {
  const to = positionsIn(newest)
  if (to.size === 0) return null
  const from = positionsIn(end)
  // A partition of a topic that was never read may begin anywhere; what has one position begins at 0.
  if (from.size === 0 && !to.has('')) return null
  let lag = 0
  for (const [partition, n] of to) lag += Math.max(0, n - (from.get(partition) ?? (partition === '' ? 0 : n)))
  return lag
}

export function sourceState({ name, provider, description, end, newest }: SourceInspection, metrics: SourceState['metrics']): SourceState {
  const from = positionsIn(end)
  const to = positionsIn(newest)
  const partitions = [...new Set([...from.keys(), ...to.keys()])].map(partition => {
    const [a, b] = [from.get(partition) ?? null, to.get(partition) ?? null]
    return { partition, end: a, newest: b, lag: b === null || (a === null && partition !== '') ? null : Math.max(0, b - (a ?? 0)) }
  })
  const shown = partitions.length <= maxPartitions ? partitions : partitions.toSorted((a, b) => (b.lag ?? -1) - (a.lag ?? -1)).slice(0, maxPartitions)
  return { name, provider, description, unit: unitOf(provider), end, newest, lag: lagOf(end, newest), metrics, partitions: shown, partitionCount: partitions.length }
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
