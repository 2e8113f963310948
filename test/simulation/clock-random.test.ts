import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../src/testing/simulation/manual-clock.ts'
import { SeededRandom } from '../../src/testing/simulation/seeded-random.ts'

describe('ManualClock', () => {
  test('stands still until it is advanced, and wakes sleepers in order, each at its time', async () => {
    const clock = new ManualClock(1_000_000)
    const woken: [string, number][] = []
    const sleep = async (name: string, ms: number): Promise<void> => {
      await clock.sleep(ms)
      woken.push([name, clock.now()])
    }
    void sleep('late', 30)
    void sleep('early', 10).then(() => sleep('again', 10))
    void sleep('same', 30)
    await clock.yield()
    expect([woken, clock.sleepers, clock.nextWakeMs]).toEqual([[], 3, 10])
    await clock.advance(25)
    expect(woken).toEqual([['early', 1_000_010], ['again', 1_000_020]])
    expect([clock.now(), clock.monotonic()]).toEqual([1_000_025, 25])
    await clock.advance(5)
    expect(woken.slice(2)).toEqual([['late', 1_000_030], ['same', 1_000_030]])
  })

  test('an aborted sleep ends at once and is forgotten', async () => {
    const clock = new ManualClock()
    const abort = new AbortController()
    const asleep = clock.sleep(1000, abort.signal)
    abort.abort()
    await asleep
    await clock.sleep(1000, abort.signal)
    expect([clock.sleepers, clock.now(), clock.nextWakeMs]).toEqual([0, 0, undefined])
  })

  test('a jump of the wall clock leaves durations alone', async () => {
    const clock = new ManualClock(5000)
    const asleep = clock.sleep(100)
    clock.setWallClock(1000)
    await clock.advance(100)
    await asleep
    expect([clock.now(), clock.monotonic()]).toEqual([1100, 100])
  })
})

describe('SeededRandom', () => {
  test('repeats with the seed and differs without', () => {
    const draw = (seed: number): number[] => Array.from({ length: 8 }, (_, i) => new SeededRandom(seed + (i >> 3)).next())
    expect(draw(1)).toEqual(draw(1))
    expect(new SeededRandom(1).bytes(16)).toEqual(new SeededRandom(1).bytes(16))
    expect(new Set(Array.from({ length: 1000 }, (_, seed) => new SeededRandom(seed).next())).size).toBe(1000)
  })

  test('is spread evenly', () => {
    const random = new SeededRandom(9)
    const counts = new Array<number>(10).fill(0)
    let heads = 0
    for (let i = 0; i < 100_000; i++) {
      counts[random.below(10)]++
      if (random.chance(0.25)) heads++
    }
    for (const n of counts) expect(Math.abs(n - 10_000)).toBeLessThan(500)
    expect(Math.abs(heads - 25_000)).toBeLessThan(700)
  })
})
