/**
 * The distribution function of the standard normal distribution, to about 1e-15: a series around 0, a continued fraction
 * in the tails, where the difference from 1 would lose its digits.
 */
export function normalCdf(x: number): number {
  if (x !== x) return NaN
  const magnitude = Math.abs(x)
  if (magnitude > 39) return x > 0 ? 1 : 0
  const density = Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI)
  if (magnitude < 3) {
    let term = x
    let sum = x
    for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum) && k < 400; k += 2) {
      term *= (x * x) / k
      sum += term
    }
    return 0.5 + density * sum
  }
  let fraction = magnitude
  for (let k = 120; k >= 1; k--) fraction = magnitude + k / fraction
  const tail = density / fraction
  return x > 0 ? 1 - tail : tail
}
