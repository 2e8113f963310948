import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { loadModelFromBytes } from '../../../src/ml/registry.ts'
import { fixture, oneFile, text } from '../support.ts'

interface Document {
  learner: { attributes: Record<string, string>; gradient_booster: { model: { iteration_indptr?: number[]; gbtree_model_param: { num_parallel_tree?: string } } } }
}

/** Two rounds of two parallel trees; answers how many trees count. */
async function treesAfter(change: (learner: Document['learner']) => void): Promise<number> {
  const document = JSON.parse(readFileSync(fixture('xgboost-contributions/parallel.json'), 'utf8')) as Document
  change(document.learner)
  const model = await loadModelFromBytes(oneFile(text(JSON.stringify(document))))
  const type = model.signature.outputs.find(o => o.name === 'leaves')?.type
  return type?.kind === 'vector' ? type.size : 1
}

test('all trees of the best rounds count, where the file says how many a round has', async () => {
  expect(await treesAfter(() => {})).toBe(4)
  expect(await treesAfter(learner => (learner.attributes = { best_iteration: '0' }))).toBe(2)
})

test('files of before 1.6 say nothing of parallel trees, except how many trees are up to the best round', async () => {
  const old = (attributes: Record<string, string>) =>
    treesAfter(learner => {
      learner.attributes = attributes
      const { model } = learner.gradient_booster
      delete model.iteration_indptr
      delete model.gbtree_model_param.num_parallel_tree
    })
  expect(await old({ best_iteration: '1', best_ntree_limit: '4' })).toBe(4)
  expect(await old({ best_iteration: '0', best_ntree_limit: '2' })).toBe(2)
})
