import { unsupported } from '../errors.ts'

/** How the sums become what the library predicts, and what kind of answer that is. */
export interface Objective {
  readonly link: 'identity' | 'square' | 'exp' | 'sigmoid' | 'log1pExp' | 'softmax'
  /** Of `sigmoid`: the sum is multiplied by it. */
  readonly slope: number
  readonly task: 'number' | 'binary' | 'classes'
}

const identity: Objective = { link: 'identity', slope: 1, task: 'number' }

const links: ReadonlyMap<string, Objective> = new Map<string, Objective>([
  ...['regression', 'regression_l2', 'regression_l1', 'huber', 'fair', 'quantile', 'mape', 'lambdarank', 'rank_xendcg', 'custom', 'none'].map((name): [string, Objective] => [name, identity]),
  ...['poisson', 'gamma', 'tweedie'].map((name): [string, Objective] => [name, { link: 'exp', slope: 1, task: 'number' }]),
  ['binary', { link: 'sigmoid', slope: 1, task: 'binary' }],
  ['cross_entropy', { link: 'sigmoid', slope: 1, task: 'number' }],
  ['cross_entropy_lambda', { link: 'log1pExp', slope: 1, task: 'number' }],
  ['multiclass', { link: 'softmax', slope: 1, task: 'classes' }],
  ['multiclassova', { link: 'sigmoid', slope: 1, task: 'classes' }],
])

/**
 * Reads the objective with its arguments, such as `binary sigmoid:1` or `regression sqrt`. A file without one was trained
 * with a function of its user's: its predictions are the sums.
 *
 * @throws AnalysisError ML_UNSUPPORTED; what `fail` builds for an argument that is no number
 */
export function readObjective(text: string | undefined, fail: (what: string) => Error): Objective {
  if (text === undefined) return identity
  const [name, ...parts] = text.split(' ').filter(part => part !== '')
  const objective = name === undefined ? identity : links.get(name)
  if (objective === undefined) throw unsupported('LightGBM', `the objective "${name}"`, 'Train with a built-in objective, or look for a newer Millrace.')
  if (objective.link === 'identity' && parts.includes('sqrt')) return { ...objective, link: 'square' }
  const sigmoid = parts.find(part => part.startsWith('sigmoid:'))
  if (sigmoid === undefined || objective.link !== 'sigmoid') return objective
  const slope = Number(sigmoid.slice('sigmoid:'.length))
  if (!(slope > 0 && slope < Infinity)) throw fail(`its objective is ${JSON.stringify(text)}, whose sigmoid is no positive number`)
  return { ...objective, slope }
}

/** Turns the sums of rows into predictions, in place. */
export function applyLink({ link, slope }: Objective, sums: Float64Array, groups: number): void {
  switch (link) {
    case 'identity':
      return
    case 'square':
      for (let i = 0; i < sums.length; i++) sums[i] = Math.sign(sums[i]) * sums[i] * sums[i]
      return
    case 'exp':
      for (let i = 0; i < sums.length; i++) sums[i] = Math.exp(sums[i])
      return
    case 'sigmoid':
      for (let i = 0; i < sums.length; i++) sums[i] = 1 / (1 + Math.exp(-slope * sums[i]))
      return
    case 'log1pExp':
      for (let i = 0; i < sums.length; i++) sums[i] = Math.log1p(Math.exp(sums[i]))
      return
    case 'softmax':
      for (let at = 0; at < sums.length; at += groups) softmax(sums, at, groups)
  }
}

function softmax(values: Float64Array, from: number, classes: number): void {
  let max = values[from]
  for (let c = 1; c < classes; c++) if (values[from + c] > max) max = values[from + c]
  let sum = 0
  for (let c = 0; c < classes; c++) {
    values[from + c] = Math.exp(values[from + c] - max)
    sum += values[from + c]
  }
  for (let c = 0; c < classes; c++) values[from + c] /= sum
}
