import { assert } from '../../common/assert.ts'
import type { AggregateEntry } from '../aggregate-table.ts'
import { avgAggregates } from './avg.ts'
import { countAggregates } from './count.ts'
import { extremeAggregates } from './extremes.ts'
import { sumAggregates } from './sum.ts'

/** The aggregate table: every family adds its entries here. */
export const allAggregates: readonly AggregateEntry[] = Object.freeze([
  ...countAggregates,
  ...sumAggregates,
  ...avgAggregates,
  ...extremeAggregates,
])

const byName = new Map<string, AggregateEntry>()
for (const entry of allAggregates) {
  for (const name of [entry.name, ...(entry.aliases ?? [])]) {
    assert(!byName.has(name), `Two aggregates are called ${name}().`)
    byName.set(name, entry)
  }
}

export function findAggregate(name: string): AggregateEntry | undefined {
  return byName.get(name) ?? byName.get(name.toLowerCase())
}

export function aggregateNames(): readonly string[] {
  return [...byName.keys()]
}
