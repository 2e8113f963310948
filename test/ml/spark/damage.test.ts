import { describe, expect, test } from 'vitest'
import { isMillraceError } from '../../../src/common/errors.ts'
import type { ModelArtefact } from '../../../src/ml/model.ts'
import { loadModelFromBytes } from '../../../src/ml/registry.ts'
import { artefactOf, caseNames, readCase, type Row, scoreAll } from './support.ts'

/** A small generator of its own, so that a failure comes again. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
}

/** Loads and scores; true when it worked, false for a typed error, and anything else is thrown. */
async function survives(artefact: ModelArtefact, rows: readonly Row[]): Promise<boolean> {
  try {
    const model = await loadModelFromBytes(artefact)
    await scoreAll(model, rows)
    return true
  } catch (error) {
    if (isMillraceError(error) && error.code.startsWith('ML_')) return false
    throw error
  }
}

function damaged(artefact: ModelArtefact, random: () => number): ModelArtefact {
  const at = Math.floor(random() * artefact.files.length)
  const { path, bytes } = artefact.files[at]
  const kind = Math.floor(random() * 4)
  if (kind === 0) return { files: artefact.files.filter((_, k) => k !== at) }
  let changed = bytes.slice()
  if (kind === 1) changed = changed.subarray(0, Math.floor(random() * changed.length))
  else for (let k = 0; k < (kind === 2 ? 1 : 8); k++) changed[Math.floor(random() * changed.length)] = Math.floor(random() * 256)
  return { files: artefact.files.map((file, k) => (k === at ? { path, bytes: changed } : file)) }
}

describe('damaged pipelines give a typed error or scores, never a crash', () => {
  test.each(caseNames)('%s', async name => {
    const { files, input } = readCase(name)
    const whole = artefactOf({ files })
    const random = numbers(name.length * 7919 + name.charCodeAt(0))
    let refused = 0
    for (let k = 0; k < 12; k++) if (!(await survives(damaged(whole, random), input.slice(0, 3)))) refused++
    expect(refused).toBeGreaterThan(0)
    expect(await survives(whole, input.slice(0, 3))).toBe(true)
  })
})
