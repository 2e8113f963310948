import { assert } from '../../common/assert.ts'
import type { AggregateEntry } from '../aggregate-table.ts'
import { approxCountDistinctAggregates } from './approx-count-distinct.ts'
import { avgAggregates } from './avg.ts'
import { bitAggregates } from './bits.ts'
import { collectListAggregates } from './collect-list.ts'
import { collectSetAggregates } from './collect-set.ts'
import { countAggregates } from './count.ts'
import { covarianceAggregates } from './covariance.ts'
import { extremeAggregates } from './extremes.ts'
import { extremeByAggregates } from './extreme-by.ts'
import { firstLastAggregates } from './first-last.ts'
import { listaggAggregates } from './listagg.ts'
import { modeAggregates } from './mode.ts'
import { momentAggregates } from './moments.ts'
import { percentileAggregates } from './percentile.ts'
import { productAggregates } from './product.ts'
import { sumAggregates } from './sum.ts'

/** The aggregate table: every family adds its entries here. */
export const allAggregates: readonly AggregateEntry[] = Object.freeze([
  ...countAggregates,
  ...sumAggregates,
  ...avgAggregates,
  ...productAggregates,
  ...extremeAggregates,
  ...extremeByAggregates,
  ...firstLastAggregates,
  ...momentAggregates,
  ...covarianceAggregates,
  ...bitAggregates,
  ...collectListAggregates,
  ...collectSetAggregates,
  ...modeAggregates,
  ...listaggAggregates,
  ...percentileAggregates,
  ...approxCountDistinctAggregates,
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
