import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { noWatermark, type ObservedTimes, type WatermarkNodeSpec, type WatermarkPolicy, WatermarkTracker } from '../../src/watermark/watermark-tracker.ts'

const two: readonly WatermarkNodeSpec[] = [{ node: 'east', delayMs: 10 }, { node: 'west', delayMs: 100 }]
const seen = (node: string, max: number): ObservedTimes => ({ node, count: 1, min: max, max, avg: max })

/** Batch after batch; the watermark after each. */
function watermarks(policy: WatermarkPolicy, batches: readonly (readonly ObservedTimes[])[], specs = two): (number | null)[] {
  const tracker = new WatermarkTracker(specs, policy)
  return batches.map(times => {
    tracker.advance(tracker.after(times))
    return tracker.watermark
  })
}

describe('one input', () => {
  const one = [{ node: 'only', delayMs: 10 }]

  test('has no watermark before its first row, then the largest time less the delay', () => {
    expect(watermarks('min', [[], [seen('only', 1000)], [seen('only', 1005)]], one)).toEqual([null, 990, 995])
  })

  test('never moves back, and a batch without rows leaves it', () => {
    expect(watermarks('min', [[seen('only', 1000)], [seen('only', 200)], [], [seen('only', 999)]], one)).toEqual([990, 990, 990, 990])
  })

  test('takes the largest of all tasks, whatever their order', () => {
    expect(watermarks('min', [[seen('only', 5), seen('only', 70), seen('only', 6)]], one)).toEqual([60])
  })

  test('may lie before the epoch', () => {
    expect(watermarks('min', [[seen('only', -1000)]], one)).toEqual([-1010])
  })
})

describe('several inputs', () => {
  test('policy min: there is none before each has a row, then the slowest decides', () => {
    expect(watermarks('min', [[seen('east', 1000)], [seen('west', 500)], [seen('west', 2000)], [seen('east', 5000)]])).toEqual([null, 400, 990, 1900])
  })

  test('policy max: the fastest decides from the first row on', () => {
    expect(watermarks('max', [[seen('east', 1000)], [seen('west', 500)], [seen('west', 2000)], [seen('east', 5000)]])).toEqual([990, 990, 1900, 4990])
  })

  test('names who holds the watermark back', () => {
    const tracker = new WatermarkTracker(two, 'min')
    expect(tracker.heldBackBy()).toEqual(['east', 'west'])
    tracker.advance(tracker.after([seen('east', 1000)]))
    expect(tracker.heldBackBy()).toEqual(['west'])
    tracker.advance(tracker.after([seen('west', 1090)]))
    expect(tracker.heldBackBy()).toEqual(['east', 'west'])
  })
})

describe('idle inputs', () => {
  test('do not hold the watermark back until they have a row again, and it does not move back for them', () => {
    const tracker = new WatermarkTracker(two, 'min')
    const run = (clockMs: number, times: readonly ObservedTimes[]): number | null => {
      tracker.advance(tracker.after(times, { clockMs, idle: tracker.idleAt(clockMs, 60_000) }))
      return tracker.watermark
    }
    expect(run(0, [seen('east', 1000), seen('west', 1000)])).toBe(900)
    expect(run(59_999, [seen('east', 50_000)])).toBe(900)
    expect(tracker.idleAt(60_000, 60_000)).toEqual(['west'])
    expect(tracker.idleAt(60_000, null)).toEqual([])
    expect(run(60_000, [seen('east', 60_000)])).toBe(59_990)
    expect(run(61_000, [seen('west', 2000)])).toBe(59_990)
    expect(tracker.idleAt(61_000, 60_000)).toEqual([])
    expect(run(62_000, [seen('east', 90_000)])).toBe(59_990)
  })

  test('an input that never had a row counts from the first batch', () => {
    const tracker = new WatermarkTracker(two, 'min')
    tracker.advance(tracker.after([seen('east', 1000)], { clockMs: 100, idle: [] }))
    expect(tracker.idleAt(100 + 4999, 5000)).toEqual([])
    expect(tracker.idleAt(100 + 5000, 5000)).toEqual(['east', 'west'])
    expect(tracker.after([seen('east', 2000)], { clockMs: 5100, idle: ['west'] }).global).toBe(1990)
  })

  test('when all are idle each counts again', () => {
    const tracker = new WatermarkTracker(two, 'min')
    tracker.advance(tracker.after([seen('east', 1000), seen('west', 5000)]))
    expect(tracker.after([], { clockMs: 1, idle: ['east', 'west'] }).global).toBe(990)
  })
})

test('after() changes nothing: a batch that fails leaves the tracker as it was', () => {
  const tracker = new WatermarkTracker(two, 'min')
  tracker.advance(tracker.after([seen('east', 1000), seen('west', 1000)]))
  const before = tracker.snapshot()
  tracker.after([seen('east', 9000), seen('west', 9000)])
  expect(tracker.snapshot()).toEqual(before)
})

test('a restart goes on from the values of each input', () => {
  const first = new WatermarkTracker(two, 'min')
  first.advance(first.after([seen('east', 1000), seen('west', 5000)]))
  const second = new WatermarkTracker(two, 'min', first.snapshot())
  expect(second.watermark).toBe(990)
  second.advance(second.after([seen('east', 6000)]))
  expect(second.watermark).toBe(4900)
})

test('whatever is seen, no watermark moves back, of the query or of an input', () => {
  const batch = fc.array(fc.record({ node: fc.constantFrom('east', 'west', 'stranger'), max: fc.integer({ min: -1e12, max: 1e12 }) }), { maxLength: 3 })
  fc.assert(
    fc.property(fc.constantFrom<WatermarkPolicy>('min', 'max'), fc.array(fc.tuple(batch, fc.integer({ min: 0, max: 1e6 })), { maxLength: 20 }), (policy, batches) => {
      const tracker = new WatermarkTracker(two, policy, noWatermark)
      let before = tracker.snapshot()
      for (const [times, clockMs] of batches) {
        tracker.advance(tracker.after(times.map(t => seen(t.node, t.max)), { clockMs, idle: tracker.idleAt(clockMs, 5000) }))
        const now = tracker.snapshot()
        expect(now.global ?? -Infinity).toBeGreaterThanOrEqual(before.global ?? -Infinity)
        for (const [node, value] of Object.entries(before.nodes)) expect(now.nodes[node]).toBeGreaterThanOrEqual(value)
        expect(Object.keys(now.nodes)).not.toContain('stranger')
        before = now
      }
    }),
  )
})
