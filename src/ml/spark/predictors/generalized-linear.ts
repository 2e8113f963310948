import { getBit } from '../../../columnar/bitmap.ts'
import { float64Type } from '../../../columnar/data-type.ts'
import type { StageContext } from '../stage.ts'
import { dot } from './dot.ts'
import { readLinear } from './linear-models.ts'
import { normalCdf } from './normal-cdf.ts'
import { planPrediction } from './regressor.ts'

const families = ['gaussian', 'binomial', 'poisson', 'gamma', 'tweedie'] as const
const links = ['identity', 'log', 'inverse', 'logit', 'probit', 'cloglog', 'sqrt'] as const
type Family = (typeof families)[number]

/** The link that a family has when none is given. */
const canonical: { readonly [F in Exclude<Family, 'tweedie'>]: (typeof links)[number] } = {
  gaussian: 'identity', binomial: 'logit', poisson: 'log', gamma: 'inverse',
}

/** What a mean is kept away from zero, and a share from one. */
const epsilon = 1e-16

/** GeneralizedLinearRegressionModel: the mean of the response; its linear predictor where linkPredictionCol asks for it. */
export async function generalizedLinearRegressionModel(stage: StageContext): Promise<void> {
  const { params, planner } = stage
  const { coefficients, intercept } = await readLinear(stage)
  const mean = meanOf(stage)
  const features = planner.use(params.text('featuresCol', 'features'))
  const offsetName = params.text('offsetCol', '')
  const offset = offsetName === '' ? undefined : planner.use(offsetName)
  const eta = planner.add(params.text('linkPredictionCol', ''), { kind: 'values', type: float64Type })
  planner.step({
    inputs: offset === undefined ? [features] : [features, offset],
    outputs: [eta],
    run(batch) {
      const sums = dot(batch.presentFeatures(features, stage.name, coefficients.length), coefficients, intercept)
      if (offset === undefined) {
        batch.setNumbers(eta, sums)
        return
      }
      const { values, validity } = batch.numbers(offset)
      for (let row = 0; row < batch.rows; row++) if (validity === null || getBit(validity, row)) sums[row] += values[row]
      batch.setNumbers(eta, sums, validity)
    },
  })
  const prediction = planPrediction(stage, float64Type)
  planner.step({
    inputs: [eta],
    outputs: [prediction],
    run(batch) {
      const { values, validity } = batch.numbers(eta)
      batch.setNumbers(prediction, values.subarray(0, batch.rows).map(mean), validity)
    },
  })
}

function meanOf({ params }: StageContext): (eta: number) => number {
  const family = params.choice('family', families, 'gaussian')
  const unlink = family === 'tweedie' ? tweedieMean(params.number('variancePower', 0), params.find('linkPower') === undefined ? undefined : params.number('linkPower', 1))
    : inverseLink(params.choice('link', links, canonical[family]))
  const project = projection(family, params.number('variancePower', 0))
  return eta => project(unlink(eta))
}

function tweedieMean(variancePower: number, linkPower = 1 - variancePower): (eta: number) => number {
  switch (linkPower) {
    case 0:
      return Math.exp
    case 1:
      return eta => eta
    case -1:
      return eta => 1 / eta
    case 0.5:
      return eta => eta * eta
    default:
      return eta => eta ** (1 / linkPower)
  }
}

function inverseLink(link: (typeof links)[number]): (eta: number) => number {
  switch (link) {
    case 'identity':
      return eta => eta
    case 'log':
      return Math.exp
    case 'inverse':
      return eta => 1 / eta
    case 'logit':
      return eta => 1 / (1 + Math.exp(-eta))
    case 'probit':
      return normalCdf
    case 'cloglog':
      return eta => 1 - Math.exp(-Math.exp(eta))
    case 'sqrt':
      return eta => eta * eta
  }
}

/** Keeps a mean where its family allows it. */
function projection(family: Family, variancePower: number): (mu: number) => number {
  if (family === 'binomial') return mu => (mu < epsilon ? epsilon : mu > 1 - epsilon ? 1 - epsilon : mu)
  if (family === 'gaussian' || (family === 'tweedie' && variancePower === 0)) {
    return mu => (mu === -Infinity ? -Number.MAX_VALUE : mu === Infinity ? Number.MAX_VALUE : mu)
  }
  return mu => (mu < epsilon ? epsilon : mu === Infinity ? Number.MAX_VALUE : mu)
}
