import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fixture, jsonl, load, scoreRows, worstDifference } from './support.ts'

describe('flights models score as XGBoost does', () => {
  const rows = jsonl('flights/inputs.jsonl')

  test.each([
    ['xgb-delay30', 'probability', 'p', 1e-8],
    ['xgb-arrdelay', 'prediction', 'minutes', 0],
  ])('%s: every row, and .json and .ubj give the same bits', async (name, output, field, tolerance) => {
    const expected = jsonl(`flights/predictions-${name}.jsonl`).map(row => row[field])
    const fromJson = await scoreRows(await load(`flights/${name}.json`), rows, output)
    const fromUbj = await scoreRows(await load(`flights/${name}.ubj`), rows, output)
    expect(rows.length).toBe(542)
    expect(fromUbj).toEqual(fromJson)
    expect(worstDifference(fromJson, expected)).toBeLessThanOrEqual(tolerance)
  })
})

describe('models of every kind: margins are equal to the last bit, predictions to the last float32 digit', () => {
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
    for (const file of readdirSync(fixture(`xgboost-${name}`)).filter(f => f.startsWith('model.'))) {
      const model = await load(`xgboost-${name}/${file}`)
      expect(worstDifference(await scoreRows(model, rows, 'margin'), expected.map(r => r.margin))).toBe(0)
      expect(worstDifference(await scoreRows(model, rows, output), expected.map(r => r.predict))).toBeLessThanOrEqual(6e-8)
    }
  })
})
