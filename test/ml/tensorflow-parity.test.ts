import { describe, expect, test } from 'vitest'
import { jsonl, load, scoreRows, worstDifference } from './support.ts'

describe('flights networks score as Keras does', () => {
  const rows = jsonl('flights/inputs.jsonl')

  test.each([
    ['mlp-delay30', 'probability', 'p', 1e-6],
    ['mlp-arrdelay', 'prediction', 'minutes', 1e-4],
  ])('%s: every row, from named columns', async (name, output, field, tolerance) => {
    const model = await load(`flights/${name}-tfjs`)
    const scores = await scoreRows(model, rows, output)
    const d = worstDifference(scores, jsonl(`flights/predictions-${name}.jsonl`).map(row => row[field]))
    expect(d).toBeLessThanOrEqual(tolerance)
    model.close()
  })
})

describe('networks of several layers score as TensorFlow does', () => {
  test.each(['mlp', 'cnn'])('tfjs-layers-%s', async name => {
    const model = await load(`tfjs-layers-${name}/model`)
    const rows = jsonl(`tfjs-layers-${name}/input.jsonl`)
    const scores = await scoreRows(model, rows, 'prediction')
    const d = worstDifference(scores, jsonl(`tfjs-layers-${name}/expected.jsonl`).map(row => row.output))
    expect(d).toBeLessThanOrEqual(1e-6)
    model.close()
  })
})
