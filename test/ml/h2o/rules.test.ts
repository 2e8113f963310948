import { describe, expect, test } from 'vitest'
import { float64Type, stringType } from '../../../src/columnar/data-type.ts'
import { vectorOf } from '../../../src/columnar/builder.ts'
import type { Vector } from '../../../src/columnar/vector.ts'
import { labelRow } from '../../../src/ml/h2o/classes.ts'
import { columnGatherer } from '../../../src/ml/h2o/gather-columns.ts'
import { javaRandomDouble } from '../../../src/ml/h2o/java.ts'
import { unescapeLine } from '../../../src/ml/h2o/mojo-files.ts'
import { archive, folder, jsonl, load, scoreAll, withInfo } from './support.ts'

// The first nextDouble() of java.util.Random.
test.each([[0n, 0.730967787376657], [42n, 0.7275636800328681], [-1n, 0.26894263088050496]])('the random double of seed %s is Java\'s', (seed, value) => {
  expect(javaRandomDouble(seed)).toBe(value)
})

describe('ties of class probabilities', () => {
  const label = (probabilities: number[], prior: number[] | undefined, row: number[]): number => {
    const predictions = Float64Array.of(NaN, ...probabilities)
    labelRow({ balance: undefined, prior: prior === undefined ? undefined : Float64Array.from(prior), threshold: 0.5 }, predictions, 0, probabilities.length, Float64Array.from(row))
    return predictions[0]
  }

  test('without one, the highest wins', () => {
    expect(label([0.2, 0.5, 0.3], [0.3, 0.3, 0.4], [1])).toBe(1)
  })

  test('are drawn by the bits of the row, weighed by how frequent classes are', () => {
    const drawn = Array.from({ length: 200 }, (_, i) => label([0.4, 0.2, 0.4], [0.7, 0.1, 0.2], [i * 1.37, NaN]))
    const first = drawn.filter(c => c === 0).length
    expect(drawn.filter(c => c === 1).length).toBe(0)
    expect(first).toBeGreaterThan(120)
    expect(first).toBeLessThan(190)
    expect(label([0.4, 0.2, 0.4], [0.7, 0.1, 0.2], [8.22, NaN])).toBe(drawn[6])
  })

  test('two classes have a threshold, which belongs to class 1', () => {
    expect(label([0.5, 0.5], undefined, [])).toBe(1)
    expect(label([0.51, 0.49], undefined, [])).toBe(0)
  })
})

describe('columns become features', () => {
  const gather = (categories: readonly string[], vector: Vector): number[] => {
    const matrix = new Float64Array(vector.length)
    columnGatherer({ name: 'city', categories, feature: 0, width: 1, encode: undefined }).open(vector)(0, vector.length, matrix, 1)
    return Array.from(matrix)
  }

  test('categories by name, or by their name behind the column\'s; others are missing', () => {
    expect(gather(['Oslo', 'city.Rome', 'city.Oslo'], vectorOf(stringType, ['Oslo', 'Rome', 'city.Rome', 'Bonn', null]))).toEqual([0, 1, 1, NaN, NaN])
  })

  test('numbers are codes, or the categories where those are whole numbers', () => {
    expect(gather(['a', 'b'], vectorOf(float64Type, [0, 1, 2, -1, 0.5, null]))).toEqual([0, 1, NaN, NaN, NaN, NaN])
    expect(gather(['10', '20'], vectorOf(float64Type, [20, 10, 0, null]))).toEqual([1, 0, NaN, NaN])
  })
})

test('line ends and backslashes in categories are taken back', () => {
  expect(unescapeLine('a\\nb\\\\n\\r\\x')).toBe('a\nb\\n\rx')
})

test('a missing offset is none', async () => {
  const [row] = jsonl('input.jsonl')
  const model = await load(archive('glm-offset-bin'))
  expect(model.signature.inputs.at(-1)).toEqual({ name: 'off', kind: 'number' })
  const [without, zero, half] = await scoreAll(model, [{ ...row, off: null }, { ...row, off: 0 }, { ...row, off: 0.5 }])
  expect(without).toEqual(zero)
  expect(half.yes).toBeGreaterThan(zero.yes as number)
})

test('trees without the training weights of their nodes have neither numbers of leaves nor contributions', async () => {
  const details = folder('drf-reg').files.filter(f => f.path.endsWith('_aux.bin')).map(f => [f.path, undefined] as const)
  const model = await load(folder('drf-reg', Object.fromEntries(details)))
  expect(model.signature.outputs.map(o => o.name)).toEqual(['prediction', 'leafNodeAssignments', 'stageProbabilities'])
})

test('an older file of trees that does not say how many a round has', async () => {
  const rows = jsonl('input.jsonl')
  const model = await load(withInfo('drf-double', { n_trees_per_class: undefined }))
  expect(await scoreAll(model, rows)).toEqual(await scoreAll(await load(archive('drf-double')), rows))
})

test('a label that begins with a digit but is no whole number has two names', async () => {
  const model = await load(folder('drf-double', { 'domains/d003.txt': new TextEncoder().encode('1st\n-2\n') }))
  expect(model.signature.outputs.map(o => o.library).slice(3, 7)).toEqual(['1st', 'p1st', 'p-2', '-2'])
})
