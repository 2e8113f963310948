import { describe, expect, test } from 'vitest'
import { isMillraceError } from '../../../src/common/errors.ts'
import { float64Type } from '../../../src/columnar/data-type.ts'
import { vectorOf } from '../../../src/columnar/builder.ts'
import type { ModelArtefact } from '../../../src/ml/model.ts'
import { oneFile } from '../support.ts'
import { archive, folder, load } from './support.ts'

/** Loads and scores; true when it worked, false for a typed error, and anything else is thrown. */
async function survives(artefact: ModelArtefact): Promise<boolean> {
  try {
    const model = await load(artefact)
    const columns = model.signature.inputs.map(() => vectorOf(float64Type, [1, null, 3]))
    await model.score(columns, 3, model.signature.outputs.map(o => o.name))
    return true
  } catch (error) {
    if (isMillraceError(error) && error.code.startsWith('ML_')) return false
    throw error
  }
}

/** A small generator of its own, so that a failure comes again. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
}

function damage(bytes: Uint8Array, random: () => number): Uint8Array {
  const at = Math.floor(random() * bytes.length)
  if (random() < 0.15) return bytes.subarray(0, at)
  const damaged = Uint8Array.from(bytes)
  const isText = bytes[0] === 0x5b
  for (let n = 1 + Math.floor(random() * 4); n > 0; n--) {
    // Digits in place of digits: numbers that mean something else get further than broken ones.
    damaged[Math.floor(random() * damaged.length)] = isText && random() < 0.7 ? 0x2c + Math.floor(random() * 14) : Math.floor(random() * 256)
  }
  return damaged
}

const kinds = [
  'gbm-multinomial', 'gbm-isotonic', 'gbm-enc-binary', 'gbm-enc-eigen', 'drf-bin', 'glm-multinomial', 'glm-ordinal', 'kmeans', 'pca-STANDARDIZE',
  'dl-Maxout', 'dl-autoencoder', 'isofor', 'eif-num', 'xgb-dart', 'xgb-gblinear-multi', 'se-logit-multi',
]

describe('damaged files give a typed error or a model, never a crash', () => {
  test.each(kinds)('%s: 200 times, in a file of the folder', { timeout: 60_000 }, async name => {
    const { files } = folder(name)
    const random = numbers(name.length * 7919)
    let scored = 0
    for (let k = 0; k < 200; k++) {
      const { path, bytes } = files[Math.floor(random() * files.length)]
      // Half of the damage goes where everything else is counted.
      const target = random() < 0.5 ? 'model.ini' : path
      const content = target === path ? bytes : (files.find(f => f.path === target)?.bytes ?? bytes)
      if (await survives(folder(name, { [target]: damage(content, random) }))) scored++
    }
    expect(scored).toBeLessThan(200)
    expect(await survives({ files })).toBe(true)
  })

  test.each(['gbm-multinomial', 'se-logit-multi'])('%s: the archive with random bytes changed', { timeout: 60_000 }, async name => {
    const { bytes } = archive(name).files[0]
    const random = numbers(bytes.length)
    for (let k = 0; k < 200; k++) await survives(oneFile(damage(bytes, random)))
    expect(await survives(oneFile(bytes))).toBe(true)
  })

  test('the archive cut off anywhere', async () => {
    const { bytes } = archive('glm-gaussian').files[0]
    for (let n = 0; n < bytes.length; n += 7) expect(await survives(oneFile(bytes.subarray(0, n)))).toBe(false)
  })
})
