import { describe, expect, test } from 'vitest'
import { jsonl, load, scoreRows, worstDifference } from './support.ts'

describe('flights models score as XGBoost does', () => {
  const rows = jsonl('flights/inputs.jsonl')

  test.each([
    ['xgb-delay30', 'probability', 'p'],
    ['xgb-arrdelay', 'prediction', 'minutes'],
  ])('%s: every row, and .json and .ubj give the same bits', async (name, output, field) => {
    const expected = jsonl(`flights/predictions-${name}.jsonl`).map(row => row[field])
    const fromJson = await scoreRows(await load(`flights/${name}.json`), rows, output)
    const fromUbj = await scoreRows(await load(`flights/${name}.ubj`), rows, output)
    expect(rows.length).toBe(542)
    expect(fromUbj).toEqual(fromJson)
    expect(worstDifference(fromJson, expected)).toBeLessThanOrEqual(1e-7)
  })
})

describe('models of every kind score as XGBoost does', () => {
  test.each([
    ['base-score-vector', 'probabilities'],
    ['binary-logistic', 'prediction'],
    ['categorical-onehot', 'prediction'],
    ['categorical-partition', 'prediction'],
    ['count-poisson', 'prediction'],
    ['dart', 'prediction'],
    ['gblinear', 'prediction'],
    ['multi-softprob', 'probabilities'],
    ['old-binary-logistic', 'prediction'],
    ['old-dart', 'prediction'],
    ['rank-ndcg', 'prediction'],
    ['reg-squarederror', 'prediction'],
  ])('%s', async (name, output) => {
    const rows = jsonl(`xgboost-${name}/input.jsonl`)
    const expected = jsonl(`xgboost-${name}/expected.jsonl`)
    for (const file of ['model.json', 'model.ubj']) {
      const model = await load(`xgboost-${name}/${file}`)
      const margins = await scoreRows(model, rows, 'margin')
      const predictions = await scoreRows(model, rows, output)
      expect(worstDifference(margins, expected.map(r => r.margin))).toBeLessThanOrEqual(2e-6)
      expect(worstDifference(predictions, expected.map(r => r.predict))).toBeLessThanOrEqual(2e-6)
    }
  })
})
