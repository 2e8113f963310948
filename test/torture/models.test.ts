import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { loadModelFromBytes } from '../../src/ml/registry.ts'
import { modelCases } from '../../src/testing/models/model-cases.ts'
import { SeededRandom } from '../../src/testing/simulation/seeded-random.ts'
import type * as Torture from '../../src/testing/torture/models/model-torture.ts'
import { mutateModel } from '../../src/testing/torture/models/mutate-model.ts'

// The compiled one: it starts processes of its own.
const { tortureFormats, tortureModels } = (await import('../../dist/testing/torture/models/model-torture.js' as string)) as typeof Torture

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

test('there are models of every format that needs no package of a vendor', async () => {
  expect(await tortureFormats(root)).toEqual(expect.arrayContaining(['h2o', 'lightgbm', 'spark', 'xgboost']))
})

test('damage comes again with its seed, and changes the model', async () => {
  const [one] = await modelCases(root)
  const damaged = (seed: number) => mutateModel(one.artefact, new SeededRandom(seed))
  expect(damaged(7)).toEqual(damaged(7))
  expect(new Set([1, 2, 3, 4].map(seed => JSON.stringify(damaged(seed).files.map(f => Buffer.from(f.bytes).toString('base64'))))).size).toBe(4)
})

test('what is changed inside of an archive gets past its checksums: some H2O models still score', async () => {
  const [mojo] = (await modelCases(root)).filter(c => c.name === 'h2o-gbm-multinomial.zip')
  let loaded = 0
  for (let seed = 0; seed < 60; seed++) {
    const model = await loadModelFromBytes(mutateModel(mojo.artefact, new SeededRandom(seed))).catch(() => null)
    if (model !== null) loaded++
    model?.close()
  }
  expect(loaded).toBeGreaterThan(5)
})

test('another process loads and scores damaged models, and each is accounted for', { timeout: 120_000 }, async () => {
  const told: string[] = []
  const { outcomes, wrong } = await tortureModels({ root, format: 'xgboost', seed: 3, first: 0, count: 60, tell: line => told.push(line) })
  expect({ told, wrong, models: [...outcomes.values()].reduce((a, b) => a + b, 0) }).toEqual({ told: [], wrong: 0, models: 60 })
  expect(outcomes.get('ML_UNREADABLE')).toBeGreaterThan(0)
})

test('a process that ends is told of, model by model', { timeout: 120_000 }, async () => {
  const told: string[] = []
  const { wrong } = await tortureModels({ root: `${root}/nowhere`, format: 'xgboost', seed: 3, first: 5, count: 2, tell: line => told.push(line) })
  expect([wrong, told.length]).toEqual([2, 2])
  expect(told[0]).toMatch(/^xgboost, model 5: the process ended with 1: /)
})
