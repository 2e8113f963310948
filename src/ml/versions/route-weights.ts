/** Shares of the rows by alias, of their sum. */
export type RouteWeights = { readonly [alias: string]: number }

/** What is wrong with weights, one clause; null when they can be used. */
export function weightsProblem(weights: object): string | null {
  const values: unknown[] = Object.values(weights)
  if (values.length === 0 || values.some(w => typeof w !== 'number' || !Number.isFinite(w) || w < 0)) return 'weights are an object from alias to a number from 0, such as {"champion": 0.95, "challenger": 0.05}'
  return values.every(w => w === 0) ? 'all weights are 0' : null
}
