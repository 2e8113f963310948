import type { Row } from './live-rows.ts'

export type ColumnKind = 'number' | 'time' | 'text'

export interface Column {
  readonly name: string
  readonly kind: ColumnKind
}

const time = /^\d{4,5}-\d\d-\d\dT\d\d:\d\d/
const looked = 200

/** The columns of the rows in their order, and what their values look like. */
export function columnsOf(rows: readonly Row[]): Column[] {
  const kinds = new Map<string, ColumnKind | null>()
  for (const row of rows.slice(-looked)) {
    for (const name of Object.keys(row)) {
      const value = row[name]
      const before = kinds.get(name) ?? null
      if (value === null) kinds.set(name, before)
      else {
        const kind = typeof value === 'number' ? 'number' : typeof value === 'string' && time.test(value) ? 'time' : 'text'
        kinds.set(name, before === null || before === kind ? kind : 'text')
      }
    }
  }
  return [...kinds].map(([name, kind]) => ({ name, kind: kind ?? 'text' }))
}

/** A value as it is shown: text as it stands, times without their T. */
export function valueText(value: unknown, kind: ColumnKind): string {
  if (value === null || value === undefined) return '–'
  if (typeof value === 'number') return Number.isInteger(value) ? value.toLocaleString('en-US', { useGrouping: Math.abs(value) >= 10_000 }) : String(Number(value.toPrecision(6)))
  if (typeof value !== 'string') return JSON.stringify(value)
  return kind === 'time' ? value.replace('T', ' ').replace(/(\.0+)?Z$/, '') : value
}

/** By value: numbers by size, the rest by text; what is missing comes last. */
export function compareBy(name: string, descending: boolean): (a: Row, b: Row) => number {
  const sign = descending ? -1 : 1
  return (a, b) => {
    const [x, y] = [a[name] ?? null, b[name] ?? null]
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1
    if (typeof x === 'number' && typeof y === 'number') return sign * (x - y)
    const [s, t] = [typeof x === 'string' ? x : JSON.stringify(x), typeof y === 'string' ? y : JSON.stringify(y)]
    return sign * (s < t ? -1 : s > t ? 1 : 0)
  }
}
