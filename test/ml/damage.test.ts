import { describe, expect, test } from 'vitest'
import { isMillraceError } from '../../src/common/errors.ts'
import { nullVector } from '../../src/columnar/vector.ts'
import { float64Type, nullType } from '../../src/columnar/data-type.ts'
import { vectorOf } from '../../src/columnar/builder.ts'
import type { ModelArtefact } from '../../src/ml/model.ts'
import { loadModelFromBytes } from '../../src/ml/registry.ts'
import { artefact } from './support.ts'

/** Loads and scores a row; true when it worked, false for a typed error, and anything else is thrown. */
async function survives(model: ModelArtefact): Promise<boolean> {
  try {
    const loaded = await loadModelFromBytes(model)
    const columns = loaded.signature.inputs.map(i => (i.kind === 'number' ? vectorOf(float64Type, [1, null]) : nullVector(nullType, 2)))
    await loaded.score(columns, 2, loaded.signature.outputs.map(o => o.name))
    loaded.close()
    return true
  } catch (error) {
    if (isMillraceError(error) && error.code.startsWith('ML_')) return false
    throw error
  }
}

function replaced(model: ModelArtefact, path: string, bytes: Uint8Array): ModelArtefact {
  return { files: model.files.map(file => (file.path === path ? { path, bytes } : file)) }
}

/** A small generator of its own, so that a failure comes again. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
}

/** What follows the trees in a LightGBM file may be absent, but not half of it. */
function isWhole(bytes: Uint8Array): boolean {
  const content = Buffer.from(bytes).toString('latin1')
  return content.startsWith('tree\n') && content.includes('\nend of trees') && !content.includes('\nparameters:')
}

const cases: [string, string][] = [
  ['flights/xgb-delay30.json', 'xgb-delay30.json'],
  ['flights/xgb-delay30.ubj', 'xgb-delay30.ubj'],
  ['xgboost-categorical-partition/model.json', 'model.json'],
  ['xgboost-categorical-partition/model.ubj', 'model.ubj'],
  ['xgboost-gblinear/model.ubj', 'model.ubj'],
  ['xgboost-contributions/vectors.json', 'vectors.json'],
  ['xgboost-old-dart/model.deprecated', 'model.deprecated'],
  ['lightgbm-categorical-pandas/model.txt', 'model.txt'],
  ['lightgbm-linear-tree/model.txt', 'model.txt'],
  ['flights/mlp-delay30-tfjs', 'model.json'],
  ['flights/mlp-delay30-tfjs', 'features.json'],
  ['flights/mlp-delay30-tfjs', 'group1-shard1of2.bin'],
  ['flights/mlp-arrdelay-tfjs', 'model.json'],
]

describe('damaged files give a typed error or a model, never a crash', () => {
  test.each(cases)('%s: %s cut off after every fiftieth', async (path, file) => {
    const model = await artefact(path)
    const bytes = model.files.find(f => f.path === file)?.bytes as Uint8Array
    for (let k = 0; k < 50; k++) {
      const rest = bytes.subarray(0, Math.floor((bytes.length * k) / 50))
      expect(await survives(replaced(model, file, rest))).toBe(isWhole(rest))
    }
    expect(await survives(model)).toBe(true)
  })

  test.each(cases)('%s: %s with random bytes changed', async (path, file) => {
    const model = await artefact(path)
    const bytes = model.files.find(f => f.path === file)?.bytes as Uint8Array
    const random = numbers(bytes.length)
    const rounds = bytes.length > 100_000 ? 60 : 200
    for (let k = 0; k < rounds; k++) {
      const damaged = Uint8Array.from(bytes)
      for (let n = 1 + Math.floor(random() * 4); n > 0; n--) damaged[Math.floor(random() * damaged.length)] = Math.floor(random() * 256)
      await survives(replaced(model, file, damaged))
    }
    // Whatever happened, the undamaged model still loads.
    expect(await survives(model)).toBe(true)
  })
})
