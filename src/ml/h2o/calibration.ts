import { notScored } from './errors.ts'
import { readIsotonic } from './isotonic.ts'
import { logistic } from './links.ts'
import type { Mojo } from './mojo.ts'
import type { Scoring } from './scorer.ts'

/** How the model's class probabilities were calibrated on other data; undefined when they were not. */
export function readCalibration(mojo: Mojo): Scoring['calibrate'] {
  const method = mojo.info.find('calib_method')
  if (method === undefined) return undefined
  if (method === 'platt') {
    const [slope, intercept] = mojo.info.numbers('calib_glm_beta', 2)
    return p0 => logistic(p0 * slope + intercept)
  }
  if (method === 'isotonic') {
    const of = readIsotonic(mojo)
    return (_, p1) => of(p1)
  }
  throw notScored(`the calibration "${method}"`, 'Calibration by Platt scaling and by isotonic regression is scored.')
}
