import type { Unit } from './unit.ts'

/** Names of the colours in the style sheet, which has them for both themes. */
export type SeriesColour = 'c1' | 'c2' | 'c3' | 'c4' | 'c5' | 'c6' | 'c7' | 'c8'

/** One line or layer of a chart. */
export interface Series {
  readonly label: string
  readonly colour: SeriesColour
  readonly values: readonly (number | null)[]
  /** Which of the lines it is without its colour. */
  readonly dash?: readonly number[]
  readonly axis?: 'left' | 'right'
  readonly unit: Unit
  /** How far a value holds: up to the next one, or back to the one before; a straight line otherwise. */
  readonly holds?: 'on' | 'back'
}

export const colours: readonly SeriesColour[] = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7', 'c8']
/** A line for each: lines of one chart differ in colour and in dash. */
export const dashes: readonly (readonly number[])[] = [[], [7, 4], [2, 3], [10, 4, 2, 4], [14, 4], [4, 2], [1, 5], [12, 3, 2, 3, 2, 3]]

/** Each layer on top of those before it: what is drawn. The last is the sum of all. */
export function stacked(layers: readonly (readonly (number | null)[])[]): (number | null)[][] {
  const sums: (number | null)[][] = []
  for (const layer of layers) {
    const below = sums.at(-1)
    sums.push(layer.map((v, i) => (v === null && (below?.[i] ?? null) === null ? null : (v ?? 0) + (below?.[i] ?? 0))))
  }
  return sums
}
