import { notScored } from './errors.ts'

/** Turns a sum in link space into a prediction. */
export type InverseLink = (eta: number) => number

export const logistic: InverseLink = x => 1 / (Math.exp(-x) + 1)

const maxExp = 1e19

/** The links of generalized linear models. */
export function glmInverseLink(name: string, tweedieLinkPower: number): InverseLink {
  switch (name) {
    case 'identity':
      return x => x
    case 'logit':
      return logistic
    case 'log':
      return x => Math.exp(x)
    case 'inverse':
      return x => 1 / (x < 0 ? Math.min(-1e-5, x) : Math.max(1e-5, x))
    case 'tweedie':
      return tweedieLinkPower === 0 ? x => Math.max(2e-16, Math.exp(x)) : x => x ** (1 / tweedieLinkPower)
    default:
      throw notScored(`the link "${name}" of a generalized linear model`, 'Links identity, logit, log, inverse and tweedie are scored.')
  }
}

/** The links of boosted trees; the exponential has an upper bound here. */
export function gbmInverseLink(name: string): InverseLink {
  switch (name) {
    case 'identity':
    case 'tweedie':
      return x => x
    case 'log':
      return x => Math.min(maxExp, Math.exp(x))
    case 'logit':
    case 'ologit':
      return x => 1 / (1 + Math.min(maxExp, Math.exp(-x)))
    case 'ologlog':
      return x => 1 - Math.min(maxExp, Math.exp(-Math.min(maxExp, Math.exp(x))))
    case 'inverse':
      // H2O holds positive numbers up from -1e-5, which is no bound: kept, so that scores are its scores.
      return x => 1 / (x < 0 ? Math.min(-1e-5, x) : Math.max(-1e-5, x))
    default:
      throw notScored(`the link "${name}" of boosted trees`, 'Links identity, log, logit, ologit, ologlog and inverse are scored.')
  }
}

/** The link that a distribution has where a file names none. */
export function linkOf(distribution: string): string {
  switch (distribution) {
    case 'bernoulli':
    case 'fractionalbinomial':
    case 'quasibinomial':
    case 'modified_huber':
    case 'ordinal':
      return 'logit'
    case 'multinomial':
    case 'poisson':
    case 'gamma':
    case 'tweedie':
      return 'log'
    default:
      return 'identity'
  }
}

/** The distributions that H2O knows. `custom` is code of the user's, which is in no file. */
const distributions = new Set([
  'AUTO', 'bernoulli', 'quasibinomial', 'modified_huber', 'multinomial', 'ordinal', 'gaussian', 'poisson', 'gamma', 'tweedie',
  'huber', 'laplace', 'quantile', 'fractionalbinomial', 'negativebinomial',
])

export function checkDistribution(name: string): void {
  if (!distributions.has(name)) throw notScored(`the distribution "${name}"`, `Distributions ${[...distributions].join(', ')} are scored.`)
}
