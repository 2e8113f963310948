import { fairSplit } from './fair-split.ts'

/** How many offsets a batch may have; undefined: all that wait. */
export interface Limits {
  readonly maxOffsets: number | undefined
}

/** Where the range of each partition ends. */
export function endWithin(partitions: readonly { readonly from: number; readonly latest: number }[], { maxOffsets }: Limits): readonly number[] {
  if (maxOffsets === undefined) return partitions.map(p => p.latest)
  return fairSplit(partitions.map(p => ({ start: p.from, end: p.latest })), maxOffsets)
}
