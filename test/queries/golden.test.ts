import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { GoldenQuery } from './golden-query.ts'
import { countSteps, expectedOf, leftovers, makePlace, outputOf, type Place, removePlace, runKilledAt, runOnce } from './run-golden.ts'

const here = import.meta.dirname
const names = readdirSync(here).filter(name => existsSync(join(here, name, 'query.ts')))

async function inPlace(name: string, work: (query: GoldenQuery, place: Place) => Promise<void>): Promise<void> {
  const { default: query } = (await import(`./${name}/query.ts`)) as { readonly default: GoldenQuery }
  const place = await makePlace(join(here, name, 'input'))
  try {
    await work(query, place)
  } finally {
    await removePlace(place)
  }
}

/** Each query gives its expected rows, in the expected batches, in each of the three ways. */
describe.each(names)('golden query %s', name => {
  test.each([0, 2])('with %i worker threads', async executors => {
    await inPlace(name, async (query, place) => {
      await runOnce(query, place, executors)
      expect(await outputOf(query, place)).toEqual(await expectedOf(join(here, name)))
    })
  })

  test('killed before every durable step and resumed', async () => {
    const expected = await expectedOf(join(here, name))
    let steps = 0
    await inPlace(name, async (query, place) => {
      steps = await countSteps(query, place)
    })
    // Fewer than these, and the world was not wrapped.
    expect(steps).toBeGreaterThan(10)
    let next = 1
    // Most of the time of a run is waiting for the disk: a few at a time, each in its own folders.
    const several = async (): Promise<void> => {
      while (next <= steps) {
        const n = next++
        await inPlace(name, async (query, place) => {
          expect(await runKilledAt(query, place, n), `there is a step ${n}`).toBe(true)
          expect(await outputOf(query, place), `killed before step ${n}`).toEqual(expected)
          expect(await leftovers(query, place), `killed before step ${n}`).toEqual([])
        })
      }
    }
    await Promise.all(Array.from({ length: 4 }, several))
  })
})
