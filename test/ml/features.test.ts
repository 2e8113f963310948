import { describe, expect, test } from 'vitest'
import { vectorOf } from '../../src/columnar/builder.ts'
import { type DataType, float64Type, int32Type, stringType, vectorType } from '../../src/columnar/data-type.ts'
import type { Vector } from '../../src/columnar/vector.ts'
import { DocumentPart } from '../../src/ml/document.ts'
import { FeatureEncoder, inputsOf } from '../../src/ml/features/encoder.ts'
import { type FeatureStep, readFeatures } from '../../src/ml/features/features.ts'

const read = (tensors: unknown, extra: object = {}): readonly FeatureStep[] =>
  readFeatures(new DocumentPart({ format: 'millrace-features', version: 1, tensors, ...extra }, '', what => new Error(what))).tensors.get('x') as readonly FeatureStep[]

/** Encodes rows given as columns; answers the matrix row by row and the missing flags. */
function encode(steps: readonly unknown[], columns: { readonly [name: string]: [DataType, readonly unknown[]] }, from = 0): { rows: number[][]; missing: number[] } {
  const encoder = new FeatureEncoder(read({ x: steps }))
  const length = Object.values(columns)[0][1].length
  const missing = new Uint8Array(length - from)
  const matrix = new Float32Array((length - from) * encoder.width).fill(99)
  const vectors = new Map<string, Vector>(Object.entries(columns).map(([name, [type, values]]) => [name, vectorOf(type, values)]))
  encoder.bind(name => vectors.get(name) as Vector)(from, length, matrix, missing)
  const rows = Array.from(missing, (_, i) => Array.from(matrix.subarray(i * encoder.width, (i + 1) * encoder.width)))
  return { rows, missing: Array.from(missing) }
}

describe('encoding', () => {
  test('a number is rounded, imputed, clipped and standardised in 32 bits, in this order', () => {
    const step = { column: 'a', encode: 'number', impute: 50, clip: [0, 10], mean: 0.1, std: 0.3 }
    const f = Math.fround
    const z = (x: number): number => f(f(f(x) - f(0.1)) / f(0.3))
    expect(encode([step], { a: [float64Type, [1.1, null, -5, 1e9, NaN]] }).rows).toEqual([[z(1.1)], [z(10)], [z(0)], [z(10)], [z(10)]])
  })

  test('a number without a stand-in marks its row as missing', () => {
    expect(encode([{ column: 'a', encode: 'number' }], { a: [float64Type, [1, null, NaN]] })).toEqual({ rows: [[1], [NaN], [NaN]], missing: [0, 1, 1] })
  })

  test('one-hot cells follow each other; unseen and missing are all zero; numbers are codes', () => {
    const steps = [{ column: 'a', encode: 'number' }, { column: 'c', encode: 'oneHot', categories: ['x', 'y', 'é'] }]
    const a: [DataType, number[]] = [float64Type, [1, 2, 3, 4]]
    expect(encode(steps, { a, c: [stringType, ['é', 'x', 'no', null]] })).toEqual({
      rows: [[1, 0, 0, 1], [2, 1, 0, 0], [3, 0, 0, 0], [4, 0, 0, 0]],
      missing: [0, 0, 0, 0],
    })
    expect(encode(steps, { a, c: [int32Type, [2, 0, 3, -1]] }).rows).toEqual([[1, 0, 0, 1], [2, 1, 0, 0], [3, 0, 0, 0], [4, 0, 0, 0]])
    expect(encode(steps, { a, c: [float64Type, [2, 0.5, 3, null]] }).rows.map(r => r.slice(1))).toEqual([[0, 0, 1], [0, 0, 0], [0, 0, 0], [0, 0, 0]])
  })

  test('an index is the position plus the offset, or what stands for unseen', () => {
    const step = { column: 'c', encode: 'index', categories: ['x', 'y'], offset: 1, unseen: 0 }
    expect(encode([step], { c: [stringType, ['y', 'x', 'z', null]] }).rows).toEqual([[2], [1], [0], [0]])
  })

  test('a vector is copied; one with a missing part marks its row', () => {
    const values = [[1, 2], null, [3, NaN]]
    const { rows, missing } = encode([{ column: 'v', encode: 'vector', size: 2 }], { v: [vectorType(2), values] })
    expect([rows[0], missing]).toEqual([[1, 2], [0, 1, 1]])
  })

  test('only the rows asked for are written', () => {
    expect(encode([{ column: 'a', encode: 'number' }], { a: [float64Type, [1, 2, 3]] }, 1).rows).toEqual([[2], [3]])
  })
})

describe('inputs', () => {
  test('each column once, in the order of first use', () => {
    const steps = read({ x: [{ column: 'b', encode: 'number' }, { column: 'a', encode: 'oneHot', categories: ['p'] }, { column: 'b', encode: 'number', mean: 1 }] })
    expect(inputsOf(steps, what => new Error(what))).toEqual([
      { name: 'b', kind: 'number' },
      { name: 'a', kind: 'category', categories: ['p'] },
    ])
  })

  test('a column cannot be a number here and a category there', () => {
    const steps = read({ x: [{ column: 'b', encode: 'number' }, { column: 'b', encode: 'oneHot', categories: ['p'] }] })
    expect(() => inputsOf(steps, what => new Error(what))).toThrow('column "b" is encoded in two ways')
  })
})

describe('a wrong document is refused with its place', () => {
  const number = { column: 'a', encode: 'number' }
  test.each<[string, unknown, string]>([
    ['an unknown encoding', { ...number, encode: 'hash' }, '"tensors.x[0]" encodes with "hash"'],
    ['a misspelled key', { ...number, imput: 1 }, 'unknown key "imput". Did you mean "impute"?'],
    ['a key of another encoding', { ...number, categories: ['a'] }, 'unknown key "categories"'],
    ['a deviation of zero', { ...number, std: 0 }, 'standard deviation 0'],
    ['a deviation that is zero as a float', { ...number, std: 1e-60 }, 'standard deviation 1e-60'],
    ['a clip that is turned round', { ...number, clip: [1, 0] }, 'clip that is not [lowest, highest]'],
    ['a number that is none', { ...number, mean: 'much' }, '"tensors.x[0].mean" is not a number'],
    ['no categories', { column: 'a', encode: 'oneHot', categories: [] }, 'has no categories'],
    ['a category twice', { column: 'a', encode: 'oneHot', categories: ['p', 'p'] }, 'lists a category twice'],
    ['an index without a stand-in', { column: 'a', encode: 'index', categories: ['p'] }, 'has no "unseen"'],
    ['no column', { encode: 'number' }, 'has no "column"'],
    ['a step that is no object', 3, 'is not an object'],
  ])('%s', (_, step, words) => {
    expect(() => read({ x: [step] })).toThrow(words)
  })

  test('another format or version', () => {
    expect(() => read({}, { format: 'other' })).toThrow('format "other"')
    expect(() => read({}, { version: 2 })).toThrow('version 2; this release reads version 1')
    expect(() => read({}, { more: 1 })).toThrow('unknown key "more"')
  })
})
