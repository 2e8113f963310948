import { describe, expect, test } from 'vitest'
import { arrayType, float64Type, stringType } from '../../../src/columnar/data-type.ts'
import { loadModelFromBytes } from '../../../src/ml/registry.ts'
import { hashWord } from '../../../src/ml/spark/murmur.ts'
import { pipeline, type Row, scoreAll, type StageSpec } from './support.ts'

async function run(stages: readonly StageSpec[], rows: readonly Row[], version?: string): Promise<unknown[]> {
  return scoreAll(await loadModelFromBytes(await pipeline(stages, version)), rows)
}

const tokenize = (params: Row): StageSpec => ({ class: 'feature.RegexTokenizer', params: { inputCol: 't', outputCol: 'w', ...params } })
const space: StageSpec = { class: 'feature.Tokenizer', params: { inputCol: 't', outputCol: 'w' } }

describe('tokenizers', () => {
  test.each([
    ['A  b', ['a', '', 'b']],
    [' a b  ', ['', 'a', 'b']],
    ['', ['']],
    ['  ', []],
    ['a\u00a0b', ['a\u00a0b']],
  ])('Tokenizer cuts %j as Java does', async (t, w) => {
    expect(await run([space], [{ t }])).toEqual([{ w }])
  })

  test.each<[string, Row, string, string[]]>([
    ['gaps of digits', { pattern: '\\d+' }, 'A1b22C', ['a', 'b', 'c']],
    ['matches instead of gaps, case kept', { pattern: '[A-Za-z]+', gaps: false, toLowercase: false }, 'Ab1 cD', ['Ab', 'cD']],
    ['short words left out', { pattern: '\\s+', minTokenLength: 2 }, 'a bb  ccc', ['bb', 'ccc']],
    ['a minimum of zero keeps empty ones', { pattern: ',', minTokenLength: 0 }, ',a,,b,', ['', 'a', '', 'b']],
    ['nothing between letters', { pattern: '' }, 'abc', ['a', 'b', 'c']],
  ])('RegexTokenizer: %s', async (_, params, t, w) => {
    expect(await run([tokenize(params)], [{ t }])).toEqual([{ w }])
  })

  test('a missing text is refused; so is a pattern that looks around', async () => {
    expect(await run([space], [{ t: 'a' }, { t: null }])).toEqual([{ w: ['a'] }, { refused: expect.stringContaining('no text') }])
    await expect(run([tokenize({ pattern: '(?<=a)b' })], [{ t: 'a' }])).rejects.toMatchObject({ code: 'ML_UNSUPPORTED' })
  })
})

describe('words', () => {
  const stop = (params: Row): StageSpec => ({ class: 'feature.StopWordsRemover', params: { inputCol: 'w', outputCol: 'k', stopWords: ['The', 'I'], ...params } })
  const words = [{ w: ['the', 'The', 'cat', 'ı'] }]

  test('stop words with and without case, by the rules of the locale', async () => {
    expect(await run([stop({})], words)).toEqual([{ k: ['cat', 'ı'] }])
    expect(await run([stop({ caseSensitive: true })], words)).toEqual([{ k: ['the', 'cat', 'ı'] }])
    expect(await run([stop({ locale: 'tr_TR' })], words)).toEqual([{ k: ['cat'] }])
  })

  test('fewer words than n make no n-gram', async () => {
    const gram: StageSpec = { class: 'feature.NGram', params: { inputCol: 'w', outputCol: 'g', n: 3 } }
    expect(await run([gram], [{ w: ['a', 'b', 'c', 'd'] }, { w: ['a', 'b'] }])).toEqual([{ g: ['a b c', 'b c d'] }, { g: [] }])
  })
})

describe('counts', () => {
  const vectorizer = (params: Row): StageSpec => ({
    class: 'feature.CountVectorizerModel', params: { inputCol: 'w', outputCol: 'v', ...params },
    tables: { data: { types: { vocabulary: arrayType(stringType) }, rows: [{ vocabulary: ['a', 'b'] }] } },
  })
  const rows = [{ w: ['a', 'a', 'b', 'z'] }, { w: [] }]

  test.each<[Row, number[]]>([[{}, [2, 1]], [{ minTF: 2 }, [2, 0]], [{ minTF: 0.5 }, [2, 0]], [{ minTF: 0.25 }, [2, 1]], [{ binary: true }, [1, 1]]])('CountVectorizerModel %j', async (params, v) => {
    expect(await run([vectorizer(params)], rows)).toEqual([{ v }, { v: [0, 0] }])
  })

  test('a wide HashingTF comes out sparse, with the places of Spark 3 and of before', async () => {
    const bytes = new TextEncoder().encode('spark')
    for (const version of ['2.4.8', '3.5.0']) {
      const model = await loadModelFromBytes(await pipeline([{ class: 'feature.HashingTF', params: { inputCol: 'w', outputCol: 'v', numFeatures: 262_144, binary: false } }], version))
      const [row] = (await scoreAll(model, [{ w: ['spark', 'spark'] }])) as { v: number[] }[]
      const place = ((hashWord(bytes, 0, bytes.length, version === '2.4.8') % 262_144) + 262_144) % 262_144
      expect(row.v.length).toBe(262_144)
      expect(row.v[place]).toBe(2)
      expect(model.signature.outputs[0].type.kind).toBe('struct')
    }
  })

  test('the two hashes differ in the tail alone', () => {
    const hash = (text: string, isOld: boolean): number => {
      const bytes = new TextEncoder().encode(text)
      return hashWord(bytes, 0, bytes.length, isOld)
    }
    expect(hash('four', true)).toBe(hash('four', false))
    expect(hash('fiver', true)).not.toBe(hash('fiver', false))
  })
})

test('Word2Vec counts unknown words as zeros, and no words as the zero vector', async () => {
  const stage: StageSpec = {
    class: 'feature.Word2VecModel', params: { inputCol: 'w', outputCol: 'v' },
    tables: { data: { types: { word: stringType, vector: arrayType(float64Type) }, rows: [{ word: 'a', vector: [2, 4] }, { word: 'b', vector: [0, 1] }] } },
  }
  expect(await run([stage], [{ w: ['a', 'z'] }, { w: [] }, { w: ['b', 'b'] }])).toEqual([{ v: [1, 2] }, { v: [0, 0] }, { v: [0, 1] }])
})
