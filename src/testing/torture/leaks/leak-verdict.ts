import type { LeakReport } from './leak-run.ts'

const mebibyte = 1024 * 1024
/** What caches, compiled code and the database may still grow by. */
const heapSlack = 16 * mebibyte
const residentSlack = 96 * mebibyte

/** What grew that must not: sentences, none when all is well. The first quarter of the swaps is for warming up. */
export function leaksOf({ tensors, heapBytes, residentBytes }: LeakReport): string[] {
  const wrong: string[] = []
  const settled = tensors.slice(Math.ceil(tensors.length / 4))
  const counts = new Set(settled)
  // Two versions of one model hold the same number.
  if (counts.size > 1) wrong.push(`tensors were ${[...counts].join(', ')} after a swap`)
  const heap = growthOf(heapBytes)
  if (heap > heapSlack) wrong.push(`the heap grew by ${heap} bytes`)
  const resident = growthOf(residentBytes)
  if (resident > residentSlack) wrong.push(`the process grew by ${resident} bytes`)
  return wrong
}

/** From the least of the second quarter to the least of the last. */
export function growthOf(bytes: readonly number[]): number {
  const quarter = Math.max(1, Math.floor(bytes.length / 4))
  return Math.min(...bytes.slice(-quarter)) - Math.min(...bytes.slice(quarter, 2 * quarter))
}
