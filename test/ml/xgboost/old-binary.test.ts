import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Model } from '../../../src/ml/model.ts'
import { loadModelFromBytes } from '../../../src/ml/registry.ts'
import { fixture, jsonl, load, oneFile, scoreRows } from '../support.ts'

const source = readFileSync(fixture('xgboost-old-dart/model.deprecated'))
const rows = jsonl('xgboost-old-dart/input.jsonl')

/** A copy with numbers overwritten; positions are in the file, whose learner block begins at 4. */
function changed(change: (view: DataView) => void): Uint8Array {
  const bytes = Uint8Array.from(source)
  change(new DataView(bytes.buffer))
  return bytes
}

const open = (bytes: Uint8Array): Promise<Model> => loadModelFromBytes(oneFile(bytes))

test('the binary format gives the bits of the JSON file, its features by their order', async () => {
  const binary = await load('xgboost-old-dart/model.deprecated')
  const json = await load('xgboost-old-dart/model.json')
  expect(binary.signature.isUnnamed).toBe(true)
  expect(binary.signature.inputs.map(i => i.name)).toEqual(['f0', 'f1', 'f2', 'f3', 'f4', 'f5', 'f6', 'f7'])
  for (const output of ['margin', 'prediction', 'leaves', 'contributions']) {
    expect(await scoreRows(binary, rows, output)).toEqual(await scoreRows(json, rows, output))
  }
})

test('the magic word may be absent, as inside of other files', async () => {
  const bare = await open(source.subarray(4))
  expect(await scoreRows(bare, rows, 'margin')).toEqual(await scoreRows(await open(source), rows, 'margin'))
})

test('before 1.0 the base score is a margin', async () => {
  const logistic = readFileSync(fixture('xgboost-old-binary-logistic/model.deprecated'))
  const bytes = Uint8Array.from(logistic)
  const view = new DataView(bytes.buffer)
  view.setFloat32(4, 0.25, true)
  const margin = async (): Promise<number> => Number((await scoreRows(await open(bytes), rows.map(() => Object.fromEntries(Array.from({ length: 8 }, (_, k) => [`c${k}`, 1]))), 'margin'))[0])
  const asProbability = await margin()
  view.setUint32(4 + 20, 0, true)
  expect((await margin()) - asProbability).toBeCloseTo(0.25 - Math.log(0.25 / 0.75), 5)
})

test('only the trees up to the best iteration count', async () => {
  const key = Buffer.from(source).indexOf('best_ntree_limit')
  const value = key + 'best_ntree_limit'.length + 8
  const early = changed(view => {
    view.setUint8(value, '0'.charCodeAt(0))
    view.setUint8(value + 1, '3'.charCodeAt(0))
  })
  const outputs = (await open(early)).signature.outputs
  expect(outputs.find(o => o.name === 'leaves')?.type).toEqual({ kind: 'vector', size: 3 })
})

describe('what cannot be is unreadable', () => {
  test.each<[string, RegExp, (view: DataView) => void]>([
    ['more features than any model has', /4294967295 features/, view => view.setUint32(4 + 4, 0xffffffff, true)],
    ['a negative number of classes', /-1 classes/, view => view.setInt32(4 + 8, -1, true)],
    ['a base score that is none', /base score is NaN/, view => view.setFloat32(4, NaN, true)],
    ['a name as long as the file', /name of \d+ bytes|more than what is left/, view => view.setBigUint64(4 + 136, 5000n, true)],
    ['a length beyond all memory', /more than what is left/, view => view.setBigUint64(4 + 136, 2n ** 63n, true)],
    ['more trees than there are bytes', /ends after/, view => view.setInt32(4 + 136 + 8 + 16 + 8 + 4, 900_000, true)],
    ['a child that is its parent', /children 0/, view => view.setInt32(4 + 136 + 8 + 16 + 8 + 4 + 160 + 148 + 4, 0, true)],
  ])('%s', async (_, what, change) => {
    await expect(open(changed(change))).rejects.toMatchObject({ code: 'ML_UNREADABLE', context: { what: expect.stringMatching(what) as string } })
  })

  test('an objective of its own is refused by name', async () => {
    const at = Buffer.from(source).indexOf('reg:squarederror')
    await expect(open(changed(view => view.setUint8(at, 'x'.charCodeAt(0))))).rejects.toMatchObject({ code: 'ML_UNSUPPORTED', context: { what: 'the objective "xeg:squarederror"' } })
  })
})

