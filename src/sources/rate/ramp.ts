/**
 * How many rows there are after `seconds` seconds: the rate grows evenly during the ramp-up, as in Spark's rate source.
 */
export interface Ramp {
  readonly rowsPerSecond: number
  readonly rampUpSeconds: number
}

export function rowsAfter(ramp: Ramp, seconds: number): number {
  const { rowsPerSecond, rampUpSeconds } = ramp
  const ramped = Math.min(seconds, rampUpSeconds)
  // 1 + 2 + … + ramped steps of the same height; a height of less than one row is none.
  const step = Math.floor(rowsPerSecond / (rampUpSeconds + 1))
  return (step * ramped * (ramped + 1)) / 2 + (seconds - ramped) * rowsPerSecond
}

/** The second in which row `row` (from 0) lies. */
export function secondOfRow(ramp: Ramp, row: number): number {
  let low = 0
  let high = ramp.rampUpSeconds + Math.ceil((row + 1) / ramp.rowsPerSecond)
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (rowsAfter(ramp, middle + 1) > row) high = middle
    else low = middle + 1
  }
  return low
}
