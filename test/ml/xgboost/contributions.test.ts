import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { fixture, jsonl, load, scoreRows, worstDifference } from '../support.ts'

interface Expected {
  readonly input: string
  readonly margin: readonly unknown[]
  readonly predict: readonly unknown[]
  readonly leaf?: readonly unknown[]
  readonly contribs?: readonly unknown[]
}

/** Answers of XGBoost 3.2.0 on the files beside them, after it had read them back. */
const expected = JSON.parse(readFileSync(fixture('xgboost-contributions/expected.json'), 'utf8')) as { readonly [name: string]: Expected }

describe('leaves and contributions are those of XGBoost', () => {
  test.each(Object.keys(expected))('%s', async name => {
    const { input, margin, predict, leaf, contribs } = expected[name]
    const rows = jsonl(`xgboost-contributions/${input}.jsonl`)
    const model = await load(`xgboost-contributions/${name}.json`)
    const outputOf = (library: string): string => model.signature.outputs.find(o => o.library === library)?.name ?? ''
    expect(worstDifference(await scoreRows(model, rows, 'margin'), margin)).toBe(0)
    expect(worstDifference(await scoreRows(model, rows, outputOf('predict')), predict)).toBeLessThanOrEqual(1.2e-7)
    if (leaf !== undefined) expect(await scoreRows(model, rows, outputOf('leaf'))).toEqual(leaf)
    if (contribs !== undefined) expect(worstDifference(await scoreRows(model, rows, outputOf('contribs')), contribs)).toBeLessThanOrEqual(2e-6)
  })

  test('trees with vector leaves and linear boosters lack what the library lacks', async () => {
    const outputs = async (name: string): Promise<string[]> => (await load(`xgboost-contributions/${name}.json`)).signature.outputs.map(o => o.name)
    expect(await outputs('vectors')).toEqual(['prediction', 'margin', 'leaves'])
    expect(await outputs('linear')).toEqual(['prediction', 'probabilities', 'margin', 'contributions'])
  })
})
