import { getBit } from '../../../columnar/bitmap.ts'
import { float64Type } from '../../../columnar/data-type.ts'
import { javaDoubleText } from '../../../columnar/text/java-double.ts'
import { doublesOf } from '../params.ts'
import { featuresType, sizeOf, type PlannedColumn } from '../planner.ts'
import { handleInvalidChoices, type StageContext } from '../stage.ts'
import { binarizeVectors } from './vector-functions.ts'

/**
 * Bucketizer (what a QuantileDiscretizer fits, too): the bucket [splits[k], splits[k + 1]) of a number, the last one closed.
 * `handleInvalid` is about NaN; a number outside of all buckets is refused whatever it says, a missing one stays missing.
 */
export function bucketizer(stage: StageContext): void {
  const { params, planner } = stage
  const inputs = params.columns('inputCol', 'inputCols')
  const outputs = params.columns('outputCol', 'outputCols')
  const isSingle = params.isSet('inputCol')
  const splits = isSingle ? [doublesOf(params.get('splits'))] : params.get('splitsArray').list().map(doublesOf)
  const handleInvalid = params.choice('handleInvalid', handleInvalidChoices, 'error')
  if (splits.length !== inputs.length || outputs.length !== inputs.length || splits.some(s => s.length < 3)) throw stage.extra.wrong('has columns without splits')
  inputs.forEach((name, k) => {
    const input = planner.use(name)
    const values = Array.from({ length: splits[k].length - 1 }, (_, b) => `${javaDoubleText(splits[k][b])}, ${javaDoubleText(splits[k][b + 1])}`)
    const output = planner.add(outputs[k], { kind: 'values', type: float64Type }, [{ name: outputs[k], count: values.length, values }])
    bucketize(stage, input, output, splits[k], handleInvalid)
  })
}

function bucketize(stage: StageContext, input: PlannedColumn, output: PlannedColumn, splits: Float64Array, handleInvalid: string): void {
  const last = splits.length - 1
  stage.planner.step({
    inputs: [input],
    outputs: [output],
    drops: handleInvalid === 'skip',
    run(batch) {
      const { values, validity } = batch.numbers(input)
      const out = new Float64Array(batch.rows)
      for (let row = 0; row < batch.rows; row++) {
        if (validity !== null && !getBit(validity, row)) {
          if (handleInvalid === 'skip') batch.drop(row)
          continue
        }
        const x = values[row]
        if (x !== x) {
          if (handleInvalid === 'keep') out[row] = last
          else if (handleInvalid === 'skip') batch.drop(row)
          else batch.refuse(row, () => `${stage.name} found NaN in column "${input.name}".`)
        } else if (x < splits[0] || x > splits[last]) {
          batch.refuse(row, () => `${stage.name} has no bucket for ${x} in column "${input.name}": they reach from ${splits[0]} to ${splits[last]}.`)
        } else out[row] = bucketOf(splits, x)
      }
      batch.setNumbers(output, out, validity)
    },
  })
}

function bucketOf(splits: Float64Array, x: number): number {
  let low = 0
  let high = splits.length - 1
  if (x === splits[high]) return high - 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (x >= splits[middle]) low = middle
    else high = middle
  }
  return low
}

/** Binarizer: 1 above the threshold, 0 otherwise; missing numbers and NaN are 0. Takes numbers or vectors. */
export function binarizer(stage: StageContext): void {
  const { params, planner } = stage
  const inputs = params.columns('inputCol', 'inputCols')
  const outputs = params.columns('outputCol', 'outputCols')
  const threshold = params.number('threshold', 0)
  const thresholds = params.isSet('inputCols') ? params.numbers('thresholds') : undefined
  if (outputs.length !== inputs.length || (thresholds !== undefined && thresholds.length !== inputs.length)) throw stage.extra.wrong('has columns without thresholds')
  inputs.forEach((name, k) => {
    const input = planner.use(name)
    const limit = thresholds?.[k] ?? threshold
    if (input.type.kind === 'features') {
      const output = planner.add(outputs[k], featuresType(sizeOf(input)))
      planner.step({ inputs: [input], outputs: [output], run: batch => batch.set(output, binarizeVectors(batch.presentFeatures(input, stage.name), limit)) })
      return
    }
    const output = planner.add(outputs[k], { kind: 'values', type: float64Type }, [{ name: outputs[k], count: 0, values: null }])
    planner.step({
      inputs: [input],
      outputs: [output],
      run(batch) {
        const { values, validity } = batch.numbers(input)
        const out = new Float64Array(batch.rows)
        for (let row = 0; row < batch.rows; row++) out[row] = values[row] > limit && (validity === null || getBit(validity, row)) ? 1 : 0
        batch.setNumbers(output, out)
      },
    })
  })
}
