/** What waits in a partition: offsets `start` to `end` − 1. */
export interface Backlog {
  readonly start: number
  readonly end: number
}

/**
 * Shares a number of offsets out over partitions by what waits in each, and answers where each range ends. As Spark does
 * it: a share below one is one, so that no partition starves, and any other is rounded down, so that a batch may have
 * fewer or a few more offsets than the limit.
 */
export function fairSplit(backlogs: readonly Backlog[], limit: number): readonly number[] {
  const total = backlogs.reduce((sum, { start, end }) => sum + Math.max(0, end - start), 0)
  return backlogs.map(({ start, end }) => {
    const size = end - start
    if (size <= 0) return end
    const share = limit * (size / total)
    return Math.min(end, start + (share < 1 ? 1 : Math.floor(share)))
  })
}
