import { describe, expect, test } from 'vitest'
import type { ModelArtefact } from '../../src/ml/model.ts'
import { digestOf, loadModelFromBytes, recogniseModel } from '../../src/ml/registry.ts'
import { artefact, load, oneFile, text } from './support.ts'

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
const refuse = (model: ModelArtefact): Promise<unknown> => loadModelFromBytes(model).then(() => undefined, (error: unknown) => error)

describe('recogniseModel', () => {
  test.each([
    ['flights/xgb-delay30.json', 'xgboost'],
    ['flights/xgb-delay30.ubj', 'xgboost'],
    ['xgboost-old-binary-logistic/model.ubj', 'xgboost'],
    ['flights/mlp-delay30-tfjs', 'tensorflow'],
    ['tfjs-graph-mlp/model', 'tensorflow'],
  ])('%s is %s', async (path, format) => {
    expect((await recogniseModel(await artefact(path))).format).toBe(format)
  })

  test('names of files do not matter', async () => {
    const { files } = await artefact('flights/xgb-delay30.ubj')
    expect((await recogniseModel(oneFile(files[0].bytes, 'anything.bin'))).format).toBe('xgboost')
  })

  test.each<[string, ModelArtefact, string]>([
    ['an empty file', oneFile(bytes()), 'is empty'],
    ['a zip', oneFile(bytes(0x50, 0x4b, 3, 4, 0)), 'zip archive'],
    ['HDF5', oneFile(bytes(0x89, 0x48, 0x44, 0x46)), 'HDF5'],
    ['other JSON', oneFile(text('{"a": 1}')), 'looks like JSON'],
    ['a JSON list', oneFile(text('[1, 2]')), 'looks like JSON'],
    ['a dump of XGBoost', oneFile(text('[\n  { "nodeid": 0, "split": "f0"')), 'dump_model\\(\\) of XGBoost writes.*save_model\\(\\)'],
    ['the beginning of UBJSON', oneFile(text('{L\0\0\0')), 'begins with the bytes 7b 4c'],
    ['a directory with one file', { files: [{ path: 'README.md', bytes: text('x') }] }, 'the file "README.md" begins'],
    ['XML', oneFile(text('<PMML>')), 'looks like XML'],
    ['unknown bytes', oneFile(bytes(1, 2, 3)), 'begins with the bytes 01 02 03'],
    ['a directory', { files: [{ path: 'a', bytes: text('x') }, { path: 'b', bytes: text('y') }] }, 'directory with "a", "b"'],
  ])('%s is not recognised, and the error says what it looks like and what is supported', async (_, model, words) => {
    expect(await refuse(model)).toMatchObject({
      code: 'ML_UNKNOWN_FORMAT',
      message: expect.stringMatching(new RegExp(`${words}.*XGBoost.*TensorFlow\\.js`)) as string,
    })
  })

  test.each<[string, ModelArtefact, string]>([
    ['a pickle', oneFile(bytes(0x80, 4, 0x95, 0x2e)), 'Python pickle'],
    ['a joblib file', oneFile(Buffer.concat([bytes(0x80, 3), text('cjoblib.numpy_pickle')])), 'joblib file'],
    ['an old torch file', oneFile(Buffer.concat([bytes(0x80, 2), text('ctorch._utils')])), 'torch file'],
    ['a torch zip', oneFile(Buffer.concat([bytes(0x50, 0x4b, 3, 4), text('....archive/data.pkl')])), 'torch file'],
    ['a compressed joblib file by its name', oneFile(bytes(0x78, 0x9c), 'model.joblib'), 'joblib file'],
  ])('%s is refused by name because it runs code', async (_, model, name) => {
    expect(await refuse(model)).toMatchObject({ code: 'ML_UNSUPPORTED', message: expect.stringMatching(new RegExp(`${name}.*runs the code`)) as string })
  })
})

test('a model carries the digest of its bytes', async () => {
  const model = await load('flights/xgb-delay30.json')
  expect(model.digest).toBe(digestOf(await artefact('flights/xgb-delay30.json')))
})
