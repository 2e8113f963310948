import { describe, expect, test } from 'vitest'
import { worstDifference } from '../support.ts'
import { archive, folder, jsonl, load, modelNames, plain, scoreAll } from './support.ts'

/** Sums alone are equal to the last bit; exponentials are not the same in every language; XGBoost computes in 32 bits. */
function toleranceOf(name: string): number {
  if (['drf-reg', 'drf-multi-ties', 'gbm-deep', 'isofor', 'isofor-contamination', 'kmeans', 'kmeans-raw', 'pca-NONE', 'pca-STANDARDIZE', 'glm-gaussian'].includes(name)) return 0
  return name.startsWith('xgb') || name.startsWith('se-') ? 1e-6 : 1e-12
}

const input = jsonl('input.jsonl')

describe('models score as in H2O', () => {
  test.each(modelNames)('%s', async name => {
    const expected = jsonl(`${name}.jsonl`)
    const scored = await scoreAll(await load(archive(name)), input)
    expect(expected.length).toBe(input.length)
    expected.forEach((row, i) => {
      if ('error' in row) {
        expect(scored[i], `row ${i}`).toHaveProperty('error')
        return
      }
      for (const [field, value] of Object.entries(row)) {
        const where = `row ${i}, ${field}`
        const got = scored[i][field]
        const wanted = plain(value)
        const hasText = [wanted].flat().some(v => typeof v === 'string')
        if (hasText || Number.isNaN(wanted)) expect(got, where).toEqual(wanted)
        else {
          const difference = [wanted].flat().every((w, k) => Object.is(w, [got].flat()[k])) ? 0 : worstDifference([got], [wanted])
          expect(difference, where).toBeLessThanOrEqual(toleranceOf(name))
        }
      }
    })
  })

  test('every kind of extra output is compared', () => {
    const fields = new Set(modelNames.flatMap(name => Object.keys(jsonl(`${name}.jsonl`)[0])))
    expect([...fields]).toEqual(expect.arrayContaining(['leafNodeAssignments', 'leafNodeAssignmentIds', 'contributions', 'stageProbabilities', 'distances', 'cal_yes', 'mse', 'mean_length']))
  })
})

test.each(['gbm-enc-enum_limited', 'pca-NONE', 'se-logit-multi', 'glm-gaussian', 'xgb-sparse'])('%s scores the same from the folder that its archive unpacks to', async name => {
  expect(await scoreAll(await load(folder(name)), input)).toEqual(await scoreAll(await load(archive(name)), input))
})

test('scores do not depend on how rows are cut into batches', async () => {
  const model = await load(archive('gbm-multinomial'))
  const many = Array.from({ length: 700 }, (_, i) => input[i % input.length])
  const whole = await scoreAll(model, many)
  expect(whole.slice(300, 301)).toEqual(await scoreAll(model, many.slice(300, 301)))
  expect(whole.slice(640, 680)).toEqual(whole.slice(0, 40))
})

test('uniform outputs stand beside those of the library', async () => {
  const binary = await load(archive('gbm-int-labels'))
  expect(binary.signature.outputs.map(o => o.name)).toEqual([
    'prediction', 'probability', 'probabilities', 'p0', 'p1', 'leafNodeAssignments', 'leafNodeAssignmentIds', 'stageProbabilities', 'contributions',
  ])
  expect((await load(archive('xgb-multinomial'))).signature.outputs.slice(0, 5).map(o => o.library)).toEqual(['predict', undefined, 'x', 'y y', 'z"q'])
})
