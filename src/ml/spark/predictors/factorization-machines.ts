import { float64Type } from '../../../columnar/data-type.ts'
import type { Features } from '../features.ts'
import { matrixAt, matrixStruct, vectorAt, vectorStruct } from '../linalg.ts'
import type { StageContext } from '../stage.ts'
import { readTable } from '../tables.ts'
import { logistic, mirrored, planClassifier } from './classifier.ts'
import { dot } from './dot.ts'
import { planRegressor } from './regressor.ts'

interface Machine {
  readonly size: number
  score(features: Features): Float64Array
}

/** A linear model plus, for every pair of features, the product of their values and of their factors. */
async function readMachine(stage: StageContext): Promise<Machine> {
  const table = (await readTable(stage.directory.child('data'), [['intercept', float64Type], ['linear', vectorStruct], ['factors', matrixStruct]])).single
  const linear = vectorAt(table.required('linear'), 0, 'the linear part')
  const { rows: size, cols: k, values: factors } = matrixAt(table.required('factors'), 0, 'the factors')
  if (linear.length !== size) throw table.wrong(`has ${linear.length} weights and factors for ${size}`)
  const intercept = Float64Array.of(table.number('intercept'))
  return {
    size,
    score(features) {
      const scores = dot(features, linear, intercept)
      const sums = new Float64Array(k)
      const squares = new Float64Array(k)
      for (let row = 0; row < features.rows; row++) {
        sums.fill(0)
        squares.fill(0)
        features.forEach(row, (i, x) => {
          for (let f = 0; f < k; f++) {
            const vx = factors[i * k + f] * x
            sums[f] += vx
            squares[f] += vx * vx
          }
        })
        let pairs = 0
        for (let f = 0; f < k; f++) pairs += sums[f] * sums[f] - squares[f]
        scores[row] += 0.5 * pairs
      }
      return scores
    },
  }
}

/** FMRegressionModel. */
export async function fmRegressionModel(stage: StageContext): Promise<void> {
  const machine = await readMachine(stage)
  planRegressor(stage, machine.size, features => machine.score(features))
}

/** FMClassificationModel. */
export async function fmClassificationModel(stage: StageContext): Promise<void> {
  const machine = await readMachine(stage)
  planClassifier(stage, {
    classes: 2,
    size: machine.size,
    raw: features => mirrored(machine.score(features)),
    probability(raw, rows) {
      const out = new Float64Array(rows * 2)
      for (let i = 0; i < rows * 2; i += 2) {
        out[i + 1] = logistic(raw[i + 1])
        out[i] = 1 - out[i + 1]
      }
      return out
    },
  })
}
