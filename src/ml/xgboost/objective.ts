/** How a margin (the sum of the trees) becomes what the library predicts, and how base_score becomes a margin. */
export type Link = 'identity' | 'logistic' | 'log'

export interface Objective {
  readonly link: Link
  /** `binary` also has a probability, which is the logistic function of the margin whatever the link. */
  readonly task: 'number' | 'binary' | 'hinge' | 'classes'
  /** Of `classes`: the library predicts the class, not the probabilities. */
  readonly predictsClass?: boolean
}

const number: Objective = { link: 'identity', task: 'number' }
const exponential: Objective = { link: 'log', task: 'number' }

const objectives: ReadonlyMap<string, Objective> = new Map([
  ['reg:squarederror', number],
  ['reg:linear', number],
  ['reg:squaredlogerror', number],
  ['reg:absoluteerror', number],
  ['reg:pseudohubererror', number],
  ['reg:quantileerror', number],
  ['reg:expectileerror', number],
  ['rank:pairwise', number],
  ['rank:ndcg', number],
  ['rank:map', number],
  ['reg:gamma', exponential],
  ['reg:tweedie', exponential],
  ['count:poisson', exponential],
  ['survival:cox', exponential],
  ['survival:aft', exponential],
  ['reg:logistic', { link: 'logistic', task: 'number' }],
  ['binary:logistic', { link: 'logistic', task: 'binary' }],
  ['binary:logitraw', { link: 'identity', task: 'binary' }],
  ['binary:hinge', { link: 'identity', task: 'hinge' }],
  ['multi:softprob', { link: 'identity', task: 'classes' }],
  ['multi:softmax', { link: 'identity', task: 'classes', predictsClass: true }],
])

export function objectiveOf(name: string): Objective | undefined {
  return objectives.get(name)
}

/** base_score as a margin, in 32-bit steps as the library computes it; NaN where base_score is out of range. */
export function toMargin(baseScore: number, link: Link): number {
  const score = Math.fround(baseScore)
  switch (link) {
    case 'identity':
      return score
    case 'log':
      return score > 0 ? Math.fround(Math.log(score)) : NaN
    case 'logistic':
      if (!(score > 0 && score < 1)) return NaN
      return -Math.fround(Math.log(Math.fround(Math.fround(1 / score) - 1)))
  }
}

/** The inverse link, in 32-bit steps. */
export function fromMargin(margin: number, link: Link): number {
  switch (link) {
    case 'identity':
      return margin
    case 'log':
      return Math.fround(Math.exp(margin))
    case 'logistic':
      return Math.fround(1 / Math.fround(Math.fround(Math.exp(-margin)) + 1))
  }
}

/** Softmax of one row of margins into `out`; the sum is in 64 bits, each exponential in 32. */
export function softmax(margins: Float32Array, from: number, classes: number, out: Float64Array): void {
  let max = margins[from]
  for (let c = 1; c < classes; c++) if (margins[from + c] > max) max = margins[from + c]
  let sum = 0
  for (let c = 0; c < classes; c++) {
    const e = Math.fround(Math.exp(Math.fround(margins[from + c] - max)))
    out[from + c] = e
    sum += e
  }
  const total = Math.fround(sum)
  for (let c = 0; c < classes; c++) out[from + c] = Math.fround(out[from + c] / total)
}

/** The class with the largest margin; of equal ones the first. */
export function argmax(margins: Float32Array, from: number, classes: number): number {
  let best = 0
  for (let c = 1; c < classes; c++) if (margins[from + c] > margins[from + best]) best = c
  return best
}
