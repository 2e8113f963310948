import { expect, test } from 'vitest'
import { batchOfRows } from '../../../src/columnar/batch-builder.ts'
import { field, float64Type } from '../../../src/columnar/data-type.ts'
import { makeSchema } from '../../../src/columnar/schema.ts'
import { valueAt } from '../../../src/columnar/values.ts'
import { aggregate, col, run, runSplit } from './harness.ts'

/** Answers recorded from Spark 4.2.0. */
const schema = makeSchema([field('y', float64Type), field('x', float64Type)])

function over(name: string, rows: readonly (readonly [number | null, number | null])[]): readonly unknown[] {
  const batch = batchOfRows(schema, rows.map(([y, x]) => ({ y, x })))
  const query = { keys: [], aggregates: [aggregate(name, [col('y'), col('x')])] }
  return [run(query, batch), runSplit(query, batch, [1])].map(table => valueAt(table.finish()[0], 0))
}

test('the means of a regression are sums over counts, so that infinite and large numbers keep their mean', () => {
  expect(over('regr_avgy', [[-Infinity, 1], [2, 2], [null, 3], [-Infinity, 4]])).toEqual([-Infinity, -Infinity])
  expect(over('regr_avgx', [[1, 9007199254740990], [1, 10], [1, 2], [7, null]])).toEqual([3002399751580334, 3002399751580334])
  expect(over('regr_avgx', [[null, 1], [1, null]])).toEqual([null, null])
})

test('regr_r2 of one pair is 1 where the side that decides is not known to be constant', () => {
  expect(over('regr_r2', [[5, -Infinity], [null, 1]])).toEqual([1, 1])
  expect(over('regr_r2', [[5, 3], [null, 1]])).toEqual([null, null])
})
