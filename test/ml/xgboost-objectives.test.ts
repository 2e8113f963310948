import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { float64Type, int32Type, int64Type, stringType } from '../../src/columnar/data-type.ts'
import { vectorOf } from '../../src/columnar/builder.ts'
import { valueAt } from '../../src/columnar/values.ts'
import { fixture, jsonl, load, scoreRows, worstDifference } from './support.ts'

interface Expected {
  readonly objective: string
  /** Where it differs from `predict`. */
  readonly margin?: readonly unknown[]
  readonly predict: readonly unknown[]
  readonly allRounds?: readonly unknown[]
}

/** Predictions of XGBoost 3.2.0 on the files beside them. */
const expected = JSON.parse(readFileSync(fixture('xgboost-objectives/expected.json'), 'utf8')) as { readonly [name: string]: Expected }
const rows = jsonl('xgboost-objectives/input.jsonl')
const libraryOutput: { readonly [objective: string]: string } = { 'multi:softprob': 'probabilities' }

describe('every objective answers as XGBoost does', () => {
  test.each(Object.keys(expected).map(name => [name, expected[name].objective]))('%s (%s)', async (name, objective) => {
    const model = await load(`xgboost-objectives/${name}.json`)
    const { margin, predict } = expected[name]
    expect(worstDifference(await scoreRows(model, rows, 'margin'), margin ?? predict)).toBe(0)
    expect(worstDifference(await scoreRows(model, rows, libraryOutput[objective] ?? 'prediction'), predict)).toBeLessThanOrEqual(1.2e-7)
  })

  test('logitraw predicts the margin and offers the probability as well', async () => {
    const model = await load('xgboost-objectives/logitraw.json')
    const margins = (await scoreRows(model, rows, 'prediction')) as number[]
    const probabilities = (await scoreRows(model, rows, 'probability')) as number[]
    expect(worstDifference(probabilities, margins.map(m => 1 / (1 + Math.exp(-m))))).toBeLessThan(1e-6)
  })

  test('softmax offers the probabilities of the class that it predicts', async () => {
    const model = await load('xgboost-objectives/softmax.json')
    const classes = await scoreRows(model, rows, 'prediction')
    const probabilities = (await scoreRows(model, rows, 'probabilities')) as number[][]
    expect(probabilities.map(p => p.indexOf(Math.max(...p)))).toEqual(classes)
    expect(probabilities.every(p => Math.abs(p[0] + p[1] + p[2] - 1) < 1e-6)).toBe(true)
  })

  test('early stopping: only the rounds up to the best one count', async () => {
    const { predict, allRounds } = expected['early-stopping']
    expect(predict).not.toEqual(allRounds)
    expect(worstDifference(await scoreRows(await load('xgboost-objectives/early-stopping.json'), rows, 'prediction'), predict)).toBe(0)
  })
})

test('whole-number categories are given by value, in any type of column', async () => {
  const model = await load('xgboost-objectives/integer-categories.json')
  const truth = JSON.parse(readFileSync(fixture('xgboost-objectives/integer-categories-expected.json'), 'utf8')) as {
    readonly rows: readonly { readonly code: number; readonly a: number | null }[]
    readonly predict: readonly number[]
  }
  expect(model.signature.inputs[0]).toEqual({ name: 'code', kind: 'category', categories: ['100', '7', '42', '-3', '5000', '11'] })
  const a = vectorOf(float64Type, truth.rows.map(r => r.a))
  const codes = truth.rows.map(r => r.code)
  for (const column of [
    vectorOf(int32Type, codes),
    vectorOf(float64Type, codes),
    vectorOf(int64Type, codes.map(BigInt)),
    vectorOf(stringType, codes.map(String)),
  ]) {
    const { vectors: [prediction] } = await model.score([column, a], codes.length, ['prediction'])
    expect(worstDifference(codes.map((_, i) => valueAt(prediction, i)), truth.predict)).toBe(0)
  }
})
