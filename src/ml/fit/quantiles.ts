/**
 * The value of rank ⌈q · n⌉ among the sorted values, what Spark's approxQuantile finds within its relative error; here it is
 * the exact one. NaN is no value. Undefined where there is none.
 */
export function quantileOf(sorted: Float64Array, q: number): number | undefined {
  if (sorted.length === 0) return undefined
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))]
}

/** Ascending, without NaN. */
export function sortedValues(values: Float64Array): Float64Array {
  return values.filter(x => x === x).sort()
}

/** The value that is there most often; of several the least, as in Spark's Imputer. */
export function modeOf(sorted: Float64Array): number | undefined {
  let best: number | undefined
  let most = 0
  for (let from = 0; from < sorted.length;) {
    let to = from + 1
    while (to < sorted.length && sorted[to] === sorted[from]) to++
    if (to - from > most) {
      most = to - from
      best = sorted[from]
    }
    from = to
  }
  return best
}
