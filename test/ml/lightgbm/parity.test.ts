import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fixture, jsonl, load, scoreRows, worstDifference } from '../support.ts'

interface Expected {
  readonly input: string
  readonly raw: readonly unknown[]
  readonly predict: readonly unknown[]
  readonly leaf: readonly unknown[]
  readonly contribs?: readonly unknown[]
}

/** Answers of LightGBM 4.7.0 on the files beside them, after it had read them back. */
const expected = JSON.parse(readFileSync(fixture('lightgbm-kinds/expected.json'), 'utf8')) as { readonly [name: string]: Expected }

/** Infinities are text in JSON. */
const numbers = (values: readonly unknown[]): unknown[] => values.map(v => (typeof v === 'string' ? Number(v) : v))

describe('every objective, kind of split and booster answers as LightGBM does', () => {
  test.each(Object.keys(expected))('%s', async name => {
    const { input, raw, predict, leaf, contribs } = expected[name]
    const rows = jsonl(`lightgbm-kinds/${input}.jsonl`)
    const model = await load(`lightgbm-kinds/${name}.txt`)
    const outputOf = (library: string): string => model.signature.outputs.find(o => o.library === library)?.name ?? ''
    expect(worstDifference(await scoreRows(model, rows, outputOf('raw')), numbers(raw))).toBeLessThanOrEqual(name.startsWith('linear') ? 1e-15 : 0)
    expect(worstDifference(await scoreRows(model, rows, outputOf('predict')), numbers(predict))).toBeLessThanOrEqual(1e-14)
    expect(await scoreRows(model, rows, outputOf('leaf'))).toEqual(leaf)
    if (contribs === undefined) expect(outputOf('contribs')).toBe('')
    else expect(worstDifference(await scoreRows(model, rows, outputOf('contribs')), contribs)).toBeLessThanOrEqual(1e-12)
  })

  test.each(['binary', 'categorical-pandas', 'linear-tree', 'old-binary'])('a model as users have it: %s', async name => {
    const rows = jsonl(`lightgbm-${name}/input.jsonl`)
    const model = await load(`lightgbm-${name}/model.txt`)
    const truth = jsonl(`lightgbm-${name}/expected.jsonl`)
    expect(rows.length).toBe(40)
    expect(worstDifference(await scoreRows(model, rows, 'margin'), truth.map(r => r.raw))).toBeLessThanOrEqual(name === 'linear-tree' ? 1e-12 : 0)
    expect(worstDifference(await scoreRows(model, rows, 'prediction'), truth.map(r => r.predict))).toBeLessThanOrEqual(name === 'linear-tree' ? 1e-12 : 1e-14)
    if (truth[0].leaf !== undefined) expect(await scoreRows(model, rows, 'leaves')).toEqual(truth.map(r => r.leaf))
    if (truth[0].contribs !== undefined) expect(worstDifference(await scoreRows(model, rows, 'contributions'), truth.map(r => r.contribs))).toBeLessThanOrEqual(1e-10)
  })
})

test('contributions of a row add up to its raw score, class by class', async () => {
  const rows = jsonl('lightgbm-kinds/input.jsonl')
  const model = await load('lightgbm-kinds/multiclass.txt')
  const contributions = (await scoreRows(model, rows, 'contributions')) as number[][]
  const width = model.signature.inputs.length + 1
  const sums = contributions.map(c => [0, 1, 2].map(k => c.slice(k * width, (k + 1) * width).reduce((a, b) => a + b, 0)))
  expect(worstDifference(sums, await scoreRows(model, rows, 'margin'))).toBeLessThan(1e-12)
})

test('a multi-class model predicts the class of the greatest probability', async () => {
  const rows = jsonl('lightgbm-kinds/input.jsonl')
  const model = await load('lightgbm-kinds/multiclassova.txt')
  const probabilities = (await scoreRows(model, rows, 'probabilities')) as number[][]
  expect(await scoreRows(model, rows, 'prediction')).toEqual(probabilities.map(p => p.indexOf(Math.max(...p))))
})

test('rows cut into other batches get the same bits', async () => {
  const rows = jsonl('lightgbm-binary/input.jsonl')
  const model = await load('lightgbm-binary/model.txt')
  const whole = await scoreRows(model, rows, 'contributions')
  const pieces: unknown[] = []
  for (let from = 0; from < rows.length; from += 7) pieces.push(...(await scoreRows(model, rows.slice(from, from + 7), 'contributions')))
  expect(pieces).toEqual(whole)
})
