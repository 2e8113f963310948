/** A sound value that our type cannot hold; whoever knows file and column makes FORMAT_UNSUPPORTED of it. */
export class ValueRangeError extends Error {}

const maxMicroseconds = 2 ** 53

/** A timestamp as it is, if float64 holds it exactly. */
export function microseconds(value: number): number {
  if (Math.abs(value) > maxMicroseconds) {
    throw new ValueRangeError(`holds a timestamp of about ${value} microseconds, which is beyond ±2^53 (the years 1684 to 2255)`)
  }
  return value
}
