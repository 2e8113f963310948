import type { Random } from '../common/random.ts'

export interface BackOffLimits {
  readonly initialMs: number
  readonly maxMs: number
}

/**
 * Milliseconds to wait before the try after the `failures`-th failure in a row: twice as long each time, at most `maxMs`,
 * and of that a random part from one half up, so that jobs which one outage has stopped do not come back as one.
 */
export function backOffMs(failures: number, { initialMs, maxMs }: BackOffLimits, random: Random): number {
  const full = Math.min(maxMs, initialMs * 2 ** Math.min(failures - 1, 40))
  const [a, b] = random.bytes(2)
  return Math.round(full * (0.5 + (a * 256 + b) / 65_535 / 2))
}
