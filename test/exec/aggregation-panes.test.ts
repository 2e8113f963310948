import { describe, expect, test } from 'vitest'
import type { OutputMode } from '../../src/common/output-mode.ts'
import { paneMicros } from '../../src/exec/operators/panes.ts'
import { allAggregates } from '../../src/expr/aggregates/index.ts'
import { SeededRandom } from '../../src/testing/simulation/seeded-random.ts'
import { aggregationOf, AggregationRun, type BatchOutcome, type Event, type Row, type WindowShape } from './aggregation-support.ts'

/** The same by the book: every window keeps the list of its rows. */
class Oracle {
  readonly #shape: WindowShape
  readonly #groups = new Map<string, { readonly end: number; readonly key: string | null; readonly events: Event[] }>()

  constructor(shape: WindowShape) {
    this.#shape = shape
  }

  batch(slices: readonly (readonly (readonly Event[])[])[], mode: OutputMode, keyed: boolean, late: number | null, evict: number | null): BatchOutcome {
    const { size, slide, start } = this.#shape
    const touched = new Set<string>()
    const lateInput: number[] = []
    let lateRows = 0
    let lateGroups = 0
    for (const slice of slices) {
      const groups = new Set<string>()
      for (const event of slice.flat()) {
        const { at } = event
        if (at === null) continue
        let isLate = false
        for (let first = start + Math.floor((at - start) / slide) * slide; first + size > at; first -= slide) {
          const key = keyed ? event.key : null
          const name = JSON.stringify([first + size, key])
          if (mode !== 'complete' && late !== null && first + size <= late) {
            isLate = true
            lateRows++
            groups.add(name)
            continue
          }
          touched.add(name)
          const group = this.#groups.get(name)
          if (group === undefined) this.#groups.set(name, { end: first + size, key, events: [event] })
          else group.events.push(event)
        }
        if (isLate) lateInput.push(at)
      }
      lateGroups += groups.size
    }
    const rows: Row[] = []
    for (const [name, { end, key, events }] of this.#groups) {
      const closed = mode !== 'complete' && evict !== null && end <= evict
      if (mode === 'complete' || (mode === 'update' && touched.has(name)) || (mode === 'append' && closed)) rows.push({ end, ...(keyed ? { key } : {}), ...valuesOf(events) })
      if (closed) this.#groups.delete(name)
    }
    return { rows, lateRows, lateGroups, lateInput }
  }
}

function valuesOf(events: readonly Event[]): Row {
  const ns = events.flatMap(e => (e.n === null ? [] : [e.n]))
  const xs = events.flatMap(e => (e.x === null ? [] : [e.x]))
  const keys = events.flatMap(e => (e.key === null ? [] : [e.key])).sort()
  const frequency = (n: number): number => ns.filter(m => m === n).length
  const [usual] = [...ns].sort((a, b) => frequency(b) - frequency(a) || a - b)
  const sorted = [...xs].sort((a, b) => a - b)
  const mean = xs.reduce((a, b) => a + b, 0) / xs.length
  return {
    rows: events.length,
    total: ns.length === 0 ? null : ns.reduce((a, b) => a + b, 0),
    least: ns.length === 0 ? null : Math.min(...ns),
    kept: ns.filter(n => n > 0).length,
    firstKey: keys[0] ?? null,
    usual: usual ?? null,
    distinct: new Set(keys).size,
    middle: xs.length === 0 ? null : (sorted[Math.floor((xs.length - 1) / 2)] + sorted[Math.ceil((xs.length - 1) / 2)]) / 2,
    mean: xs.length === 0 ? null : mean,
    spread: xs.length < 2 ? null : Math.sqrt(xs.reduce((a, x) => a + (x - mean) ** 2, 0) / (xs.length - 1)),
    all: ns.length === 0 ? null : ns.every(n => n > 0),
  }
}

const byGroup = (a: Row, b: Row): number => Number(a['end']) - Number(b['end']) || (JSON.stringify(a['key']) < JSON.stringify(b['key']) ? -1 : 1)

/** Whole numbers, keys and counters exactly; doubles to 1e-12. */
function expectSame(got: BatchOutcome, wanted: BatchOutcome): void {
  const exact = ({ mean: _mean, spread: _spread, middle: _middle, ...row }: Row): Row => row
  const [ours, theirs] = [[...got.rows].sort(byGroup), [...wanted.rows].sort(byGroup)]
  expect(ours.map(exact)).toEqual(theirs.map(exact))
  const near = (a: unknown, b: unknown): boolean => a === b || (a !== null && b !== null && Math.abs(Number(a) - Number(b)) <= 1e-12 * Math.max(1, Math.abs(Number(b))))
  expect(ours.flatMap((row, i) => (['mean', 'spread', 'middle'].every(c => near(row[c], theirs[i][c])) ? [] : [[row, theirs[i]]]))).toEqual([])
  expect({ ...got, rows: 0, lateInput: [...got.lateInput].sort() }).toEqual({ ...wanted, rows: 0, lateInput: [...wanted.lateInput].sort() })
}

function randomShape(random: SeededRandom): { readonly size: number; readonly slide: number; readonly start: number } {
  const unit = [1, 7, 1000][random.below(3)]
  const slide = 1 + random.below(8)
  const size = random.chance(0.3) ? slide * (2 + random.below(5)) : slide + 1 + random.below(20)
  return { size: size * unit, slide: slide * unit, start: (random.below(2 * slide - 1) - slide + 1) * unit }
}

