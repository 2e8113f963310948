import { booleanType, int32Type } from '../../../columnar/data-type.ts'
import { getBit } from '../../../columnar/bitmap.ts'
import { matrixAt, matrixStruct, vectorAt, vectorStruct } from '../linalg.ts'
import type { StageContext } from '../stage.ts'
import { readTable } from '../tables.ts'
import { logisticPairs, mirrored, planClassifier, softmaxRows } from './classifier.ts'
import { dot } from './dot.ts'

/** LogisticRegressionModel, binomial and multinomial. */
export async function logisticRegressionModel(stage: StageContext): Promise<void> {
  const table = (await readTable(stage.directory.child('data'), [
    ['numClasses', int32Type], ['numFeatures', int32Type], ['interceptVector', vectorStruct], ['coefficientMatrix', matrixStruct], ['isMultinomial', booleanType],
  ])).single
  const classes = table.ints('numClasses')[0]
  const { rows, cols, values } = matrixAt(table.required('coefficientMatrix'), 0, 'the coefficient matrix')
  const intercepts = vectorAt(table.required('interceptVector'), 0, 'the intercepts')
  const isMultinomial = getBit(table.required('isMultinomial').values as Uint8Array, 0)
  if (intercepts.length !== rows || (isMultinomial ? rows !== classes : rows !== 1 || classes > 2)) {
    throw table.wrong(`has ${rows} rows of coefficients and ${intercepts.length} intercepts for ${classes} classes`)
  }
  if (isMultinomial) {
    planClassifier(stage, {
      classes,
      size: cols,
      raw: features => dot(features, values, intercepts),
      probability: (raw, count) => softmaxRows(raw, count, classes),
    })
    return
  }
  planClassifier(stage, {
    classes: 2,
    size: cols,
    raw: features => mirrored(dot(features, values, intercepts)),
    probability: logisticPairs,
    predict: thresholdRule(stage),
  })
}

/** 1 where the probability is above the threshold; compared as a score where Spark has one at hand. */
function thresholdRule({ params }: StageContext): (raw: number, probability: number) => boolean {
  const pair = params.numbers('thresholds')
  const threshold = pair === undefined ? params.number('threshold', 0.5) : 1 / (1 + pair[0] / pair[1])
  const hasRaw = params.text('rawPredictionCol', 'rawPrediction') !== ''
  const score = threshold === 0 ? -Infinity : threshold === 1 ? Infinity : Math.log(threshold / (1 - threshold))
  return hasRaw ? raw => raw > score : (_, probability) => probability > threshold
}
