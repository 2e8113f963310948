import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { durationMicros } from '../../../src/common/duration.ts'
import { assignWindows, checkWindow } from '../../../src/expr/functions/window-assign.ts'
import { isoOf, microsOf } from '../vectors-support-time.ts'

interface Lit { readonly lit: string }
interface WindowVector {
  readonly id: string
  readonly sources: { readonly in: { readonly rows: (string | null)[][] } }
  readonly query: { readonly op: string; readonly input: { readonly op: string }; readonly groupBy?: { readonly expr: { readonly call: string; readonly args: readonly Lit[] } }[] }
  readonly expect: { readonly rows: [{ readonly start: string; readonly end: string }, number][] }
}

const vectors = readFileSync(new URL('../../vectors/data/XW.jsonl', import.meta.url), 'utf8').trim().split('\n').map(line => JSON.parse(line) as WindowVector)
/** Plain aggregations by window() over a source: what assignment alone decides. */
const plain = vectors.filter(v => v.query.op === 'aggregate' && v.query.input.op === 'source' && v.query.groupBy?.[0].expr.call === 'window')

function columnOf(times: readonly (number | null)[]): [Float64Array, Uint8Array | null, number] {
  const validity = new Uint8Array((times.length + 7) >> 3)
  times.forEach((t, i) => { if (t !== null) validity[i >> 3] |= 1 << (i & 7) })
  return [Float64Array.from(times, t => t ?? NaN), times.includes(null) ? validity : null, times.length]
}

describe('assignWindows', () => {
  // The year 0001 ends its 3-microsecond window at a time that no float64 holds; refused, not rounded.
  test.each(plain.filter(v => v.id !== 'XW-011').map(v => [v.id, v] as const))('counts rows per window as Spark does: %s', (_, vector) => {
    const [, size, slide, start] = (vector.query.groupBy ?? [])[0].expr.args.map(a => a.lit)
    const sizeMicros = durationMicros(size, 'size')
    const slideMicros = slide === undefined ? sizeMicros : durationMicros(slide, 'slide')
    const times = vector.sources.in.rows.map(([t]) => (t === null ? null : microsOf(t)))
    const made = assignWindows(...columnOf(times), sizeMicros, slideMicros, start === undefined ? 0 : durationMicros(start, 'start'))
    const counts = new Map<number, number>()
    for (const s of made.starts) counts.set(s, (counts.get(s) ?? 0) + 1)
    const got = [...counts].map(([s, n]) => [{ start: isoOf(s), end: isoOf(s + sizeMicros) }, n])
    const key = (row: unknown): string => JSON.stringify(row)
    expect(got.map(key).sort()).toEqual(vector.expect.rows.map(([w, n]) => key([{ start: w.start, end: w.end }, n])).sort())
  })
  test('finds the windows that vectors with rows per window expect', () => {
    expect(plain.length).toBeGreaterThanOrEqual(10)
  })
  test('names rows only where they are not one pair each', () => {
    expect(assignWindows(...columnOf([1, 12, -1]), 10, 10, 0)).toEqual({ rows: null, starts: Float64Array.of(0, 10, -10) })
    expect(assignWindows(...columnOf([1, null, 12]), 10, 10, 0)).toEqual({ rows: Int32Array.of(0, 2), starts: Float64Array.of(0, 10) })
    expect(assignWindows(...columnOf([null, 5, 3]), 10, 4, 0)).toEqual({ rows: Int32Array.of(1, 1, 1, 2, 2), starts: Float64Array.of(4, 0, -4, 0, -4) })
  })
  test('agrees with whole-number arithmetic at any precision', () => {
    let seed = 12345
    const random = (n: number): number => (seed = (seed * 48271) % 2147483647) % n
    for (let round = 0; round < 3000; round++) {
      const size = 1 + random(round % 2 === 0 ? 1000 : 2_000_000_000)
      const slide = 1 + random(size)
      const start = random(2 * slide - 1) - slide + 1
      const time = (random(2) === 0 ? 1 : -1) * (random(2_000_000_000) * (round % 3 === 0 ? 1 : 4_000_000) + random(1000))
      const [t, s] = [BigInt(time), BigInt(start)]
      const mod = (a: bigint, b: bigint): bigint => ((a % b) + b) % b
      const expected: number[] = []
      for (let w = t - mod(t - s, BigInt(slide)); w > t - BigInt(size); w -= BigInt(slide)) expected.push(Number(w))
      expect([...assignWindows(Float64Array.of(time), null, 1, size, slide, start).starts]).toEqual(expected)
    }
  })
  test('refuses a window whose edges cannot be held exactly', () => {
    const year1 = microsOf('0001-01-01T00:00:00Z')
    expect(() => assignWindows(Float64Array.of(year1), null, 1, 3, 3, 0)).toThrow(expect.objectContaining({ code: 'EXPR_TIMESTAMP_NOT_EXACT' }))
    expect(assignWindows(Float64Array.of(year1), null, 1, 10e6, 3e6, 0).starts[3]).toBe(year1 - 9e6)
  })
})

describe('checkWindow', () => {
  const condition = (f: () => void): unknown => {
    try {
      f()
    } catch (error) {
      return (error as { sparkCondition: unknown }).sparkCondition
    }
    return 'accepted'
  }
  test('refuses what Spark refuses, under its names', () => {
    expect([
      condition(() => checkWindow(0, 0, 0)),
      condition(() => checkWindow(5, -1, 0)),
      condition(() => checkWindow(5, 10, 0)),
      condition(() => checkWindow(10, 5, 5)),
      condition(() => checkWindow(10, 5, -5)),
      condition(() => checkWindow(10, 5, -4)),
    ]).toEqual([
      'DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE',
      'DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE',
      'DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION',
      'DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION',
      'DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION',
      'accepted',
    ])
  })
})
