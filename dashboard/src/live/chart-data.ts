import { colours, dashes, type Series } from '../charts/series.ts'
import { numbers } from '../charts/unit.ts'
import { type Column, valueText } from './columns.ts'
import type { Row } from './live-rows.ts'

export interface Choice {
  readonly x: string
  readonly y: string
  /** A line for each of its values; '' for one line. */
  readonly by: string
}

export interface LiveChartData {
  readonly xs: readonly number[]
  readonly kind: 'time' | 'number'
  readonly series: readonly Series[]
  /** Values of `by` that have no line. */
  readonly left: number
}

const maxLines = 8
const maxPoints = 2000

/** A choice that shows something: time against the first number that is no key, a line for each of the first text key. */
export function firstChoice(columns: readonly Column[], key: readonly string[]): Choice | null {
  const x = columns.find(c => c.kind === 'time') ?? columns.find(c => c.kind === 'number' && key.includes(c.name)) ?? columns.find(c => c.kind === 'number')
  const y = columns.find(c => c.kind === 'number' && !key.includes(c.name) && c !== x) ?? columns.find(c => c.kind === 'number' && c !== x)
  if (x === undefined || y === undefined) return null
  return { x: x.name, y: y.name, by: columns.find(c => c.kind === 'text' && key.includes(c.name))?.name ?? '' }
}

/** Points by x; of two rows with one x and one line the later counts. */
export function chartData(rows: readonly Row[], columns: readonly Column[], { x, y, by }: Choice): LiveChartData {
  const kind = columns.find(c => c.name === x)?.kind === 'time' ? 'time' : 'number'
  const byKind = columns.find(c => c.name === by)?.kind ?? 'text'
  const lines = new Map<string, Map<number, number>>()
  for (const row of rows) {
    const at = kind === 'time' ? Date.parse(String(row[x])) / 1000 : row[x]
    const value = row[y]
    if (typeof at !== 'number' || !Number.isFinite(at) || typeof value !== 'number') continue
    const line = by === '' ? y : valueText(row[by], byKind)
    let points = lines.get(line)
    if (points === undefined) lines.set(line, (points = new Map()))
    points.set(at, value)
  }
  const names = [...lines.keys()].sort((a, b) => (lines.get(b)?.size ?? 0) - (lines.get(a)?.size ?? 0) || (a < b ? -1 : 1)).slice(0, maxLines).sort()
  const xs = [...new Set(names.flatMap(n => [...(lines.get(n)?.keys() ?? [])]))].sort((a, b) => a - b).slice(-maxPoints)
  return {
    xs,
    kind,
    left: lines.size - names.length,
    series: names.map((label, k) => ({ label, colour: colours[k % colours.length], dash: dashes[k % dashes.length], unit: numbers, values: xs.map(at => lines.get(label)?.get(at) ?? null) })),
  }
}
