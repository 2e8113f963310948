import { bytesText, countText, digits, durationText, rateText } from '../format.ts'

/** What the numbers of an axis are: how they are written, and at which distances its ticks may stand. */
export interface Unit {
  readonly text: (value: number) => string
  readonly increments: readonly number[]
}

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

export const durations: Unit = {
  text: durationText,
  increments: [...decades(1, 3), ...[1, 2, 5, 10, 15, 30].map(n => n * second), ...[1, 2, 5, 10, 15, 30].map(n => n * minute), ...[1, 2, 3, 6, 12].map(n => n * hour), ...decades(1, 4).map(n => n * day)],
}
export const counts: Unit = { text: countText, increments: decades(1, 14) }
export const rates: Unit = { text: rateText, increments: decades(0.001, 17) }
export const numbers: Unit = { text: digits, increments: decades(1e-9, 24) }
export const bytes: Unit = { text: bytesText, increments: Array.from({ length: 45 }, (_, i) => 2 ** i) }

/** Distances of the time axis, in seconds. */
export const timeIncrements: readonly number[] = [1, 2, 5, 10, 15, 30, ...[1, 2, 5, 10, 15, 30].map(n => n * 60), ...[1, 2, 3, 6, 12].map(n => n * 3600), ...decades(1, 5).map(n => n * 86_400)]

/** 1, 2 and 5 times each power of ten. */
function decades(from: number, powers: number): number[] {
  return Array.from({ length: powers }, (_, i) => i).flatMap(i => [1, 2, 5].map(n => Number((n * from * 10 ** i).toPrecision(3))))
}