function randomEvent(random: SeededRandom, around: number, span: number): Event {
  // Most are near the front, some far behind it, a few jump ahead.
  const at = random.chance(0.05) ? null : around + (random.chance(0.2) ? -random.below(6 * span) : random.chance(0.02) ? random.below(9 * span) : random.below(span))
  return {
    at,
    key: random.chance(0.1) ? null : 'abcd'[random.below(4)].repeat(1 + random.below(2)),
    n: random.chance(0.1) ? null : random.below(60) - 10,
    x: random.chance(0.1) ? null : random.below(1000) / 7 - 50,
  }
}

describe('sliding windows in panes', () => {
  test('give what whole windows give, and what the definition says: random windows, times, late rows and modes', () => {
    let paned = 0
    let late = 0
    let rows = 0
    for (let seed = 1; seed <= 150; seed++) {
      const random = new SeededRandom(seed)
      const shape = randomShape(random)
      const pane = paneMicros(shape.size, shape.slide)
      const keys = (['window', 'window, key', 'key, window'] as const)[seed % 3]
      const mode = (['append', 'update', 'complete'] as const)[random.below(3)]
      const partitions = 1 + random.below(3)
      const inPanes = new AggregationRun(aggregationOf({ ...shape, pane }, keys), partitions)
      const inWindows = new AggregationRun(aggregationOf({ ...shape, pane: null }, keys), partitions)
      const oracle = new Oracle({ ...shape, pane: null })
      if (pane !== null) paned++
      let front = -random.below(20 * shape.size)
      let newest = Number.NEGATIVE_INFINITY
      let lateMicros: number | null = null
      let evictMicros: number | null = null
      for (let batch = 0; batch < 8; batch++) {
        const slices = Array.from({ length: random.below(3) }, () =>
          Array.from({ length: random.below(3) }, () => Array.from({ length: random.below(12) }, () => randomEvent(random, front, shape.size))),
        )
        const wanted = oracle.batch(slices, mode, keys !== 'window', lateMicros, evictMicros)
        expectSame(inPanes.batch(batch, slices, mode, lateMicros, evictMicros), wanted)
        expectSame(inWindows.batch(batch, slices, mode, lateMicros, evictMicros), wanted)
        late += wanted.lateRows
        rows += wanted.rows.length
        for (const { at } of slices.flat(2)) if (at !== null) newest = Math.max(newest, at)
        front += random.below(2 * shape.size)
        lateMicros = evictMicros
        if (newest > Number.NEGATIVE_INFINITY) evictMicros = Math.max(evictMicros ?? Number.NEGATIVE_INFINITY, newest - random.below(shape.size))
      }
    }
    // The cases are what they are meant to be.
    expect({ paned: paned > 120, late: late > 600, rows: rows > 6000 }).toEqual({ paned: true, late: true, rows: true })
  })

  test('an abandoned batch leaves no trace, and its repetition gives the same bits in the same order', () => {
    for (const mode of ['append', 'update', 'complete'] as const) {
      const random = new SeededRandom(7)
      const shape = { size: 10, slide: 3, start: 2, pane: 1 }
      const [once, twice] = [0, 1].map(() => new AggregationRun(aggregationOf(shape, 'window, key'), 2))
      for (let batch = 0; batch < 6; batch++) {
        const slices = [[Array.from({ length: 30 }, () => randomEvent(random, batch * 5, 10))]]
        const [late, evict] = [batch * 5 - 15, batch * 5 - 10]
        const attempted = twice.attempt(slices, mode, late, evict)
        for (const state of twice.states) state.undo()
        expect(twice.batch(batch, slices, mode, late, evict)).toEqual(attempted)
        expect(once.batch(batch, slices, mode, late, evict)).toEqual(attempted)
      }
    }
  })

  test('windows come out in the order of their end, their keys in the order of first appearance', () => {
    const run = new AggregationRun(aggregationOf({ size: 10, slide: 5, start: 0, pane: 5 }, 'window, key'), 1)
    const event = (at: number, key: string): Event => ({ at, key, n: 1, x: 1 })
    run.batch(0, [[[event(7, 'z'), event(7, 'a'), event(2, 'm'), event(12, 'a')]]], 'append', null, null)
    const { rows } = run.batch(1, [], 'append', null, 15)
    expect(rows.map(r => [r['end'], r['key'], r['rows']])).toEqual([
      [5, 'm', 1],
      [10, 'm', 1], [10, 'z', 1], [10, 'a', 1],
      [15, 'z', 1], [15, 'a', 2],
    ])
  })

  test('keep one group per row and key, and let a pane go with the last window that it is in', () => {
    const run = new AggregationRun(aggregationOf({ size: 60, slide: 1, start: 0, pane: 1 }, 'window, key'), 1)
    const [state] = run.states
    run.batch(0, [[[{ at: 100, key: 'a', n: 1, x: 1 }, { at: 100, key: 'a', n: 2, x: 1 }]]], 'append', null, null)
    expect([state.numRows, state.buckets()]).toEqual([1, [101]])
    expect(run.batch(1, [], 'append', null, 159).rows.length).toBe(59)
    expect(state.numRows).toBe(1)
    expect(run.batch(2, [], 'append', 159, 160).rows.map(r => [r['end'], r['total']])).toEqual([[160, 3]])
    expect(state.numRows).toBe(0)
  })
})

test('the aggregates that depend on the order of rows are known', () => {
  expect(allAggregates.filter(a => a.ordered === true).map(a => a.name).sort()).toEqual(['collect_list', 'collect_set', 'first', 'last', 'listagg', 'max_by', 'min_by'])
})

test('the pane is the longest length that fits size and slide; none for tumbling windows, nor where it would be tiny', () => {
  expect([paneMicros(10, 5), paneMicros(10, 4), paneMicros(12, 5), paneMicros(3600e6, 60e6)]).toEqual([5, 2, 1, 60e6])
  expect([paneMicros(10, 10), paneMicros(3600e6 + 1, 60e6)]).toEqual([null, null])
})
