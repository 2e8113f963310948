import { describe, expect, test } from 'vitest'
import { loadModelFromBytes } from '../../../src/ml/registry.ts'
import { artefactOf, caseNames, columnsOf, difference, readCase, type Row, scoreAll } from './support.ts'

describe("pipelines give the columns that Spark's own transform() gives", () => {
  test('there are cases', () => {
    expect(caseNames.length).toBeGreaterThanOrEqual(40)
  })

  test.each(caseNames)('%s', async name => {
    const { tolerance, exact, input, expected, files } = readCase(name)
    const model = await loadModelFromBytes(artefactOf({ files }))
    expect(model.signature.format).toBe('spark')
    const scored = await scoreAll(model, input)
    const byId = new Map(input.map((row, i) => [row['rid'], scored[i]]))
    expect(scored.filter(s => s !== 'dropped')).toHaveLength(expected.length)
    for (const want of expected) {
      const got = byId.get(want['rid']) as Row
      for (const [column, value] of Object.entries(want)) {
        if (column === 'rid') continue
        const limit = exact.includes(column) ? 0 : tolerance
        expect({ column, rid: want['rid'], got: got[column], near: difference(got[column], value) <= limit }).toEqual({ column, rid: want['rid'], got: got[column], near: true })
      }
    }
  })

  test.each(['rf-classifier', 'text-hashingtf-idf', 'logreg-binary'])('%s: what is asked for by itself is what comes with all others', async name => {
    const { input, files } = readCase(name)
    const model = await loadModelFromBytes(artefactOf({ files }))
    const all = await scoreAll(model, input)
    const columns = columnsOf(model, input)
    for (const output of model.signature.outputs) {
      const { vectors } = await model.score(columns, input.length, [output.name])
      expect(vectors).toHaveLength(1)
      expect(vectors[0].length).toBe(input.length)
    }
    const { vectors: [prediction] } = await model.score(columns, input.length, ['prediction'])
    expect(Array.from(prediction.values as Float64Array)).toEqual(all.map(row => (row as Row)['prediction']))
  })

  test('a batch cut anywhere gives the same bits', async () => {
    const { input, files } = readCase('gbt-regressor')
    const model = await loadModelFromBytes(artefactOf({ files }))
    const rows = Array.from({ length: 2600 }, (_, i) => input[i % input.length])
    const whole = await scoreAll(model, rows)
    const parts = [...(await scoreAll(model, rows.slice(0, 1025))), ...(await scoreAll(model, rows.slice(1025)))]
    expect(parts).toEqual(whole)
  })

  test('a binary classifier has the probability of class 1 beside the vector', async () => {
    const { input, files } = readCase('logreg-binary')
    const model = await loadModelFromBytes(artefactOf({ files }))
    const { vectors: [one, both] } = await model.score(columnsOf(model, input), input.length, ['probability', 'probabilities'])
    expect(Array.from(one.values as Float64Array)).toEqual(input.map((_, i) => (both.values as Float64Array)[2 * i + 1]))
  })
})
